using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

/// <summary>EVFILT_SIGNAL: counts the signals sent to the process, ignored ones too.</summary>
internal sealed class KqueueSignalFilter : KqueueFilter
{
    public override Errno Attach(Knote note)
    {
        note.Event.flags |= EV_CLEAR;
        note.Attachment = note.Queue.Owner;
        note.Queue.Owner.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => ((Process)note.Attachment!).Notes.Remove(note);

    public override bool Event(Knote note, long hint)
    {
        if ((ulong)hint == (NOTE_SIGNAL | note.Event.ident)) note.Event.data++;
        return note.Event.data != 0;
    }
}

/// <summary>EVFILT_PROC: forks, execs and the exit of a process.</summary>
internal sealed class KqueueProcessFilter : KqueueFilter
{
    // filt_procattach
    public override Errno Attach(Knote note)
    {
        if (note.Queue.Owner.Kernel.FindAny((int)note.Event.ident) is not { } process) return Errno.ESRCH;
        note.Event.flags |= EV_CLEAR;
        note.Attachment = process;
        process.Notes.Add(note);
        if (process.IsZombie) note.Queue.Post(note, NOTE_EXIT);
        return Errno.None;
    }

    public override void Detach(Knote note) => (note.Attachment as Process)?.Notes.Remove(note);

    // filt_proc
    public override bool Event(Knote note, long hint)
    {
        if (note.Attachment is not Process process) return false;
        var happened = (uint)hint & NOTE_PCTRLMASK;
        note.Event.fflags |= note.WantedFlags & happened;
        if (happened != NOTE_EXIT) return note.Event.fflags != 0;
        Detach(note);
        note.Attachment = null;
        note.Event.flags |= EV_EOF | EV_ONESHOT;
        if ((note.Event.fflags & NOTE_EXIT) != 0)
            note.Event.data = Reaping.StatusOf(process);
        if (note.Event.fflags == 0) note.Event.flags |= EV_DROP;
        return true;
    }

    /// <summary>
    /// knote_fork: tells of a child; those who track get a note on it, which begins with NOTE_CHILD and the parent's pid.
    /// </summary>
    public static void Forked(Process parent, Process child)
    {
        foreach (var note in parent.Notes.Snapshot)
        {
            if (note.Filter is not KqueueProcessFilter) continue;
            if ((note.WantedFlags & NOTE_TRACK) != 0) note.Queue.Track(note, parent, child);
            note.Queue.Post(note, NOTE_FORK);
        }
    }
}

/// <summary>EVFILT_PROCDESC: the exit of a process that somebody holds by a descriptor.</summary>
internal sealed class KqueueDescriptorFilter : KqueueFilter
{
    public override bool IsDescriptor => true;

    // procdesc_kqfilter
    public override Errno Attach(Knote note)
    {
        if (note.File!.Target is not ProcessDescriptor descriptor) return Errno.EINVAL;
        note.Event.flags |= EV_CLEAR;
        descriptor.Notes.Add(note);
        return Errno.None;
    }

    public override void Detach(Knote note) => note.File!.Target.Notes.Remove(note);

    // procdesc_kqops_event
    public override bool Event(Knote note, long hint)
    {
        if (((ProcessDescriptor)note.File!.Target).ExitStatus is not { } status) return false;
        note.Event.fflags |= note.WantedFlags & NOTE_EXIT;
        note.Event.flags |= EV_EOF | EV_ONESHOT;
        if (note.Event.fflags != 0) note.Event.data = status;
        else note.Event.flags |= EV_DROP;
        return true;
    }
}
