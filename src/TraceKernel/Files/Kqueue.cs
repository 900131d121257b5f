using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>struct kqueue: the events that a process watches, and those that have happened, in the order in which they did.</summary>
internal sealed class Kqueue : FileObject
{
    public override FileKind Kind => FileKind.Kqueue;

    /// <summary>Newest last; more than one only for processes that are tracked (knote_fork).</summary>
    private readonly Dictionary<(ulong Identifier, short Filter), List<Knote>> _notes = [];
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
        foreach (var note in _notes.Values.SelectMany(notes => notes).ToArray()) Drop(note);
        _files.Kqueues.Remove(this);
    }

    internal override Errno CanWatch(OpenFile file, short filter) => filter == EVFILT_READ ? Errno.None : Errno.EINVAL;

    /// <summary>
    /// kqueue_register: EINVAL for an unknown filter or flags that contradict each other, EBADF for a descriptor that is not open, ENOENT when there is
    /// nothing to change.
    /// </summary>
    public Errno Register(in kevent change)
    {
        if ((change.flags & (EV_ENABLE | EV_DISABLE)) == (EV_ENABLE | EV_DISABLE)) return Errno.EINVAL;
        if (KqueueFilter.Find(change.filter) is not { } filter) return Errno.EINVAL;
        if ((change.flags & (EV_ADD | EV_KEEPUDATA)) == (EV_ADD | EV_KEEPUDATA)) return Errno.EINVAL;
        OpenFile? file = null;
        if (filter.IsDescriptor)
        {
            if (change.ident > int.MaxValue) return Errno.EBADF;
            if (_files.Get((int)change.ident, cap_rights_t.CAP_EVENT, out file) is not Errno.None and var error) return error;
            if (file.Target == this) return Errno.EINVAL;
        }
        if (!_notes.TryGetValue((change.ident, change.filter), out var notes))
            return (change.flags & EV_ADD) == 0 ? Errno.ENOENT : Add(new Knote(this, filter, file, change));
        var note = notes[^1];
        if ((change.flags & EV_DELETE) != 0) Drop(note);
        else Change(note, change);
        return Errno.None;
    }

    /// <summary>The part of kqueue_register that adds a note; the kernel's own notes come in here. ENOMEM, or the filter's refusal.</summary>
    public Errno Add(Knote note)
    {
        if (!Owner.Kernel.Knotes.TryTake()) return Errno.ENOMEM;
        if (note.Filter.Attach(note) is var error and not Errno.None)
        {
            Owner.Kernel.Knotes.Return();
            return error;
        }
        var key = (note.Event.ident, note.Event.filter);
        if (_notes.TryGetValue(key, out var notes)) notes.Add(note);
        else _notes.Add(key, [note]);
        Look(note);
        return Errno.None;
    }

    private void Change(Knote note, in kevent change)
    {
        if ((change.flags & EV_FORCEONESHOT) != 0)
        {
            note.Event.flags |= EV_ONESHOT;
            Activate(note);
        }
        if ((change.flags & EV_ENABLE) != 0) note.IsDisabled = false;
        else if ((change.flags & EV_DISABLE) != 0) note.IsDisabled = true;
        if ((change.flags & EV_KEEPUDATA) == 0) note.Event.udata = change.udata;
        note.Filter.Change(note, change);
        Look(note);
    }

    /// <summary>The end of kqueue_register: what is true already is reported.</summary>
    private void Look(Knote note)
    {
        if (!note.IsDisabled && (note.Filter.Event(note, 0) || note.IsActive)) Activate(note);
    }

    /// <summary>One note hears that something has happened.</summary>
    public void Post(Knote note, long hint)
    {
        if (note.Filter.Event(note, hint)) Activate(note);
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
        foreach (var filter in (ReadOnlySpan<short>)[EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE, EVFILT_PROCDESC, EVFILT_EMPTY])
            if (_notes.TryGetValue(((ulong)descriptor, filter), out var notes)) Drop(notes[0]);
    }

    /// <summary>knote_drop.</summary>
    public void Drop(Knote note)
    {
        note.Filter.Detach(note);
        Dequeue(note);
        var key = (note.Event.ident, note.Event.filter);
        _notes[key].Remove(note);
        if (_notes[key].Count == 0) _notes.Remove(key);
        Owner.Kernel.Knotes.Return();
    }
}
