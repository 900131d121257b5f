namespace TraceKernel.Abi;

/// <summary>Clocks of clock_gettime(2), sys/_clock_id.h.</summary>
public static class Clocks
{
    public const int CLOCK_REALTIME = 0, CLOCK_VIRTUAL = 1, CLOCK_PROF = 2, CLOCK_MONOTONIC = 4, CLOCK_UPTIME = 5, CLOCK_UPTIME_PRECISE = 7,
        CLOCK_UPTIME_FAST = 8, CLOCK_REALTIME_PRECISE = 9, CLOCK_REALTIME_FAST = 10, CLOCK_MONOTONIC_PRECISE = 11,
        CLOCK_MONOTONIC_FAST = 12, CLOCK_SECOND = 13, CLOCK_THREAD_CPUTIME_ID = 14, CLOCK_PROCESS_CPUTIME_ID = 15;

    /// <summary>Clocks of processor time by id (sys/_clock_id.h, timespec.h): the id of a process or thread with these bits.</summary>
    public const int CPUCLOCK_BIT = unchecked((int)0x80000000), CPUCLOCK_PROCESS_BIT = 0x40000000, CPUCLOCK_ID_MASK = ~(CPUCLOCK_BIT | CPUCLOCK_PROCESS_BIT);

    /// <summary>The kind of object that the id of clock_getcpuclockid2(2) names.</summary>
    public const int CPUCLOCK_WHICH_PID = 0, CPUCLOCK_WHICH_TID = 1;

    public const int TIMER_ABSTIME = 1;

    /// <summary>Nanoseconds of a tick of the clock interrupt, kern.hz = 1000.</summary>
    public const long NanosecondsPerTick = 1_000_000;

    public const long NanosecondsPerSecond = 1_000_000_000;
}
