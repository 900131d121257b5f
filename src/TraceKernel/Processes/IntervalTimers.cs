using TraceKernel.Signals;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Processes;

/// <summary>The three timers of setitimer(2): real time, and the processor time of the process, twice.</summary>
internal sealed class IntervalTimers(Process process)
{
    public const int Count = 3;

    private readonly Running?[] _running = new Running?[Count];

    /// <summary>The timer of real time that has expired in a stopped process and waits for it to go on (P2_ITSTOPPED).</summary>
    private (long Due, long Interval)? _paused;

    /// <param name="Due">On the timer's clock, in nanoseconds.</param>
    /// <param name="Interval">0: once.</param>
    private sealed record Running(Scheduler.Timer Timer, long Due, long Interval);

    /// <summary>Nanoseconds until it expires, 0 when it does not run, and its interval.</summary>
    public (long Left, long Interval) Get(int which)
    {
        if (which == 0 && _paused is { } paused) return (Math.Max(paused.Due - Now(which), 1), paused.Interval);
        return _running[which] is { } timer ? (Math.Max(timer.Due - Now(which), 1), timer.Interval) : (0, 0);
    }

    /// <summary>Starts it anew; 0 stops it.</summary>
    public void Set(int which, long nanoseconds, long interval)
    {
        if (_running[which] is { } old) old.Timer.Cancelled = true;
        _running[which] = null;
        if (which == 0) _paused = null;
        if (nanoseconds > 0) Arm(which, After(Now(which), nanoseconds), interval);
    }

    /// <summary>itimer_proc_continue: the process goes on, and the timer expires at once, even if it is not due yet.</summary>
    public void Continue()
    {
        if (_paused is not { } paused) return;
        _paused = null;
        Expire(0, paused.Due, paused.Interval);
    }

    /// <summary>The process exits.</summary>
    public void Stop()
    {
        for (var which = 0; which < Count; which++) Set(which, 0, 0);
    }

    private static long After(long time, long nanoseconds) => nanoseconds > long.MaxValue - time ? long.MaxValue : time + nanoseconds;

    private long Now(int which) => which == 0 ? process.Kernel.Uptime : TimeCalls.ProcessorTime(process);

    /// <summary>realitexpire. Processor time is looked at when at the earliest it could have passed.</summary>
    private void Arm(int which, long due, long interval)
    {
        var timer = process.Kernel.Scheduler.At(After(process.Kernel.Uptime, due - Now(which)), () =>
        {
            if (due > Now(which))
            {
                Arm(which, due, interval);
                return;
            }
            Expire(which, due, interval);
        });
        _running[which] = new Running(timer, due, interval);
    }

    /// <summary>realitexpire: the signal, and the next interval that has not passed.</summary>
    private void Expire(int which, long due, long interval)
    {
        _running[which] = null;
        if (which == 0) Posting.Send(process, SIGALRM);
        // hardclock finds these in the thread that has just used the time.
        else Posting.SendBusy(process, which == 1 ? SIGVTALRM : SIGPROF, process.LastToRun);
        if (interval == 0) return;
        var next = due + (1 + Math.Max(0, Now(which) - due) / interval) * interval;
        var isPaused = process.Kernel.Personality.PausesTimers && process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        if (which == 0 && isPaused) _paused = (next, interval);
        else Arm(which, next, interval);
    }
}
