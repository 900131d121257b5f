using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Clocks;

namespace TraceKernel.Syscalls;

/// <summary>Clocks and sleeping: kern_time.c.</summary>
internal static class TimeCalls
{
    /// <summary>What threads sleep on until a time (nanowait).</summary>
    private static readonly object s_nanowait = new();

    [Syscall(116, "int gettimeofday(struct timeval *tp, struct timezone *tzp)")]
    internal static Errno gettimeofday(SystemCall call)
    {
        var error = call[0] == 0 ? Errno.None : call.CopyOut(call[0], timeval.Of(call.Kernel.RealTime));
        // struct timezone: two ints, Greenwich without daylight saving.
        return error != Errno.None || call[1] == 0 ? error : call.CopyOut(call[1], 0L);
    }

    [Syscall(232, "int clock_gettime(clockid_t clock_id, struct timespec *tp)")]
    internal static Errno clock_gettime(SystemCall call) =>
        TryRead(call.Lwp, call.Int(0), out var now) ? call.CopyOut(call[1], timespec.Of(now)) : Errno.EINVAL;

    // kern_clock_getcpuclockid2: a thread is looked for when its clock is read.
    [Syscall(247, "int clock_getcpuclockid2(id_t id, int which, clockid_t *clock_id)")]
    internal static Errno clock_getcpuclockid2(SystemCall call)
    {
        var id = call.Int(0);
        switch (call.Int(1))
        {
            case CPUCLOCK_WHICH_PID:
                if (call[0] == 0) id = call.Process.Pid;
                else if (call[0] > Kernel.MaximumPid || call.Kernel.Find(id) is not { } process || Permission.CanSee(call.Process, process) != Errno.None) return Errno.ESRCH;
                return call.CopyOut(call[2], CPUCLOCK_BIT | CPUCLOCK_PROCESS_BIT | id);
            case CPUCLOCK_WHICH_TID:
                return call.CopyOut(call[2], CPUCLOCK_BIT | (call[0] == 0 ? call.Lwp.Tid : id));
            default:
                return Errno.EINVAL;
        }
    }

    [Syscall(234, "int clock_getres(clockid_t clock_id, struct timespec *tp)")]
    internal static Errno clock_getres(SystemCall call)
    {
        var clock = call.Int(0);
        // Those of processes and threads have a resolution even when nobody has such an id.
        if (clock >= 0 && !TryRead(call.Lwp, clock, out _)) return Errno.EINVAL;
        if (call[1] == 0) return Errno.None;
        return call.CopyOut(call[1], timespec.Of(clock switch
        {
            CLOCK_SECOND => NanosecondsPerSecond,
            CLOCK_VIRTUAL or CLOCK_PROF => NanosecondsPerTick,
            _ => 1,
        }));
    }

    [Syscall(240, "int nanosleep(const struct timespec *rqtp, struct timespec *rmtp)")]
    internal static ValueTask<Errno> nanosleep(SystemCall call) => Sleep(call, CLOCK_REALTIME, isAbsolute: false, call[0], call[1]);

    // kern_posix_error: the error is what the call returns.
    [Syscall(244, "int clock_nanosleep(clockid_t clock_id, int flags, const struct timespec *rqtp, struct timespec *rmtp)")]
    internal static async ValueTask<Errno> clock_nanosleep(SystemCall call)
    {
        var flags = call.Int(1);
        var error = (flags & ~TIMER_ABSTIME) != 0 ? Errno.EINVAL : await Sleep(call, call.Int(0), flags != 0, call[2], call[3]);
        return error < 0 ? error : call.Return((long)error);
    }

    /// <summary>The instant that lies a time after another; the end of time when that overflows.</summary>
    internal static long After(long nanoseconds, timespec time)
    {
        var whole = (Int128)time.tv_sec * NanosecondsPerSecond + time.tv_nsec + nanoseconds;
        return (long)Int128.Min(whole, long.MaxValue);
    }

    /// <summary>Nanoseconds of processor time: an instruction takes one.</summary>
    internal static long ProcessorTime(Process process)
    {
        var total = process.ExitedThreadsTime;
        foreach (var lwp in process.Threads) total += lwp.Cpu.Retired;
        return total;
    }

    /// <summary>kern_clock_gettime: nanoseconds on a clock; false when there is none of that number.</summary>
    internal static bool TryRead(Lwp lwp, int clock, out long now)
    {
        var kernel = lwp.Process.Kernel;
        switch (clock)
        {
            case CLOCK_REALTIME or CLOCK_REALTIME_PRECISE or CLOCK_REALTIME_FAST:
                now = kernel.RealTime;
                return true;
            case CLOCK_SECOND:
                now = kernel.RealTime / NanosecondsPerSecond * NanosecondsPerSecond;
                return true;
            case CLOCK_MONOTONIC or CLOCK_MONOTONIC_PRECISE or CLOCK_MONOTONIC_FAST or CLOCK_UPTIME or CLOCK_UPTIME_PRECISE or CLOCK_UPTIME_FAST:
                now = kernel.Uptime;
                return true;
            case CLOCK_VIRTUAL or CLOCK_PROF or CLOCK_PROCESS_CPUTIME_ID:
                now = ProcessorTime(lwp.Process);
                return true;
            case CLOCK_THREAD_CPUTIME_ID:
                now = lwp.Cpu.Retired;
                return true;
            default:
                now = 0;
                return clock < 0 && TryReadById(lwp.Process, clock, out now);
        }
    }

    /// <summary>get_cputime: processor time of a process that the caller may see, or of one of its own threads.</summary>
    private static bool TryReadById(Process caller, int clock, out long now)
    {
        now = 0;
        var id = clock & CPUCLOCK_ID_MASK;
        if ((clock & CPUCLOCK_PROCESS_BIT) == 0)
        {
            if (caller.Threads.Find(other => other.Tid == id) is not { } lwp) return false;
            now = lwp.Cpu.Retired;
            return true;
        }
        if (caller.Kernel.Find(id) is not { } process || Permission.CanSee(caller, process) != Errno.None) return false;
        now = ProcessorTime(process);
        return true;
    }

    /// <summary>kern_clock_nanosleep: EINTR when a signal comes first, with what is left at <paramref name="left"/>.</summary>
    private static async ValueTask<Errno> Sleep(SystemCall call, int clock, bool isAbsolute, ulong address, ulong left)
    {
        if (call.CopyIn<timespec>(address, out var time) is not Errno.None and var error) return error;
        if (time.tv_nsec is < 0 or >= NanosecondsPerSecond) return Errno.EINVAL;
        if (clock is CLOCK_PROCESS_CPUTIME_ID or CLOCK_VIRTUAL or CLOCK_PROF) return Errno.EOPNOTSUPP;
        if (clock is CLOCK_THREAD_CPUTIME_ID or < 0 || !TryRead(call.Lwp, clock, out var now)) return Errno.EINVAL;
        var kernel = call.Kernel;
        // An absolute time of any clock is as far from that clock's now as the deadline is from ours.
        var deadline = After(isAbsolute ? kernel.Uptime - now : kernel.Uptime, time);
        while (deadline > kernel.Uptime)
        {
            error = await call.Lwp.Sleep(s_nanowait, "nanslp", deadline);
            if (error == Errno.EWOULDBLOCK) break;
            if (error == Errno.None) continue;
            if (isAbsolute || left == 0) return Errno.EINTR;
            error = call.CopyOut(left, timespec.Of(Math.Max(deadline - kernel.Uptime, 0)));
            return error == Errno.None ? Errno.EINTR : error;
        }
        return Errno.None;
    }
}
