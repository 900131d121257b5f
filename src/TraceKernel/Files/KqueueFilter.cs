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
        [EVFILT_PROCDESC] = new KqueueDescriptorFilter(),
        [EVFILT_USER] = new KqueueUserFilter(),
    };

    /// <summary>The filter of a number; null for those that no object here supports, asynchronous I/O among them.</summary>
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
    public virtual Errno Change(Knote note, in kevent change)
    {
        note.WantedFlags = change.fflags;
        note.WantedData = change.data;
        return Errno.None;
    }

    /// <summary>f_touch of EVENT_PROCESS: what to report; with EV_CLEAR the count begins anew.</summary>
    public virtual kevent Take(Knote note)
    {
        var report = note.Event;
        if (note.Has(EV_CLEAR)) (note.Event.data, note.Event.fflags) = (0, 0);
        return report;
    }
}

/// <summary>EVFILT_READ and EVFILT_WRITE: bytes to read, or room to write.</summary>
internal sealed class KqueueFileFilter(bool forWriting) : KqueueFilter
{
    public override bool IsDescriptor => true;

    public override Errno Attach(Knote note)
    {
        // kqueue_kqfilter: a queue can only be read, and not by itself.
        if (note.File!.Target is Kqueue queue && (forWriting || queue == note.Queue)) return Errno.EINVAL;
        if (note.File.Target is ProcessDescriptor) return Errno.EINVAL;
        note.File.Target.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => note.File!.Target.Notes.Remove(note);

    public override bool Event(Knote note, long hint)
    {
        var ready = note.File!.Target.IsReady(note.File, forWriting, out var bytes, out var ended);
        note.Event.data = bytes;
        if (ended) note.Event.flags |= EV_EOF;
        else note.Event.flags = (ushort)(note.Event.flags & ~EV_EOF);
        if (ended) return true;
        if ((note.WantedFlags & NOTE_LOWAT) != 0) return bytes >= note.WantedData;
        return ready || (note.WantedFlags & NOTE_FILE_POLL) != 0;
    }
}

/// <summary>EVFILT_VNODE: what is done to a file, by whom ever.</summary>
internal sealed class KqueueVnodeFilter : KqueueFilter
{
    public override bool IsDescriptor => true;

    public override Errno Attach(Knote note)
    {
        if (note.File!.Target is not Vnode) return Errno.EINVAL;
        note.File.Target.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => note.File!.Target.Notes.Remove(note);

    // filt_vfsvnode
    public override bool Event(Knote note, long hint)
    {
        note.Event.fflags |= note.WantedFlags & (uint)hint;
        return note.Event.fflags != 0;
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
    public override Errno Change(Knote note, in kevent change)
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
        return Errno.None;
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
