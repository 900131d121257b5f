using TraceKernel.Signals;

namespace TraceKernel.Processes;

/// <summary>p_realtimer: sends SIGALRM to its process at a time, and again after each interval (realitexpire of kern_time.c).</summary>
internal sealed class IntervalTimer(Process process)
{
    private Scheduler.Timer? _timer;
    private long _due;

    /// <summary>Nanoseconds between signals; 0: only one.</summary>
    public long Interval { get; private set; }

    /// <summary>Nanoseconds until the next signal; 0 when none is due.</summary>
    public long Remaining => _timer is null ? 0 : Math.Max(1, _due - process.Kernel.Uptime);

    /// <summary>Begins anew; a <paramref name="value"/> of 0 stops it.</summary>
    public void Set(long value, long interval)
    {
        if (_timer is not null) _timer.Cancelled = true;
        _timer = null;
        Interval = interval;
        if (value == 0) return;
        var uptime = process.Kernel.Uptime;
        Arm(value > long.MaxValue - uptime ? long.MaxValue : uptime + value);
    }

    private void Arm(long due)
    {
        _due = due;
        _timer = process.Kernel.Scheduler.At(due, Expire);
    }

    private void Expire()
    {
        _timer = null;
        if (process.IsZombie || process.Has(ProcessFlags.Exiting)) return;
        // Intervals that have passed meanwhile are one signal.
        if (Interval > 0) Arm(_due + Interval * ((process.Kernel.Uptime - _due) / Interval + 1));
        Posting.Send(process, Abi.Signals.SIGALRM);
    }
}
