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
            await StopEvents.At(lwp, StopEvents.S_CORE, 0);
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
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false).ConfigureAwait(false) == Errno.None) continue;
            await ExitThread(lwp);
            return;
        }
        await StopEvents.At(lwp, StopEvents.S_EXIT, signal != 0 ? signal : code << 8);
        process.ExitCode = code;
        process.XSig = signal;
        process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        process.Flags |= ProcessFlags.Exiting;
        process.TraceEvents = 0;
        await EndPeers(lwp);
        Forking.ReleaseVForkParent(process);
        UmtxRobustLists.CleanUp(lwp);
        process.Timers.Stop();
        process.PosixTimers.DeleteAll();
        process.Aio.RunDown();
        process.Kernel.SysVSemaphores.Exited(process);
        process.Files.ForgetNotices(process);
        process.Files.Release();
        LeavePeers(process);
        await LetTraceesRun(lwp);
        KernelTracing.Exited(lwp);
        ResourceUsage.Leave(lwp);
        process.Vm?.Dispose();
        lwp.IsDead = true;
        Watching.Exited(process, code, signal);
        BecomeZombie(process);
    }

    /// <summary>A host process ends: its tracees die, its children go to their reaper.</summary>
    public static void ExitHost(Process process)
    {
        process.Flags |= ProcessFlags.Exiting;
        process.Files.Release();
        BecomeZombie(process);
        if (process.Parent.IsHost) Reaping.Reap(process);
    }

    /// <summary>A leader takes along all that descend from it by RFTHREAD, and waits until they have gone.</summary>
    private static async ValueTask EndPeers(Lwp lwp)
    {
        var process = lwp.Process;
        foreach (var peer in process.Peers) Posting.Send(peer, SIGKILL);
        while (process.Peers.Count > 0) await lwp.Sleep(process.Peers, "exit1", interruptible: false);
    }

    /// <summary>
    /// exit1 releases descriptors and the address space before it takes proctree_lock and kills the tracees. Tracees that the process has just
    /// continued run on other processors meanwhile. This kernel has them run one turn, without a seed always and with a seed as the seed decides.
    /// </summary>
    private static async ValueTask LetTraceesRun(Lwp lwp)
    {
        if (!lwp.Process.Children.Any(child => child.IsTraced)) return;
        if (lwp.Process.Kernel.Scheduler.GivesWay()) await lwp.Yield();
    }

    private static void LeavePeers(Process process)
    {
        if (process.Leader.Peers.Remove(process)) process.Kernel.Wakeup(process.Leader.Peers);
    }

    /// <summary>thread_exit, with the debugger's exit event.</summary>
    public static async ValueTask ExitThread(Lwp lwp)
    {
        var process = lwp.Process;
        if (process.IsTraced && (process.TraceEvents & Abi.Ptrace.PTRACE_LWP) != 0 && process.Threads.Count > 1)
        {
            lwp.Debug |= DebugFlags.Exit;
            await Stopping.PtraceStop(lwp, SIGTRAP).ConfigureAwait(false);
        }
        if (process.Threads.Count > 1) Watching.Tell(lwp, User.ProgramEventKind.ThreadExit);
        UmtxRobustLists.CleanUp(lwp);
        lwp.IsDead = true;
        ResourceUsage.Leave(lwp);
        process.ExitedThreadsTime += lwp.Cpu.Retired;
        process.Threads.Remove(lwp);
        SingleThreading.Arrived(process);
        Stopping.ReportIfAllStopped(process);
    }

    /// <summary>The second half of exit1: family matters, then the zombie.</summary>
    private static void BecomeZombie(Process process)
    {
        process.Flags &= ~(ProcessFlags.Traced | ProcessFlags.ParentWaits | ProcessFlags.ParentTraces);
        process.Kernel.Jobs.Exited(process);
        foreach (var child in process.Children.ToArray()) Abandon(process, child);
        foreach (var orphan in process.Orphans.ToArray())
        {
            // The original parent of a traced child goes: the child's reaper takes that place, or init at the child's detach.
            if (orphan.Kernel.Personality.Attaching.OrphansGoToReaper) orphan.OriginalParentPid = orphan.Reaper.Pid;
            SendDeathSignal(orphan);
            Family.ClearOrphan(orphan);
        }
        process.Queue.Clear();
        process.IsZombie = true;
        process.Notes.Post(Kevents.NOTE_EXIT);
        // With a descriptor, its holder is told and the parent is not.
        if (process.Descriptor is not { } descriptor || descriptor.ProcessExited()) TellParent(process);
        process.Kernel.Wakeup(process.Parent);
    }

    private static void TellParent(Process process)
    {
        var parent = process.Parent;
        if (IgnoresChildren(parent) && !parent.IsHost)
        {
            Family.Reparent(process, process.Reaper, setOriginalParent: true);
            process.ParentSignal = SIGCHLD;
            process.Kernel.Wakeup(parent);
            parent = process.Parent;
        }
        if (Reaping.ReapIfInit(process)) return;
        if (parent == process.Reaper || process.ParentSignal == SIGCHLD) Reaping.SendEnd(parent, process);
        else if (process.ParentSignal != 0) Posting.Send(parent, process.ParentSignal);
    }

    private static bool IgnoresChildren(Process parent) =>
        parent.Signals[SIGCHLD].Handler == SIG_IGN || (parent.Signals[SIGCHLD].Flags & SA_NOCLDWAIT) != 0;

    private static void SendDeathSignal(Process child)
    {
        if (child.ParentDeathSignal != 0) Posting.Send(child, child.ParentDeathSignal);
    }

    /// <summary>What becomes of a child whose parent, or debugger, exits.</summary>
    private static void Abandon(Process process, Process child)
    {
        child.ParentSignal = SIGCHLD;
        if (child.IsTraced)
        {
            KillTracee(process, child);
            return;
        }
        Family.Reparent(child, child.Reaper, setOriginalParent: true);
        if (!child.IsZombie) SendDeathSignal(child);
        else if (!Reaping.ReapIfInit(child))
        {
            Reaping.SendEnd(child.Reaper, child);
            process.Kernel.Wakeup(child.Reaper);
        }
    }

    /// <summary>A tracee does not survive its debugger (kern.kill_on_debugger_exit).</summary>
    private static void KillTracee(Process debugger, Process child)
    {
        child.Flags &= ~(ProcessFlags.Traced | ProcessFlags.StoppedTrace);
        child.FirstStop = false;
        child.TraceEvents = 0;
        var parent = child.Kernel.Personality.Attaching.KeepsOrphans ? Family.RealParent(child) : debugger;
        Family.Reparent(child, parent == debugger ? child.Reaper : parent, setOriginalParent: true);
        foreach (var lwp in child.Threads)
        {
            lwp.Debug &= ~(DebugFlags.Suspend | DebugFlags.XSig | DebugFlags.FirstStop);
            lwp.XSig = 0;
        }
        child.Flags &= ~ProcessFlags.StoppedSignal;
        Posting.Send(child, SIGKILL);
        foreach (var lwp in child.Threads) Sleeping.Abort(lwp, Errno.EINTR);
        Sleeping.Unsuspend(child);
    }
}
