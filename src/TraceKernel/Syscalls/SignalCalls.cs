using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using TraceKernel.Signals;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Syscalls;

/// <summary>System calls on signals.</summary>
internal static class SignalCalls
{
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct SigactionImage
    {
        [FieldOffset(0)] public ulong Handler;
        [FieldOffset(8)] public int Flags;
        [FieldOffset(12)] public Word128 Mask;
    }

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    private struct StackImage
    {
        [FieldOffset(0)] public ulong Base;
        [FieldOffset(8)] public ulong Size;
        [FieldOffset(16)] public int Flags;
    }

    [Syscall(37, "int kill(pid_t pid, int sig)")]
    public static Errno Kill(SystemCall call) => Kill(call.Kernel, call.Process, call.Int(0), call.Int(1));

    /// <summary>kern_kill: also what a host process calls.</summary>
    internal static Errno Kill(Kernel kernel, Process caller, int pid, int signal)
    {
        if ((uint)signal > MaximumSignal) return Errno.EINVAL;
        if (caller.Credentials.InCapabilityMode && pid != caller.Pid) return Errno.ECAPMODE;
        var info = new siginfo { si_signo = signal, si_code = SI_USER, si_pid = caller.Pid, si_uid = caller.Credentials.RealUserId };
        if (pid > 0)
        {
            if (kernel.FindAny(pid) is not { } target) return Errno.ESRCH;
            if (Permission.CanSignal(caller, target, signal) is var refused and not Errno.None) return refused;
            return signal == 0 ? Errno.None : Posting.Send(target, null, info);
        }
        var group = pid == 0 ? caller.Group : -pid;
        // killpg1: one that may be signalled is enough; EPERM only if there are some, and none may.
        var result = Errno.ESRCH;
        foreach (var target in kernel.Processes.ToArray())
        {
            if (target.IsZombie || target.Pid <= 1 || target.IsHost) continue;
            if (pid == -1 ? target == caller : target.Group != group) continue;
            if (Permission.CanSignal(caller, target, signal) is var refused and not Errno.None)
            {
                if (result == Errno.ESRCH) result = refused;
                continue;
            }
            result = Errno.None;
            if (signal != 0) Posting.Send(target, null, info);
        }
        return result;
    }

    [Syscall(433, "int thr_kill(long id, int sig)")]
    public static Errno ThreadKill(SystemCall call) =>
        ThreadKill(call.Process, call.Process, call.Lwp, call.Long(0), call.Int(1));

    [Syscall(481, "int thr_kill2(pid_t pid, long id, int sig)")]
    public static Errno ThreadKill2(SystemCall call) =>
        call.Kernel.Find(call.Int(0)) is not { } process ? Errno.ESRCH
            : Permission.CanSignal(call.Process, process, call.Int(2)) is var refused and not Errno.None ? refused
            : ThreadKill(call.Process, process, call.Lwp, call.Long(1), call.Int(2));

    /// <summary>kern_thr_kill: also what a host process calls.</summary>
    /// <param name="self">The calling thread, which alone is left out when <paramref name="id"/> is −1; null for a host process.</param>
    internal static Errno ThreadKill(Process caller, Process process, Lwp? self, long id, int signal)
    {
        if ((uint)signal > MaximumSignal) return Errno.EINVAL;
        var info = new siginfo { si_signo = signal, si_code = SI_LWP, si_pid = caller.Pid, si_uid = caller.Credentials.RealUserId };
        var found = false;
        foreach (var lwp in process.Threads.ToArray())
        {
            if (id == -1 ? lwp == self : lwp.Tid != id) continue;
            found = true;
            if (signal != 0) Posting.Send(process, lwp, info);
        }
        return found ? Errno.None : Errno.ESRCH;
    }

    [Syscall(456, "int sigqueue(pid_t pid, int signo, void *value)")]
    public static Errno SigQueue(SystemCall call)
    {
        if ((uint)call.Int(1) > MaximumSignal) return Errno.EINVAL;
        if (call.Int(0) <= 0) return Errno.EINVAL;
        if (call.Kernel.FindAny(call.Int(0)) is not { } target) return Errno.ESRCH;
        if (Permission.CanSignal(call.Process, target, call.Int(1)) is var refused and not Errno.None) return refused;
        if (call.Int(1) == 0) return Errno.None;
        return Posting.Send(target, null, new siginfo
        {
            si_signo = call.Int(1), si_code = SI_QUEUE, si_pid = call.Process.Pid, si_uid = call.Process.Credentials.RealUserId, si_value = call[2],
        }, mustQueue: true);
    }

    [Syscall(416, "int sigaction(int sig, const struct sigaction *act, struct sigaction *oact)")]
    public static Errno SigAction(SystemCall call)
    {
        var signal = call.Int(0);
        var signals = call.Process.Signals;
        if (signal is < 1 or > MaximumSignal) return Errno.EINVAL;
        var next = default(SigactionImage);
        if (call[1] != 0)
        {
            if (call.CopyIn(call[1], out next) is var error and not Errno.None) return error;
            if (signal is SIGKILL or SIGSTOP && next.Handler != SIG_DFL) return Errno.EINVAL;
        }
        var old = signals[signal];
        if (call[1] != 0) Install(call.Process, signal, next);
        return call[2] == 0 ? Errno.None
            : call.CopyOut(call[2], new SigactionImage { Handler = old.Handler, Flags = old.Flags, Mask = old.Mask });
    }

    private static void Install(Process process, int signal, in SigactionImage next)
    {
        var mask = next.Mask.ToSet().Without(SIGKILL).Without(SIGSTOP);
        process.Signals[signal] = new SignalAction(next.Handler, next.Flags, mask);
        process.Signals.Interrupting = (next.Flags & SA_RESTART) == 0
            ? process.Signals.Interrupting.With(signal)
            : process.Signals.Interrupting.Without(signal);
        if (process.Signals.IsIgnored(signal)) Posting.DeleteFromAll(process, signal);
    }

    [Syscall(340, "int sigprocmask(int how, const sigset_t *set, sigset_t *oset)")]
    public static Errno SigProcMask(SystemCall call)
    {
        var old = call.Lwp.SignalMask;
        if (call[1] != 0)
        {
            if (call.CopyIn(call[1], out sigset set) is var error and not Errno.None) return error;
            switch (call.Int(0))
            {
                case SIG_BLOCK: SetMask(call.Lwp, old | set); break;
                case SIG_UNBLOCK: SetMask(call.Lwp, old & ~set); break;
                case SIG_SETMASK: SetMask(call.Lwp, set); break;
                default: return Errno.EINVAL;
            }
        }
        return call[2] == 0 ? Errno.None : call.CopyOut(call[2], old);
    }

    /// <summary>kern_sigprocmask: SIGKILL and SIGSTOP cannot be blocked; what is newly blocked goes to other threads.</summary>
    internal static void SetMask(Lwp lwp, sigset mask)
    {
        mask = mask.Without(SIGKILL).Without(SIGSTOP);
        var newlyBlocked = mask & ~lwp.SignalMask;
        lwp.SignalMask = mask;
        lwp.AstPending = true;
        var process = lwp.Process;
        if (process.Threads.Count == 1) return;
        for (var rest = process.Queue.Pending & newlyBlocked; !rest.IsEmpty; rest = rest.Without(rest.First))
        {
            var other = Posting.ChooseThread(process, rest.First, null);
            if (other == lwp || other.SignalMask.Contains(rest.First)) continue;
            other.AstPending = true;
            if (process.IsTraced || process.Signals.IsCaught(rest.First))
                Sleeping.Abort(other, process.Signals.Interrupting.Contains(rest.First) ? Errno.EINTR : Errno.ERESTART);
        }
    }

    [Syscall(343, "int sigpending(sigset_t *set)")]
    public static Errno SigPending(SystemCall call) =>
        call.CopyOut(call[0], (call.Lwp.Queue.Pending | call.Process.Queue.Pending) & call.Lwp.SignalMask);

    [Syscall(341, "int sigsuspend(const sigset_t *sigmask)")]
    public static async ValueTask<Errno> SigSuspend(SystemCall call)
    {
        if (call.CopyIn(call[0], out sigset mask) is var error and not Errno.None) return error;
        var lwp = call.Lwp;
        lwp.OldMask = lwp.SignalMask;
        lwp.SignalMask = mask.Without(SIGKILL).Without(SIGSTOP);
        // kern_sigsuspend: the result is in the registers before a handler's frame saves them; what a debugger discards does not end it.
        call.Kernel.Architecture.SetSystemCallResult(lwp.Cpu, Errno.EINTR, 0, 0);
        for (var isHandled = false; !isHandled;)
        {
            while (await lwp.Sleep(lwp, "pause") == Errno.None)
            {
            }
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false).ConfigureAwait(false) != Errno.None) break;
            while (await Issuing.IssueSignal(lwp).ConfigureAwait(false) is var signal and not 0)
            {
                await Issuing.PostSignal(lwp, signal);
                if (lwp.IsDead) return Errno.EJUSTRETURN;
                isHandled = true;
            }
        }
        lwp.AstPending = true;
        call.ShownError = Errno.EINTR;
        return Errno.EJUSTRETURN;
    }

    [Syscall(53, "int sigaltstack(const stack_t *ss, stack_t *oss)")]
    public static Errno SigAltStack(SystemCall call)
    {
        var lwp = call.Lwp;
        var next = default(StackImage);
        if (call[0] != 0 && call.CopyIn(call[0], out next) is var error and not Errno.None) return error;
        var old = new StackImage
        {
            Base = lwp.AltStackBase, Size = lwp.AltStackSize,
            Flags = !lwp.AltStackEnabled ? SS_DISABLE : lwp.IsOnAltStack ? SS_ONSTACK : 0,
        };
        if (call[0] != 0)
        {
            if (lwp.IsOnAltStack) return Errno.EPERM;
            if ((next.Flags & ~SS_DISABLE) != 0) return Errno.EINVAL;
            if ((next.Flags & SS_DISABLE) != 0)
            {
                lwp.AltStackEnabled = false;
            }
            else
            {
                if (next.Size < MINSIGSTKSZ) return Errno.ENOMEM;
                (lwp.AltStackBase, lwp.AltStackSize, lwp.AltStackEnabled) = (next.Base, next.Size, true);
            }
        }
        return call[1] == 0 ? Errno.None : call.CopyOut(call[1], old);
    }

    [Syscall(417, "int sigreturn(const ucontext_t *scp)")]
    public static async ValueTask<Errno> SigReturn(SystemCall call)
    {
        var error = call.Kernel.Architecture.SignalReturn(call.Lwp.Cpu, call.Memory, call[0], out var mask);
        if (error == Errno.EJUSTRETURN) SetMask(call.Lwp, mask);
        else if (call.Kernel.Architecture.SignalReturnFault(call.Lwp.Cpu, call.Memory, call[0]) is { } fault)
            await Issuing.TrapSignal(call.Lwp, fault);
        return error;
    }
}
