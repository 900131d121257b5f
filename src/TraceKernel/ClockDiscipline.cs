using TraceKernel.Abi;

namespace TraceKernel;

/// <summary>How the time of day moves against the uptime: settimeofday(2), adjtime(2) and ntp_adjtime(2), kern_ntptime.c.</summary>
/// <param name="boot">Nanoseconds since 1970 at the start.</param>
internal sealed class ClockDiscipline(long boot)
{
    /// <summary>Microseconds that a correction moves the clock in a second, and where the faster rate begins (ntp_update_second).</summary>
    private const long SlowRate = 500, FastRate = 5000, FastFrom = 1_000_000;

    private long _boot = boot;
    private long _correction;
    private long _correctedAt;

    /// <summary>time_freq, in nanoseconds a second.</summary>
    private long _frequency;

    /// <summary>Nanoseconds since 1970 at an uptime.</summary>
    public long At(long uptime) => _boot + uptime + Slewed(uptime) * 1000 + Drift(uptime);

    /// <summary>Nanoseconds since 1970 at boot: what tc_setclock moves.</summary>
    public long BootTime => _boot;

    /// <summary>settime: the time of day is another from now on.</summary>
    public void Set(long uptime, long time)
    {
        Settle(uptime);
        _boot = time - uptime;
    }

    /// <summary>time_adjtime: microseconds of the last correction that are still to come.</summary>
    public long Remaining(long uptime) => _correction - Slewed(uptime);

    /// <summary>adjtime: a correction in microseconds takes the place of what is left of the last.</summary>
    public void Correct(long uptime, long microseconds)
    {
        Settle(uptime);
        _correction = microseconds;
    }

    /// <summary>MOD_FREQUENCY.</summary>
    /// <param name="frequency">Nanoseconds a second.</param>
    public void SetFrequency(long uptime, long frequency)
    {
        Settle(uptime);
        _frequency = frequency;
    }

    /// <summary>Takes the present counts as the base of later ones.</summary>
    private void Settle(long uptime)
    {
        var remaining = Remaining(uptime);
        _boot = At(uptime) - uptime;
        (_correction, _correctedAt) = (remaining, uptime);
    }

    private long Drift(long uptime) => (long)((Int128)(uptime - _correctedAt) * _frequency / Clocks.NanosecondsPerSecond);

    /// <summary>Microseconds of the correction that have taken effect: fast while much is left, then slowly.</summary>
    private long Slewed(long uptime)
    {
        var elapsed = (Int128)(uptime - _correctedAt);
        var total = Int128.Abs(_correction);
        var fast = Int128.Max(total - FastFrom, 0);
        var done = Int128.Min(elapsed * FastRate / Clocks.NanosecondsPerSecond, fast);
        if (done == fast)
        {
            var slowTime = elapsed - fast * Clocks.NanosecondsPerSecond / FastRate;
            done += Int128.Min(slowTime * SlowRate / Clocks.NanosecondsPerSecond, total - fast);
        }
        return (long)(_correction < 0 ? -done : done);
    }
}
