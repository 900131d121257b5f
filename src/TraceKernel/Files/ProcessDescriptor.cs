using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>What pdfork(2) opens: a process whose end is told to who holds this, and which dies with it. sys_procdesc.c.</summary>
/// <param name="isDaemon">PD_DAEMON: the process outlives the descriptor.</param>
internal sealed class ProcessDescriptor(bool isDaemon) : FileObject
{
    private Process? _process;

    public override FileKind Kind => FileKind.ProcessDescriptor;

    /// <summary>pd_pid; 0 until there is a process.</summary>
    public int Pid { get; private set; }

    /// <summary>pd_proc; null when it has been reaped, or is no longer held.</summary>
    public Process? Process => _process;

    /// <summary>pd_xstat, once the process has exited.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>PDF_CLOSED.</summary>
    public bool IsClosed { get; private set; }

    // The child of the very pdfork that makes it does not get it.
    public override bool IsPassable => Pid != 0;

    /// <summary>procdesc_new.</summary>
    public void Hold(Process process)
    {
        (_process, Pid) = (process, process.Pid);
        process.Descriptor = this;
    }

    /// <summary>procdesc_exit. True: nobody holds it any more, and the parent is told as of any process.</summary>
    public bool ProcessExited()
    {
        var process = _process!;
        ExitStatus = Reaping.StatusOf(process);
        if (IsClosed)
        {
            ProcessReaped();
            return true;
        }
        NotifyChanged(process.Kernel);
        return false;
    }

    /// <summary>procdesc_reap.</summary>
    public void ProcessReaped()
    {
        _process!.Descriptor = null;
        _process = null;
    }

    // procdesc_close
    public override void Closed(OpenFile file)
    {
        IsClosed = true;
        if (_process is not { } process) return;
        if (process.IsZombie)
        {
            Reaping.Reap(process);
            return;
        }
        ProcessReaped();
        process.ParentSignal = Abi.Signals.SIGCHLD;
        if (process.IsTraced)
        {
            // The debugger keeps it, and gives it to the reaper afterwards.
            Family.ClearOrphan(process);
            process.OriginalParentPid = process.Reaper.Pid;
            Family.AddOrphan(process, process.Reaper);
        }
        else
        {
            Family.Reparent(process, process.Reaper, setOriginalParent: true);
        }
        if (!isDaemon) Posting.Send(process, Abi.Signals.SIGKILL);
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }

    public override PollEvents Poll(OpenFile file) => ExitStatus is null ? PollEvents.None : PollEvents.POLLHUP;

    internal override Errno CanWatch(OpenFile file, short filter) => filter == Kevents.EVFILT_PROCDESC ? Errno.None : Errno.EINVAL;

    // procdesc_stat
    public override stat Stat()
    {
        var stat = new stat { st_mode = S_IFREG };
        if (_process is not { } process) return stat;
        if (!process.IsZombie) stat.st_mode |= 0x1c0;
        (stat.st_uid, stat.st_gid) = (process.UserId, process.GroupId);
        stat.st_birthtim = stat.st_atim = stat.st_ctim = stat.st_mtim = timespec.Of(process.Kernel.Scheduler.BootTime + process.StartTime);
        return stat;
    }
}
