using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Syscalls;

/// <summary>Waiting for signals instead of handling them: kern_sigtimedwait of kern_sig.c.</summary>
internal static class SignalWaitCalls
{
    // The error is what sigwait returns; an interruption by a handler begins it again.
    [Syscall(429, "int sigwait(const sigset_t *set, int *sig)")]
    public static async ValueTask<Errno> SigWait(SystemCall call)
    {
        if (call.CopyIn(call[0], out sigset set) is not Errno.None and var error) return call.Return((long)error);
        (error, var info) = await Wait(call, set, long.MaxValue);
        if (error == Errno.EINTR) return Errno.ERESTART;
        if (error == Errno.None) error = call.CopyOut(call[1], info.si_signo);
        return call.Return((long)error);
    }

    [Syscall(345, "int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)")]
    public static async ValueTask<Errno> SigTimedWait(SystemCall call)
    {
        var deadline = long.MaxValue;
        if (call[2] != 0)
        {
            if (call.CopyIn(call[2], out timespec time) is not Errno.None and var fault) return fault;
            if (time.tv_sec < 0 || time.tv_nsec is < 0 or >= Clocks.NanosecondsPerSecond) return Errno.EINVAL;
            deadline = TimeCalls.After(call.Kernel.Uptime, time);
        }
        return await WaitInfo(call, deadline);
    }

    [Syscall(346, "int sigwaitinfo(const sigset_t *set, siginfo_t *info)")]
    public static ValueTask<Errno> SigWaitInfo(SystemCall call) => WaitInfo(call, long.MaxValue);

    private static async ValueTask<Errno> WaitInfo(SystemCall call, long deadline)
    {
        if (call.CopyIn(call[0], out sigset set) is not Errno.None and var error) return error;
        (error, var info) = await Wait(call, set, deadline);
        if (error != Errno.None) return error;
        if (call[1] != 0 && (error = call.CopyOut(call[1], info)) != Errno.None) return error;
        return call.Return(info.si_signo);
    }

    /// <summary>The next pending signal of a set, taken. EAGAIN when the time is over, EINTR when a handler has to run.</summary>
    private static async ValueTask<(Errno Error, siginfo Info)> Wait(SystemCall call, sigset set, long deadline)
    {
        var lwp = call.Lwp;
        set = set.Without(SIGKILL).Without(SIGSTOP);
        // While it waits the set is not blocked, so that senders choose this thread; a debugger sees each signal first.
        var mask = lwp.SignalMask;
        lwp.SignalMask = mask & ~set;
        var info = default(siginfo);
        for (var error = Errno.None; ;)
        {
            var signal = await Issuing.IssueSignal(lwp);
            var isTaken = signal != 0 && set.Contains(signal)
                && (lwp.Queue.TryTake(signal, out info, out _) || lwp.Process.Queue.TryTake(signal, out info, out _));
            if (!isTaken && error == Errno.None && deadline <= call.Kernel.Uptime) error = Errno.EWOULDBLOCK;
            if (isTaken || error != Errno.None)
            {
                SignalCalls.SetMask(lwp, mask);
                return (isTaken ? Errno.None : error == Errno.EWOULDBLOCK ? Errno.EAGAIN : Errno.EINTR, info);
            }
            error = await lwp.Sleep(lwp, "sigwait", deadline);
        }
    }
}
