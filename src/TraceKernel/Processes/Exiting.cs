using TraceKernel.Abi;
using TraceKernel.Cores;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Processes;

/// <summary>The end of threads and processes: kern_exit.c.</summary>
internal static class Exiting
{
    /// <summary>sigexit: the process dies of a signal, and leaves a core file where it may.</summary>
    public static async ValueTask ExitBySignal(Lwp lwp, int signal)
    {
        if (SignalProperties.DumpsCore(signal) && !await SingleThreading.Begin(lwp, SingleThreadingMode.NoExit))
        {
            lwp.Process.CoreSignal = signal;
            lwp.Process.DumpedCore = CoreFile.Dump(lwp) == Errno.None;
        }
        await Exit(lwp, 0, signal);
    }

    /// <summary>exit1: exit code or signal, never both.</summary>
    public static async ValueTask Exit(Lwp lwp, int code, int signal)
    {
        var process = lwp.Process;
        while (await SingleThreading.Begin(lwp, SingleThreadingMode.Exit))
        {
            // Whoever was first may want this thread to end, or only to stand still.
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false) == Errno.None) continue;
            await ExitThread(lwp);
            return;
        }
        process.ExitCode = code;
        process.XSig = signal;
        process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        process.Flags |= ProcessFlags.Exiting;
        process.TraceEvents = 0;
        Forking.ReleaseVForkParent(process);
        UmtxRobustLists.CleanUp(lwp);
        process.Timers.Stop();
        process.Files.Release();
        process.Vm?.Dispose();
        lwp.IsDead = true;
        BecomeZombie(process);
    }

    /// <summary>A host process ends: its tracees die, its children go to their reaper.</summary>
    public static void ExitHost(Process process)
    {
        process.Flags |= ProcessFlags.Exiting;
        process.Files.Release();
        BecomeZombie(process);
        if (process.Parent.IsHost) Reap(process);
    }

    /// <summary>thread_exit, with the debugger's exit event.</summary>
    public static async ValueTask ExitThread(Lwp lwp)
    {
        var process = lwp.Process;
        if (process.IsTraced && (process.TraceEvents & Abi.Ptrace.PTRACE_LWP) != 0 && process.Threads.Count > 1)
        {
            lwp.Debug |= DebugFlags.Exit;
            await Stopping.PtraceStop(lwp, SIGTRAP);
        }
        UmtxRobustLists.CleanUp(lwp);
        lwp.IsDead = true;
        process.Threads.Remove(lwp);
        SingleThreading.Arrived(process);
        Stopping.ReportIfAllStopped(process);
    }

    /// <summary>The second half of exit1: family matters, then the zombie.</summary>
    private static void BecomeZombie(Process process)
    {
        foreach (var child in process.Children.ToArray()) Abandon(process, child);
        foreach (var orphan in process.Orphans.ToArray())
        {
            // The original parent of a traced child goes: its reaper takes that place.
            process.Orphans.Remove(orphan);
            orphan.IsOrphan = false;
            orphan.OriginalParentPid = (process.Reaper ?? process.Kernel.Init).Pid;
        }
        process.Flags &= ~(ProcessFlags.Traced | ProcessFlags.ParentWaits | ProcessFlags.ParentTraces);
        process.Queue.Clear();
        process.IsZombie = true;
        process.Notes.Post(Kevents.NOTE_EXIT);
        var parent = process.Parent;
        if (IgnoresChildren(parent) && !parent.IsHost)
        {
            Family.Reparent(process, process.Reaper ?? process.Kernel.Init, setOriginalParent: true);
            parent.Kernel.Wakeup(parent);
            parent = process.Parent;
        }
        if (parent == process.Kernel.Init)
        {
            Reap(process);
            return;
        }
        if (process.ParentSignal == SIGCHLD) TellOfExit(parent, process);
        parent.Kernel.Wakeup(parent);
    }

    /// <summary>childproc_exited.</summary>
    private static void TellOfExit(Process parent, Process process) => Posting.SendChild(
        parent, process, process.XSig == 0 ? CLD_EXITED : process.DumpedCore ? CLD_DUMPED : CLD_KILLED,
        process.XSig == 0 ? process.ExitCode : process.XSig);

    private static bool IgnoresChildren(Process parent) =>
        parent.Signals[SIGCHLD].Handler == SIG_IGN || (parent.Signals[SIGCHLD].Flags & SA_NOCLDWAIT) != 0;

    /// <summary>What becomes of a child whose parent, or debugger, exits.</summary>
    private static void Abandon(Process process, Process child)
    {
        if (!child.IsTraced)
        {
            Family.Reparent(child, process.Reaper ?? process.Kernel.Init, setOriginalParent: true);
            child.ParentSignal = SIGCHLD;
            if (!child.IsZombie) return;
            if (child.Parent == process.Kernel.Init) Reap(child);
            else process.Kernel.Wakeup(child.Parent);
            return;
        }
        // A tracee does not survive its debugger.
        child.Flags &= ~(ProcessFlags.Traced | ProcessFlags.StoppedTrace);
        child.FirstStop = false;
        child.TraceEvents = 0;
        var realParent = child.OriginalParentPid == process.Pid ? process.Reaper ?? process.Kernel.Init : Family.RealParent(child);
        Family.Reparent(child, realParent, setOriginalParent: true);
        foreach (var lwp in child.Threads) lwp.Debug &= ~(DebugFlags.Suspend | DebugFlags.XSig | DebugFlags.FirstStop);
        child.Flags &= ~ProcessFlags.StoppedSignal;
        Posting.Send(child, SIGKILL);
        foreach (var lwp in child.Threads) Sleeping.Abort(lwp, Errno.EINTR);
        Sleeping.Unsuspend(child);
    }

    /// <summary>proc_reap.</summary>
    public static void Reap(Process process)
    {
        if (process.OriginalParentPid != process.Parent.Pid && process.Kernel.Find(process.OriginalParentPid) is { } original
            && original != process.Parent)
        {
            // Reaped by a debugger: the zombie goes back to its parent, which may wait for it again.
            Family.Reparent(process, original, setOriginalParent: false);
            TellOfExit(original, process);
            process.Kernel.Wakeup(original);
            if (original == process.Kernel.Init) Forget(process);
            return;
        }
        Forget(process);
    }

    private static void Forget(Process process)
    {
        process.Parent.Children.Remove(process);
        Family.ClearOrphan(process);
        process.Kernel.Remove(process);
    }
}
