using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.EventFiles;

namespace TraceKernel.Syscalls;

/// <summary>__specialfd(2), on which eventfd(2) is built, and timerfd_create(2) and its kin: sys_eventfd.c, sys_timerfd.c.</summary>
internal static class EventFileCalls
{
    // kern_specialfd
    [Syscall(577, "int __specialfd(int type, const void *req, size_t len)")]
    internal static Errno __specialfd(SystemCall call)
    {
        if (call.Int(0) != SPECIALFD_EVENTFD || call[2] != 8) return Errno.EINVAL;
        if (call.CopyIn<specialfd_eventfd>(call[1], out var request) is var error and not Errno.None) return error;
        if ((request.flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0) return Errno.EINVAL;
        var file = new OpenFile(new EventFile(call.Kernel, request.initval, request.flags), Fcntl.O_RDWR | request.flags & EFD_NONBLOCK);
        return call.Return(file, (request.flags & EFD_CLOEXEC) != 0);
    }

    [Syscall(585, "int timerfd_create(int clockid, int flags)")]
    internal static Errno timerfd_create(SystemCall call)
    {
        if (call.Int(0) is not (Clocks.CLOCK_REALTIME or Clocks.CLOCK_MONOTONIC or Clocks.CLOCK_UPTIME)) return Errno.EINVAL;
        var flags = call.Int(1);
        if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0) return Errno.EINVAL;
        var file = new OpenFile(new TimerFile(call.Process, call.Int(0)), Fcntl.O_RDONLY | flags & TFD_NONBLOCK);
        return call.Return(file, (flags & TFD_CLOEXEC) != 0);
    }

    [Syscall(586, "int timerfd_gettime(int fd, struct itimerspec *curr_value)")]
    internal static Errno timerfd_gettime(SystemCall call) =>
        Find(call, out var timer) is var error and not Errno.None ? error : call.CopyOut(call[1], Image(timer));

    [Syscall(587, "int timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)")]
    internal static Errno timerfd_settime(SystemCall call)
    {
        if (call.CopyIn<itimerspec>(call[2], out var next) is var error and not Errno.None) return error;
        if ((call.Int(1) & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0) return Errno.EINVAL;
        if (!UmtxTimeout.IsInterval(next.it_value) || !UmtxTimeout.IsInterval(next.it_interval)) return Errno.EINVAL;
        if ((error = Find(call, out var timer)) != Errno.None) return error;
        var old = Image(timer);
        timer.Set(TimeCalls.After(0, next.it_value), TimeCalls.After(0, next.it_interval), (call.Int(1) & TFD_TIMER_ABSTIME) != 0);
        return call[3] == 0 ? Errno.None : call.CopyOut(call[3], old);
    }

    private static itimerspec Image(TimerFile timer)
    {
        var (left, interval) = timer.Get();
        return new(timespec.Of(interval), timespec.Of(left));
    }

    private static Errno Find(SystemCall call, out TimerFile timer)
    {
        timer = null!;
        if (call.Process.Files.Get(call.Int(0), out var file) is not Errno.None and var error) return error;
        timer = (file.Target as TimerFile)!;
        return timer is null ? Errno.EINVAL : Errno.None;
    }
}
