using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Syscalls;

namespace TraceKernel.Processes;

/// <summary>struct umtx_abs_timeout: when a wait ends, on the clock that it is counted by.</summary>
/// <param name="Clock">CLOCK_*.</param>
/// <param name="End">Nanoseconds on that clock.</param>
internal readonly record struct UmtxTimeout(int Clock, long End)
{
    /// <summary>sizeof(struct _umtx_time).</summary>
    public const ulong Bytes = 24;

    private const uint UMTX_ABSTIME = 1;

    /// <summary>struct _umtx_time.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct UmtxTime(timespec Timeout, uint Flags, int Clock);

    /// <summary>Of a time on a clock, from now on unless it is absolute.</summary>
    public static UmtxTimeout Of(Lwp lwp, int clock, bool isAbsolute, timespec time)
    {
        var start = isAbsolute || !TimeCalls.TryRead(lwp, clock, out var now) ? 0 : now;
        return new UmtxTimeout(clock, TimeCalls.After(start, time));
    }

    /// <summary>
    /// umtx_copyin_umtx_time: a plain timespec of real time, or the whole structure when <paramref name="size"/> says so.
    /// </summary>
    public static Errno CopyIn(SystemCall call, ulong address, ulong size, out UmtxTimeout? timeout, out bool isAbsolute)
    {
        (timeout, isAbsolute) = (null, false);
        if (address == 0) return Errno.None;
        var (error, time) = (Errno.None, default(UmtxTime));
        if (size <= (ulong)Marshal.SizeOf<timespec>())
        {
            error = call.CopyIn<timespec>(address, out var interval);
            time = new UmtxTime(interval, 0, Clocks.CLOCK_REALTIME);
        }
        else
        {
            error = call.CopyIn(address, out time);
        }
        if (error != Errno.None) return error;
        if (!IsInterval(time.Timeout)) return Errno.EINVAL;
        isAbsolute = (time.Flags & UMTX_ABSTIME) != 0;
        timeout = Of(call.Lwp, time.Clock, isAbsolute, time.Timeout);
        return Errno.None;
    }

    /// <summary>timespecvalid_interval.</summary>
    public static bool IsInterval(timespec time) => time.tv_sec >= 0 && time.tv_nsec is >= 0 and < Clocks.NanosecondsPerSecond;

    /// <summary>umtx_abs_timeout_getsbt: the uptime at which to look at the clock again; false when the end has come.</summary>
    public bool TryGetDeadline(Lwp lwp, out long deadline)
    {
        deadline = 0;
        var left = Left(lwp);
        if (left <= 0) return false;
        // umtx_abs_timeout_enforce_min
        left = Math.Max(left, lwp.Process.ShortestUmtxSleep);
        var uptime = lwp.Process.Kernel.Uptime;
        deadline = left > long.MaxValue - uptime ? long.MaxValue : uptime + left;
        return true;
    }

    /// <summary>Nanoseconds that remain; none on a clock that does not exist.</summary>
    public long Left(Lwp lwp) => TimeCalls.TryRead(lwp, Clock, out var now) ? End - now : 0;
}
