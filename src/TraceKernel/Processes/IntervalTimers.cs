using TraceKernel.Signals;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Processes;

/// <summary>The three timers of setitimer(2): real time, and the processor time of the process, twice.</summary>
internal sealed class IntervalTimers(Process process)
{
    public const int Count = 3;

    private readonly Running?[] _running = new Running?[Count];

    /// <param name="Due">On the timer's clock, in nanoseconds.</param>
    /// <param name="Interval">0: once.</param>
    private sealed record Running(Scheduler.Timer Timer, long Due, long Interval);

    /// <summary>Nanoseconds until it expires, 0 when it does not run, and its interval.</summary>
    public (long Left, long Interval) Get(int which) =>
        _running[which] is { } timer ? (Math.Max(timer.Due - Now(which), 1), timer.Interval) : (0, 0);

    /// <summary>Starts it anew; 0 stops it.</summary>
    public void Set(int which, long nanoseconds, long interval)
    {
        if (_running[which] is { } old) old.Timer.Cancelled = true;
        _running[which] = null;
        if (nanoseconds > 0) Arm(which, After(Now(which), nanoseconds), interval);
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
            _running[which] = null;
            // Intervals that have passed meanwhile are skipped.
            if (interval > 0) Arm(which, due + (1 + (Now(which) - due) / interval) * interval, interval);
            Posting.Send(process, which switch { 0 => SIGALRM, 1 => SIGVTALRM, _ => SIGPROF });
        });
        _running[which] = new Running(timer, due, interval);
    }
}
