using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
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
        var (owner, id) = (note.Queue.Owner, note.Event.ident);
        var process = id > Kernel.MaximumPid ? null
            : (note.WantedFlags & NOTE_EXIT) != 0 ? owner.Kernel.FindAny((int)id) : owner.Kernel.Find((int)id);
        if (process is null) return Errno.ESRCH;
        if (Permission.CanSee(owner, process) is var error and not Errno.None) return error;
        note.Event.flags |= EV_CLEAR;
        Watch(note, process);
        if (process.Has(ProcessFlags.Exiting) && Event(note, NOTE_EXIT)) note.Queue.Activate(note);
        return Errno.None;
    }

    private static void Watch(Knote note, Process process)
    {
        note.Attachment = process;
        process.Notes.Add(note);
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
    /// knote_fork: a child is born; who tracks its parent gets a note that says so, with the parent's pid, and another one on what the child does.
    /// </summary>
    public static void Forked(Process parent, Process child)
    {
        foreach (var note in parent.Notes.Snapshot)
        {
            if (note.Event.filter != EVFILT_PROC) continue;
            if ((note.WantedFlags & NOTE_TRACK) != 0) Track(note, parent, child);
            note.Queue.Post(note, NOTE_FORK);
        }
    }

    private static void Track(Knote note, Process parent, Process child)
    {
        // One is asked for after the other: NOTE_CHILD and NOTE_EXIT use the data for different things.
        foreach (var isBirth in (ReadOnlySpan<bool>)[true, false])
        {
            var change = note.Event with { ident = (ulong)child.Pid, fflags = note.WantedFlags, data = parent.Pid };
            if (isBirth) change.flags |= EV_ONESHOT;
            var tracking = new Knote(note.Queue, new KqueueTrackFilter(child, isBirth), null, change);
            if (note.Queue.Add(tracking) != Errno.None) note.Event.fflags |= NOTE_TRACKERR;
        }
    }

    /// <summary>EVFILT_PROC of a process whose parent was tracked (EV_FLAG1, EV_FLAG2): the note is there before the process can be found.</summary>
    private sealed class KqueueTrackFilter(Process child, bool isBirth) : KqueueFilter
    {
        private static readonly KqueueProcessFilter s_process = new();

        public override Errno Attach(Knote note)
        {
            note.Event.flags |= EV_CLEAR;
            Watch(note, child);
            if (!isBirth) return Errno.None;
            (note.Event.data, note.Event.fflags) = (note.WantedData, NOTE_CHILD);
            note.WantedFlags &= ~(NOTE_EXIT | NOTE_EXEC | NOTE_FORK);
            note.Queue.Activate(note);
            return Errno.None;
        }

        public override void Detach(Knote note) => s_process.Detach(note);

        public override bool Event(Knote note, long hint) => s_process.Event(note, hint);
    }
}

/// <summary>EVFILT_PROCDESC: the exit of a process that somebody holds by a descriptor.</summary>
internal sealed class KqueueProcessDescriptorFilter : KqueueDescriptorFilter
{
    // procdesc_kqfilter
    public override Errno Attach(Knote note)
    {
        var error = base.Attach(note);
        if (error == Errno.None) note.Event.flags |= EV_CLEAR;
        return error;
    }

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
