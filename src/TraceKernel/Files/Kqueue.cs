using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>struct kqueue: the events that a process watches, and those that have happened, in the order in which they did.</summary>
internal sealed class Kqueue : FileObject
{
    private readonly Dictionary<(ulong Identifier, short Filter), Knote> _notes = [];
    private readonly LinkedList<Knote> _happened = [];
    private readonly FileTable _files;

    public Kqueue(Process owner)
    {
        Owner = owner;
        _files = owner.Files;
        _files.Kqueues.Add(this);
    }

    /// <summary>Who made it; kqueues are not inherited.</summary>
    public Process Owner { get; }

    public override bool IsPassable => false;

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.ENXIO;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.ENXIO;
    }

    public override PollEvents Poll(OpenFile file) => _happened.Count > 0 ? PollEvents.Readable : PollEvents.None;

    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        (bytes, ended) = (_happened.Count, false);
        return bytes > 0;
    }

    // kqueue_stat: a FIFO and nothing more.
    public override stat Stat() => new() { st_mode = FileModes.S_IFIFO, st_size = _happened.Count, st_blksize = Marshal.SizeOf<kevent>() };

    public override void Closed(OpenFile file)
    {
        foreach (var note in _notes.Values.ToArray()) Drop(note);
        _files.Kqueues.Remove(this);
    }

    /// <summary>
    /// kqueue_register: EINVAL for an unknown filter, EBADF for a descriptor that is not open, ENOENT when there is nothing to change.
    /// </summary>
    public Errno Register(in kevent change)
    {
        if (KqueueFilter.Find(change.filter) is not { } filter) return Errno.EINVAL;
        OpenFile? file = null;
        if (filter.IsDescriptor && (change.ident > int.MaxValue || _files.Get((int)change.ident, out file) != Errno.None)) return Errno.EBADF;
        Errno error;
        if (!_notes.TryGetValue((change.ident, change.filter), out var note))
        {
            if ((change.flags & EV_ADD) == 0) return Errno.ENOENT;
            if (!Owner.Kernel.Knotes.TryTake()) return Errno.ENOMEM;
            note = new Knote(this, filter, file, change);
            if ((error = filter.Attach(note)) != Errno.None)
            {
                Owner.Kernel.Knotes.Return();
                return error;
            }
            _notes.Add((change.ident, change.filter), note);
        }
        else if ((change.flags & EV_DELETE) != 0)
        {
            Drop(note);
            return Errno.None;
        }
        else if ((error = Change(note, change)) != Errno.None)
        {
            return error;
        }
        if (!note.IsDisabled && (note.IsActive || filter.Event(note, 0))) Activate(note);
        return Errno.None;
    }

    private Errno Change(Knote note, in kevent change)
    {
        if ((change.flags & EV_FORCEONESHOT) != 0)
        {
            note.Event.flags |= EV_ONESHOT;
            Activate(note);
        }
        if ((change.flags & EV_ENABLE) != 0) note.IsDisabled = false;
        else if ((change.flags & EV_DISABLE) != 0) note.IsDisabled = true;
        if ((change.flags & EV_KEEPUDATA) == 0) note.Event.udata = change.udata;
        return note.Filter.Change(note, change);
    }

    /// <summary>One note hears that something has happened.</summary>
    public void Post(Knote note, long hint)
    {
        if (note.Filter.Event(note, hint)) Activate(note);
    }

    /// <summary>knote_track: a note on the child of a process that <paramref name="note"/> tracks.</summary>
    public void Track(Knote note, Process parent, Process child)
    {
        var change = note.Event with { ident = (ulong)child.Pid, flags = (ushort)(note.Event.flags | EV_ADD), fflags = note.WantedFlags };
        if (Register(change) != Errno.None) return;
        var tracking = _notes[(change.ident, change.filter)];
        tracking.Event.fflags |= NOTE_CHILD;
        tracking.Event.data = parent.Pid;
        Activate(tracking);
    }

    /// <summary>KNOTE_ACTIVATE: it is reported next, unless it is disabled.</summary>
    public void Activate(Knote note)
    {
        note.IsActive = true;
        if (note.IsQueued || note.IsDisabled) return;
        note.IsQueued = true;
        _happened.AddLast(note);
        NotifyChanged(Owner.Kernel);
    }

    /// <summary>knote_dequeue, and forgets that it has happened.</summary>
    public void Dequeue(Knote note)
    {
        note.IsActive = false;
        if (!note.IsQueued) return;
        note.IsQueued = false;
        _happened.Remove(note);
    }

    /// <summary>
    /// kqueue_scan, without the sleep: takes up to <paramref name="maximum"/> events; none may be left of what had happened.
    /// </summary>
    public List<kevent> Collect(int maximum)
    {
        var events = new List<kevent>();
        for (var left = _happened.Count; left > 0 && events.Count < maximum; left--)
        {
            var note = _happened.First!.Value;
            if (Report(note) is { } report) events.Add(report);
        }
        return events;
    }

    private kevent? Report(Knote note)
    {
        _happened.Remove(note);
        note.IsQueued = false;
        if (note.IsDisabled) return null;
        if (note.Has(EV_DROP))
        {
            Drop(note);
            return null;
        }
        if (note.Has(EV_ONESHOT))
        {
            // Without the filter's last word: one-shot user events carry no flags.
            Drop(note);
            return note.Event;
        }
        if (!note.Filter.Event(note, 0))
        {
            note.IsActive = false;
            return null;
        }
        var report = note.Filter.Take(note);
        if (note.Has(EV_DISPATCH)) note.IsDisabled = true;
        note.IsActive = !note.Has(EV_CLEAR) && !note.Has(EV_DISPATCH);
        if (note.IsActive)
        {
            note.IsQueued = true;
            _happened.AddLast(note);
        }
        return report;
    }

    /// <summary>knote_fdclose: a descriptor is closed, and everything about it forgotten.</summary>
    public void DescriptorClosed(int descriptor)
    {
        foreach (var filter in (ReadOnlySpan<short>)[EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE, EVFILT_PROCDESC])
            if (_notes.TryGetValue(((ulong)descriptor, filter), out var note)) Drop(note);
    }

    private void Drop(Knote note)
    {
        note.Filter.Detach(note);
        Dequeue(note);
        _notes.Remove((note.Event.ident, note.Event.filter));
        Owner.Kernel.Knotes.Return();
    }
}
