using System.Runtime.CompilerServices;
using TraceKernel.Abi;
using TraceKernel.Signals;

namespace TraceKernel.Processes;

/// <summary>sleepqueue(9) and the thread half of process suspension: how kernel code waits.</summary>
internal static class Sleeping
{
    /// <summary>
    /// Sleeps on <paramref name="channel"/> until Kernel.Wakeup of it. With <paramref name="interruptible"/> (PCATCH) a signal ends the
    /// sleep. subr_sleepqueue.c, sleepq_catch_signals and sleepq_timedwait_sig.
    /// </summary>
    /// <param name="deadline">Uptime in nanoseconds at which to give up.</param>
    /// <returns>None when woken, EWOULDBLOCK at the deadline, EINTR or ERESTART for a signal.</returns>
    public static async ValueTask<Errno> Sleep(
        this Lwp lwp, object channel, string waitMessage, long deadline = long.MaxValue, bool interruptible = true)
    {
        var kernel = lwp.Process.Kernel;
        if (interruptible)
        {
            var suspensions = lwp.Suspensions;
            if (await CatchSignals(lwp) is var caught and not Errno.None) return caught;
            // The wakeup may have come during a stop: callers look again before they sleep.
            if (lwp.Suspensions != suspensions) return Errno.None;
        }
        lwp.WaitMessage = waitMessage;
        lwp.Interruptible = interruptible;
        lwp.SleepsSince = kernel.Uptime;
        lwp.Usage.ru_nvcsw++;
        KernelTracing.Switch(lwp, isOut: true, waitMessage);
        kernel.Scheduler.AddSleeper(lwp, channel);
        var timer = deadline == long.MaxValue ? null : kernel.Scheduler.At(deadline, () =>
        {
            if (lwp.IsSleeping) kernel.Scheduler.EndSleep(lwp, Errno.EWOULDBLOCK);
        });
        await lwp.Kernel;
        if (timer is not null) timer.Cancelled = true;
        KernelTracing.Switch(lwp, isOut: false, waitMessage);
        lwp.WaitMessage = "";
        return lwp.WakeReason;
    }

    /// <summary>
    /// sigdeferstop(9), SIGDEFERSTOP_ERESTART: a sleep within which the process is not stopped, since others may wait for what the thread
    /// holds. A stop ends it, ERESTART, and is taken on the way to user mode.
    /// </summary>
    public static async ValueTask<Errno> SleepDeferringStops(this Lwp lwp, object channel, string waitMessage)
    {
        lwp.DefersStops = true;
        var error = await lwp.Sleep(channel, waitMessage);
        lwp.DefersStops = false;
        return error;
    }

    /// <summary>sched_yield: others that can run go first.</summary>
    public static async ValueTask<Errno> Yield(this Lwp lwp)
    {
        lwp.Usage.ru_nvcsw++;
        lwp.Process.Kernel.Scheduler.GoLast(lwp);
        await lwp.Kernel;
        return Errno.None;
    }

    /// <summary>Ends a thread's interruptible sleep for a signal; others are left alone.</summary>
    public static void Abort(Lwp lwp, Errno reason)
    {
        if (lwp.IsSleeping && lwp.Interruptible) lwp.Process.Kernel.Scheduler.EndSleep(lwp, reason);
    }

    /// <summary>
    /// thread_suspend_check: at the user boundary, and before interruptible sleeps, waits as long as the process is stopped, a debugger
    /// holds this thread or another thread wants to be alone.
    /// </summary>
    /// <param name="mayReturn">Called from within a system call, which can end (return_instead).</param>
    /// <returns>EINTR: the thread must go, another one ends the process or has executed a program; ERESTART: it is wanted at the user
    /// boundary.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Errno> SuspendCheck(Lwp lwp, bool mayReturn)
    {
        var process = lwp.Process;
        while (true)
        {
            var mode = process.SingleThread is { } single && single != lwp ? process.SingleMode : SingleThreadingMode.None;
            if (mode == SingleThreadingMode.Exit) return Errno.EINTR;
            if (mode == SingleThreadingMode.Boundary && mayReturn) return Errno.ERESTART;
            var stopped = process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace) || mode != SingleThreadingMode.None;
            if (!stopped && !(process.IsTraced && lwp.Has(DebugFlags.Suspend))) return Errno.None;
            lwp.AtBoundary = !mayReturn && mode == SingleThreadingMode.Boundary;
            await Suspend(lwp);
            lwp.AtBoundary = false;
        }
    }

    /// <summary>thread_suspend_switch: stays suspended until someone unsuspends it.</summary>
    public static Continuation Suspend(Lwp lwp)
    {
        lwp.Remote?.Abandon();
        SuspendOne(lwp);
        SingleThreading.Arrived(lwp.Process);
        Stopping.ReportIfAllStopped(lwp.Process);
        // Awaited by the caller itself: a frame less for each of a debugger's steps.
        return lwp.Kernel;
    }

    /// <summary>thread_suspend_one.</summary>
    public static void SuspendOne(Lwp lwp)
    {
        if (lwp.Suspended) return;
        lwp.Suspended = true;
        lwp.Suspensions++;
        lwp.Process.SuspendCount++;
    }

    /// <summary>thread_unsuspend_one.</summary>
    public static void UnsuspendOne(Lwp lwp)
    {
        if (!lwp.Suspended) return;
        lwp.Suspended = false;
        lwp.Process.SuspendCount--;
        lwp.Process.Kernel.Scheduler.MakeReady(lwp);
    }

    /// <summary>
    /// thread_unsuspend: every thread of a process that is no longer stopped. First comes the one whose turn is next: a thread that stops
    /// the process again and again, at breakpoints, would otherwise be the only one to run.
    /// </summary>
    public static void Unsuspend(Process process)
    {
        var threads = process.Threads;
        var first = process.LastToRun is { } last ? threads.IndexOf(last) + 1 : 0;
        for (var turn = 0; turn < threads.Count; turn++) UnsuspendOne(threads[(first + turn) % threads.Count]);
        process.Timers.Continue();
        process.PosixTimers.Continue();
        // kqtimer_proc_continue
        if (process.PausedTimers.Count == 0) return;
        var paused = process.PausedTimers.ToArray();
        process.PausedTimers.Clear();
        foreach (var timer in paused) timer.Continue();
    }

    private static async ValueTask<Errno> CatchSignals(Lwp lwp)
    {
        // A call that a debugger has the thread make: the process is stopped, and a sleep would have no end (on FreeBSD it has none).
        if (lwp.Remote is not null) return Errno.EINTR;
        if (lwp.DefersStops && Issuing.MustStop(lwp)) return Errno.ERESTART;
        var signal = await Issuing.IssueSignal(lwp).ConfigureAwait(false);
        if (signal != 0) return lwp.Process.Signals.Interrupting.Contains(signal) ? Errno.EINTR : Errno.ERESTART;
        return await SuspendCheck(lwp, mayReturn: true).ConfigureAwait(false);
    }
}
