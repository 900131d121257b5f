using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Syscalls;

/// <summary>Taking signals without handlers: sigwait(2), sigwaitinfo(2) and sigtimedwait(2). kern_sig.c.</summary>
internal static class SignalWaitCalls
{
    // The error is what the call returns (sys_sigwait); only restarting is the kernel's business.
    [Syscall(429, "int sigwait(const sigset_t *set, int *sig)")]
    internal static async ValueTask<Errno> sigwait(SystemCall call)
    {
        if (call.CopyIn(call[0], out sigset set) is var error and not Errno.None) return call.Return((long)error);
        (error, var info) = await Wait(call.Lwp, set, long.MaxValue);
        // FreeBSD 9 and later do not let programs see EINTR (P_OSREL_SIGWAIT).
        if (error == Errno.EINTR) return Errno.ERESTART;
        if (error == Errno.None) error = call.CopyOut(call[1], info.si_signo);
        return call.Return((long)error);
    }

    [Syscall(346, "int sigwaitinfo(const sigset_t *set, siginfo_t *info)")]
    internal static async ValueTask<Errno> sigwaitinfo(SystemCall call)
    {
        if (call.CopyIn(call[0], out sigset set) is var error and not Errno.None) return error;
        return await WaitForInformation(call, set, long.MaxValue);
    }

    [Syscall(345, "int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)")]
    internal static async ValueTask<Errno> sigtimedwait(SystemCall call)
    {
        var deadline = long.MaxValue;
        if (call[2] != 0)
        {
            if (call.CopyIn<timespec>(call[2], out var time) is var fault and not Errno.None) return fault;
            // An invalid time matters only to those who would sleep; a deadline before the uptime stands for it.
            deadline = UmtxTimeout.IsInterval(time) ? TimeCalls.After(call.Kernel.Uptime, time) : -1;
        }
        if (call.CopyIn(call[0], out sigset set) is var error and not Errno.None) return error;
        return await WaitForInformation(call, set, deadline);
    }

    private static async ValueTask<Errno> WaitForInformation(SystemCall call, sigset set, long deadline)
    {
        var (error, info) = await Wait(call.Lwp, set, deadline);
        if (error != Errno.None) return error;
        if (call[1] != 0 && call.CopyOut(call[1], info) is var fault and not Errno.None) return fault;
        return call.Return(info.si_signo);
    }

    /// <summary>
    /// kern_sigtimedwait: while it lasts the signals are not blocked, so that they are sent here, and a debugger sees them. EAGAIN when
    /// the time is over, EINTR for a signal outside the set.
    /// </summary>
    private static async ValueTask<(Errno Error, siginfo Info)> Wait(Lwp lwp, sigset set, long deadline)
    {
        var wanted = set.Without(SIGKILL).Without(SIGSTOP);
        var saved = lwp.SignalMask;
        lwp.SignalMask = saved & ~wanted;
        var (error, info) = (Errno.None, default(siginfo));
        while (true)
        {
            var signal = await Issuing.IssueSignal(lwp).ConfigureAwait(false);
            if (signal != 0 && wanted.Contains(signal))
            {
                if (!lwp.Queue.TryTake(signal, out info, out _)) lwp.Process.Queue.TryTake(signal, out info, out _);
                lwp.Process.PosixTimers.Accept(ref info);
                error = signal == SIGKILL ? Errno.EINTR : Errno.None;
                break;
            }
            if (error != Errno.None) break;
            if (signal != 0) error = Errno.EINTR;
            else if (deadline <= lwp.Process.Kernel.Uptime) error = deadline < 0 ? Errno.EINVAL : Errno.EAGAIN;
            else error = await lwp.Sleep(lwp.Process.Signals, "sigwait", deadline);
            if (error == Errno.ERESTART) error = Errno.EINTR;
            if (error is Errno.EINVAL or Errno.EAGAIN) break;
        }
        SignalCalls.SetMask(lwp, saved);
        return (error, info);
    }
}
