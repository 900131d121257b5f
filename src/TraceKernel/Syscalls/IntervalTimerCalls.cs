using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>setitimer(2) and getitimer(2). Only ITIMER_REAL exists; the others stand still, and setting them is EINVAL.</summary>
internal static class IntervalTimerCalls
{
    private const int ItimerReal = 0, ItimerProf = 2;
    private const long MostSeconds = long.MaxValue / Clocks.NanosecondsPerSecond / 2;

    private readonly record struct Itimerval(timeval Interval, timeval Value);

    [Syscall(83, "int setitimer(int which, const struct itimerval *value, struct itimerval *ovalue)")]
    public static Errno SetIntervalTimer(SystemCall call)
    {
        if (call.Int(0) is < ItimerReal or > ItimerProf) return Errno.EINVAL;
        var old = Current(call);
        if (call[1] != 0)
        {
            if (call.CopyIn(call[1], out Itimerval next) is not Errno.None and var error) return error;
            if (!TryRead(next.Value, out var value) || !TryRead(next.Interval, out var interval)) return Errno.EINVAL;
            if (call.Int(0) == ItimerReal) call.Process.RealTimer.Set(value, interval);
            else if (value != 0) return Errno.EINVAL;
        }
        return call[2] == 0 ? Errno.None : call.CopyOut(call[2], old);
    }

    [Syscall(86, "int getitimer(int which, struct itimerval *value)")]
    public static Errno GetIntervalTimer(SystemCall call) =>
        call.Int(0) is < ItimerReal or > ItimerProf ? Errno.EINVAL : call.CopyOut(call[1], Current(call));

    private static Itimerval Current(SystemCall call)
    {
        var timer = call.Process.RealTimer;
        return call.Int(0) == ItimerReal ? new Itimerval(timeval.Of(timer.Interval), timeval.Of(timer.Remaining)) : default;
    }

    private static bool TryRead(timeval time, out long nanoseconds)
    {
        nanoseconds = 0;
        if (time.tv_sec < 0 || time.tv_usec is < 0 or >= 1_000_000) return false;
        nanoseconds = Math.Min(time.tv_sec, MostSeconds) * Clocks.NanosecondsPerSecond + time.tv_usec * 1000;
        return true;
    }
}
