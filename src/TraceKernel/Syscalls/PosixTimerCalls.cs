using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Clocks;

namespace TraceKernel.Syscalls;

/// <summary>The timers of POSIX.1b, on which timer_create(2) and its kin are built: kern_time.c.</summary>
internal static class PosixTimerCalls
{
    [Syscall(235, "int ktimer_create(clockid_t clock_id, struct sigevent *evp, int *timerid)")]
    internal static Errno ktimer_create(SystemCall call)
    {
        sigevent? wanted = null;
        if (call[1] != 0)
        {
            if (call.CopyIn<sigevent>(call[1], out var evp) is var fault and not Errno.None) return fault;
            wanted = evp;
        }
        // register_posix_clock: these two clocks, and none of their aliases.
        if (call.Int(0) is not (CLOCK_REALTIME or CLOCK_MONOTONIC)) return Errno.EINVAL;
        if (wanted is { } given && (given.Signals ? !given.HasValidSignal : given.sigev_notify != sigevent.SIGEV_NONE)) return Errno.EINVAL;
        var error = call.Process.PosixTimers.Create(call.Int(0), wanted, out var id);
        if (error == Errno.None && (error = call.CopyOut(call[2], id)) != Errno.None) call.Process.PosixTimers.Delete(id);
        return error;
    }

    [Syscall(236, "int ktimer_delete(int timerid)")]
    internal static Errno ktimer_delete(SystemCall call) => call.Process.PosixTimers.Delete(call.Int(0));

    [Syscall(237, "int ktimer_settime(int timerid, int flags, const struct itimerspec *value, struct itimerspec *ovalue)")]
    internal static Errno ktimer_settime(SystemCall call)
    {
        if (call.CopyIn<itimerspec>(call[2], out var next) is var error and not Errno.None) return error;
        if (call.Process.PosixTimers.Find(call.Int(0)) is not { } timer || !TryConvert(next.it_value, out var value)) return Errno.EINVAL;
        var interval = 0L;
        if (value != 0 && !TryConvert(next.it_interval, out interval)) return Errno.EINVAL;
        var old = Image(timer);
        timer.Set(value, interval, (call.Int(1) & TIMER_ABSTIME) != 0);
        return call[3] == 0 ? Errno.None : call.CopyOut(call[3], old);
    }

    [Syscall(238, "int ktimer_gettime(int timerid, struct itimerspec *value)")]
    internal static Errno ktimer_gettime(SystemCall call) =>
        call.Process.PosixTimers.Find(call.Int(0)) is { } timer ? call.CopyOut(call[1], Image(timer)) : Errno.EINVAL;

    [Syscall(239, "int ktimer_getoverrun(int timerid)")]
    internal static Errno ktimer_getoverrun(SystemCall call) =>
        call.Process.PosixTimers.Find(call.Int(0)) is { } timer ? call.Return(timer.LastOverrun) : Errno.EINVAL;

    private static itimerspec Image(PosixTimer timer)
    {
        var (left, interval) = timer.Get();
        return new(timespec.Of(interval), timespec.Of(left));
    }

    /// <summary>itimespecfix: what is shorter than a tick lasts a tick; false for what is no time.</summary>
    private static bool TryConvert(timespec time, out long nanoseconds)
    {
        nanoseconds = 0;
        if (!UmtxTimeout.IsInterval(time) || (ulong)time.tv_sec > (ulong.MaxValue - (ulong)time.tv_nsec) / NanosecondsPerSecond) return false;
        nanoseconds = TimeCalls.After(0, time);
        if (nanoseconds is > 0 and < NanosecondsPerTick) nanoseconds = NanosecondsPerTick;
        return true;
    }
}
