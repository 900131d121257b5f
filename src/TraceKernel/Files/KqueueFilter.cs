using TraceKernel.Abi;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>struct filterops: what one kind of event means.</summary>
internal abstract class KqueueFilter
{
    private static readonly Dictionary<short, KqueueFilter> s_filters = new()
    {
        [EVFILT_READ] = new KqueueFileFilter(forWriting: false),
        [EVFILT_WRITE] = new KqueueFileFilter(forWriting: true),
        [EVFILT_VNODE] = new KqueueVnodeFilter(),
        [EVFILT_PROC] = new KqueueProcessFilter(),
        [EVFILT_SIGNAL] = new KqueueSignalFilter(),
        [EVFILT_TIMER] = new KqueueTimerFilter(),
        [EVFILT_PROCDESC] = new KqueueProcessDescriptorFilter(),
        [EVFILT_USER] = new KqueueUserFilter(),
        [EVFILT_AIO] = KqueueKernelFilter.Transfers,
        [EVFILT_LIO] = KqueueKernelFilter.Lists,
        [EVFILT_FS] = new KqueueMountFilter(),
        // null_filtops: no driver of this kernel provides it.
        [EVFILT_SENDFILE] = new KqueueKernelFilter(Errno.ENXIO),
        [EVFILT_EMPTY] = new KqueueEmptyFilter(),
    };

    /// <summary>The filter of a number; null for those that the kernel does not have.</summary>
    public static KqueueFilter? Find(short number) => s_filters.GetValueOrDefault(number);

    /// <summary>f_isfd: the identifier is a descriptor.</summary>
    public virtual bool IsDescriptor => false;

    /// <summary>f_attach: starts watching.</summary>
    public abstract Errno Attach(Knote note);

    /// <summary>f_detach.</summary>
    public abstract void Detach(Knote note);

    /// <summary>f_event: whether it is true now; records what <paramref name="hint"/> says has happened.</summary>
    public abstract bool Event(Knote note, long hint);

    /// <summary>f_touch of EVENT_REGISTER: the event is added once more.</summary>
    public virtual void Change(Knote note, in kevent change)
    {
        note.WantedFlags = change.fflags;
        note.WantedData = change.data;
    }

    /// <summary>f_touch of EVENT_PROCESS: what to report; with EV_CLEAR the count begins anew.</summary>
    public virtual kevent Take(Knote note)
    {
        var report = note.Event;
        if (note.Has(EV_CLEAR)) (note.Event.data, note.Event.fflags) = (0, 0);
        return report;
    }
}

/// <summary>A filter of descriptors: the open file decides whether it supports it (fo_kqfilter).</summary>
internal abstract class KqueueDescriptorFilter : KqueueFilter
{
    public override bool IsDescriptor => true;

    // filt_fileattach
    public override Errno Attach(Knote note)
    {
        if (note.File!.Target.CanWatch(note.File, note.Event.filter) is var error and not Errno.None) return error;
        note.File.Target.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => note.File!.Target.Notes.Remove(note);
}

/// <summary>EVFILT_READ and EVFILT_WRITE: bytes to read, or room to write.</summary>
internal sealed class KqueueFileFilter(bool forWriting) : KqueueDescriptorFilter
{
    public override bool Event(Knote note, long hint)
    {
        var target = note.File!.Target;
        var ready = target.IsReady(note.File, forWriting, out var bytes, out var ended);
        note.Event.data = bytes;
        if (ended) note.Event.flags |= EV_EOF;
        else note.Event.flags = (ushort)(note.Event.flags & ~EV_EOF);
        // filt_soread: the error that the socket has not reported yet.
        if (ended && target is Socket socket) note.Event.fflags = (uint)socket.PendingError;
        if (ended) return true;
        // filt_vfsread knows the one, filt_soread and filt_sowrite the other.
        if (target is Vnode) return ready || (note.WantedFlags & NOTE_FILE_POLL) != 0;
        return target is Socket { IsListening: false } && (note.WantedFlags & NOTE_LOWAT) != 0 ? bytes >= note.WantedData : ready;
    }
}

/// <summary>EVFILT_EMPTY: everything that was written to a socket has been taken.</summary>
internal sealed class KqueueEmptyFilter : KqueueDescriptorFilter
{
    // filt_soempty: what a socket of this kernel sends is at once in the buffer of the one that receives it.
    public override bool Event(Knote note, long hint) => true;
}

/// <summary>EVFILT_VNODE: what is done to a file, by whom ever.</summary>
internal sealed class KqueueVnodeFilter : KqueueDescriptorFilter
{
    // filt_vfsvnode: an event that was asked for brings along what happened with it.
    public override bool Event(Knote note, long hint)
    {
        if ((note.WantedFlags & (uint)hint) != 0) note.Event.fflags |= (uint)hint;
        return note.Event.fflags != 0;
    }
}

/// <summary>EVFILT_FS: file systems that are mounted or go away, which none does here while the machine runs.</summary>
internal sealed class KqueueMountFilter : KqueueFilter
{
    // filt_fsattach
    public override Errno Attach(Knote note)
    {
        note.Event.flags |= EV_CLEAR;
        return Errno.None;
    }

    public override void Detach(Knote note)
    {
    }

    public override bool Event(Knote note, long hint) => false;
}

/// <summary>Filters whose notes only the kernel makes: filt_aioattach, filt_lioattach.</summary>
/// <param name="refusal">What a program hears that adds one.</param>
internal sealed class KqueueKernelFilter(Errno refusal) : KqueueFilter
{
    /// <summary>EVFILT_AIO and EVFILT_LIO.</summary>
    public static readonly KqueueKernelFilter Transfers = new(Errno.EPERM), Lists = new(Errno.EPERM);

    /// <summary>What such a note watches.</summary>
    public interface ISource
    {
        /// <summary>The notes about it.</summary>
        KnoteList Notes { get; }

        /// <summary>It is over, with the error that is reported as data.</summary>
        bool IsDone(out long data);
    }

    public override Errno Attach(Knote note)
    {
        if (note.Attachment is not ISource source) return refusal;
        source.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => ((ISource)note.Attachment!).Notes.Remove(note);

    // filt_aio, filt_lio
    public override bool Event(Knote note, long hint)
    {
        if (!((ISource)note.Attachment!).IsDone(out var data)) return false;
        note.Event.data = data;
        if (note.Event.filter == EVFILT_AIO) note.Event.flags |= EV_EOF;
        return true;
    }
}

/// <summary>EVFILT_USER: what the program triggers itself.</summary>
internal sealed class KqueueUserFilter : KqueueFilter
{
    public override Errno Attach(Knote note) => Errno.None;

    public override void Detach(Knote note)
    {
    }

    public override bool Event(Knote note, long hint) => note.Attachment is true;

    // filt_usertouch
    public override void Change(Knote note, in kevent change)
    {
        if ((change.fflags & NOTE_TRIGGER) != 0) note.Attachment = true;
        var flags = change.fflags & NOTE_FFLAGSMASK;
        switch (change.fflags & NOTE_FFCTRLMASK)
        {
            case NOTE_FFAND: note.WantedFlags &= flags; break;
            case NOTE_FFOR: note.WantedFlags |= flags; break;
            case NOTE_FFCOPY: note.WantedFlags = flags; break;
        }
        note.WantedData = change.data;
        if ((change.flags & EV_CLEAR) != 0) Clear(note);
    }

    public override kevent Take(Knote note)
    {
        var report = note.Event with { fflags = note.WantedFlags, data = note.WantedData };
        if (note.Has(EV_CLEAR)) Clear(note);
        return report;
    }

    private static void Clear(Knote note)
    {
        note.Attachment = null;
        (note.Event.data, note.Event.fflags) = (0, 0);
    }
}
