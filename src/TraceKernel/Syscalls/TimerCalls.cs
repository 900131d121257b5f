using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>Interval timers: kern_time.c.</summary>
internal static class TimerCalls
{
    /// <summary>struct itimerval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct itimerval(timeval it_interval, timeval it_value);

    [Syscall(83, "int setitimer(int which, const struct itimerval *value, struct itimerval *ovalue)")]
    internal static Errno setitimer(SystemCall call)
    {
        if (call[1] == 0) return Get(call, call[2]);
        if ((uint)call[0] >= IntervalTimers.Count) return Errno.EINVAL;
        if (call.CopyIn<itimerval>(call[1], out var next) is var error and not Errno.None) return error;
        if (!TryConvert(next.it_value, out var value) || !TryConvert(next.it_interval, out var interval)) return Errno.EINVAL;
        var old = Image(call.Process.Timers.Get(call.Int(0)));
        call.Process.Timers.Set(call.Int(0), value, value == 0 ? 0 : interval);
        return call[2] == 0 ? Errno.None : call.CopyOut(call[2], old);
    }

    [Syscall(86, "int getitimer(int which, struct itimerval *value)")]
    internal static Errno getitimer(SystemCall call) => Get(call, call[1]);

    private static Errno Get(SystemCall call, ulong address)
    {
        if ((uint)call[0] >= IntervalTimers.Count) return Errno.EINVAL;
        return call.CopyOut(address, Image(call.Process.Timers.Get(call.Int(0))));
    }

    private static itimerval Image((long Left, long Interval) timer) => new(timeval.Of(timer.Interval), timeval.Of(RoundUp(timer.Left)));

    /// <summary>A timer that still runs never shows zero.</summary>
    private static long RoundUp(long nanoseconds) => nanoseconds is > 0 and < 1000 ? 1000 : nanoseconds;

    /// <summary>itimerfix: not negative, microseconds below a million, at most a hundred million seconds.</summary>
    private static bool TryConvert(timeval time, out long nanoseconds)
    {
        nanoseconds = 0;
        if (time.tv_sec is < 0 or > 100_000_000 || time.tv_usec is < 0 or >= 1_000_000) return false;
        nanoseconds = time.tv_sec * Clocks.NanosecondsPerSecond + time.tv_usec * 1000;
        return true;
    }
}
