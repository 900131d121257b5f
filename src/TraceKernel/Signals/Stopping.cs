using System.Runtime.CompilerServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Signals;

/// <summary>Stopping processes, and telling debuggers of it: ptracestop and its helpers of kern_sig.c.</summary>
internal static class Stopping
{
    /// <summary>
    /// ptracestop: the thread reports <paramref name="signal"/> to the debugger and waits for its answer.
    /// </summary>
    /// <param name="info">The signal's record at a signal stop; null at syscall, fork, exec and thread stops.</param>
    /// <param name="injected">The record was given by a debugger earlier: no stop.</param>
    /// <returns>The signal to deliver; 0 for none (or when another thread got it).</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> PtraceStop(Lwp lwp, int signal, siginfo? info = null, bool injected = false)
    {
        lwp.XSig = signal;
        if (!injected)
        {
            lwp.Debug |= DebugFlags.XSig;
            if (!await WaitForDebugger(lwp, signal).ConfigureAwait(false)) return 0;
        }
        return Answer(lwp, signal, info, injected);
    }

    /// <summary>What <see cref="PtraceStop"/> makes of the debugger's answer, once there is one.</summary>
    public static int Answer(Lwp lwp, int signal, in siginfo? info, bool injected)
    {
        // Older kernels: what an event's stop is answered with is not looked at.
        if (!lwp.Process.Kernel.Personality.Stops.QueuesAnswers) return info is null ? 0 : lwp.XSig;
        if (info is { } original && lwp.XSig == signal)
        {
            lwp.Queue.Requeue(original, injected);
            return signal;
        }
        if (lwp.XSig == 0) return 0;
        var replacement = lwp.XSig;
        var target = Posting.ChooseThread(lwp.Process, replacement, lwp);
        Posting.Send(lwp.Process, target, new siginfo { si_signo = replacement }, injected: true);
        return target == lwp ? replacement : 0;
    }

    /// <summary>The stop itself, of a thread whose XSig is set. False when it is abandoned because the process is dying.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<bool> WaitForDebugger(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        var lastReports = !process.Kernel.Personality.Stops.FirstReports;
        while (process.IsTraced && lwp.Has(DebugFlags.XSig))
        {
            if (process.Has(ProcessFlags.Killed))
            {
                lwp.Debug &= ~DebugFlags.XSig;
                lwp.XSig = SIGKILL;
                process.TraceEvents = 0;
                return true;
            }
            if (process.Has(ProcessFlags.SingleExit) && !lwp.Has(DebugFlags.Exit))
            {
                lwp.Debug &= ~DebugFlags.XSig;
                return false;
            }
            if (process.FirstStop && MustLead(lwp))
            {
                await ReportAttach(lwp, signal).ConfigureAwait(false);
                continue;
            }
            if (lastReports || lwp.Has(DebugFlags.FirstStop) || (!process.FirstStop && process.XThread is null)) BecomeReporter(lwp, signal);
            if (lwp.Has(DebugFlags.StopAtFork)) Forking.ChildStops(lwp);
            do
            {
                do
                {
                    lwp.Debug |= DebugFlags.Switched;
                    await Sleeping.Suspend(lwp);
                    lwp.Debug &= ~DebugFlags.Switched;
                }
                while (lwp.Remote is { } request && await Serve(lwp, request).ConfigureAwait(false));
                if (lwp.IsDead) return false;
                if (process.XThread == lwp) process.XThread = null;
            }
            while (process.IsTraced && lwp.Has(DebugFlags.Suspend) && !process.Has(ProcessFlags.SingleExit));
            if (!process.IsTraced || (lwp.Has(DebugFlags.Suspend) && process.Has(ProcessFlags.SingleExit))) break;
        }
        return true;
    }

    /// <summary>
    /// The SIGSTOP of PT_ATTACH comes first, and no other thread is left that could take it: an execve(2) that waited for the other threads
    /// when the debugger came has ended them. On FreeBSD such a process stands still and reports nothing, SIGKILL or not.
    /// </summary>
    private static bool MustLead(Lwp lwp)
    {
        var process = lwp.Process;
        if (lwp.Has(DebugFlags.FirstStop) || process.XThread is not null) return false;
        return (process.Queue.Pending | lwp.Queue.Pending).Contains(SIGSTOP) && process.Threads.TrueForAll(other => other == lwp || other.Suspended);
    }

    /// <summary>A thread that is about to report <paramref name="signal"/> reports the SIGSTOP of PT_ATTACH, and takes the answer to that.</summary>
    private static async ValueTask ReportAttach(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        var (info, events) = (lwp.StopInfo, lwp.Debug & DebugFlags.Events);
        process.Queue.Delete(SIGSTOP);
        lwp.Queue.Delete(SIGSTOP);
        lwp.Debug = (lwp.Debug & ~DebugFlags.Events) | DebugFlags.FirstStop;
        (lwp.XSig, lwp.StopInfo) = (SIGSTOP, new siginfo { si_signo = SIGSTOP });
        await WaitForDebugger(lwp, SIGSTOP).ConfigureAwait(false);
        (lwp.StopInfo, lwp.Debug) = (info, lwp.Debug | events);
        // After PT_DETACH, what that gave is the answer to the stop that does not come any more.
        if (lwp.IsDead || !process.IsTraced) return;
        var answer = lwp.XSig;
        lwp.XSig = signal;
        lwp.Debug |= DebugFlags.XSig;
        if (answer is 0 or SIGSTOP) return;
        Posting.Send(process, Posting.ChooseThread(process, answer, lwp), new siginfo { si_signo = answer }, injected: true);
    }

    /// <summary>Does what the debugger asks of a thread in its stop.</summary>
    /// <returns>
    /// Whether the thread stops again. A call that stopped within, such as execve(2) of a process with threads, has outlasted the stop that it
    /// was made in.
    /// </returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> Serve(Lwp lwp, RemoteRequest request)
    {
        await request.Run();
        return !lwp.IsDead && lwp.Process.Has(ProcessFlags.StoppedTrace);
    }

    /// <summary>One thread speaks for the process; the others report one per resume.</summary>
    private static void BecomeReporter(Lwp lwp, int signal)
    {
        var process = lwp.Process;
        process.XSig = signal;
        process.XThread = lwp;
        lwp.Debug &= ~DebugFlags.FirstStop;
        process.FirstStop = false;
        process.Flags |= ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace;
        SuspendThreads(process, lwp);
    }

    /// <summary>sig_suspend_threads: interruptible sleepers stop where they are, the others at the user boundary.</summary>
    public static void SuspendThreads(Process process, Lwp? except)
    {
        foreach (var lwp in process.Threads)
        {
            if (lwp == except) continue;
            var isAsleep = lwp.IsSleeping && lwp.Interruptible;
            if (isAsleep && !lwp.DefersStops)
            {
                Sleeping.SuspendOne(lwp);
                continue;
            }
            if (isAsleep) Sleeping.Abort(lwp, Errno.ERESTART);
            if (!lwp.Suspended) lwp.AstPending = true;
        }
    }

    /// <summary>thread_stopped: when the last thread has stopped, the parent hears of it.</summary>
    public static void ReportIfAllStopped(Process process)
    {
        if (!process.Has(ProcessFlags.StoppedSignal) || process.SuspendCount != process.Threads.Count) return;
        process.Flags &= ~ProcessFlags.Waited;
        var always = process.Has(ProcessFlags.StoppedTrace) && process.Kernel.Personality.Stops.DisregardsNoChildStop;
        Posting.SendJobState(process, process.IsTraced ? CLD_TRAPPED : CLD_STOPPED, process.XSig, always);
    }
}
