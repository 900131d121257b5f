using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Ptrace;

/// <summary>Whom a process may see, debug and signal: p_cansee, p_candebug and p_cansignal of kern_prot.c.</summary>
internal static class Permission
{
    /// <summary>p_cansee: ESRCH for what is in another jail, or hidden by policy.</summary>
    public static Errno CanSee(Process caller, Process target)
    {
        if (caller == target) return Errno.None;
        if (!SharesJail(caller, target)) return Errno.ESRCH;
        var (subject, wanted) = (caller.Credentials, target.Credentials);
        if (subject.IsSuperUser) return Errno.None;
        var policy = caller.Kernel.Security;
        if (!policy.SeeOtherUsers && subject.RealUserId != wanted.RealUserId) return Errno.ESRCH;
        return !policy.SeeOtherGroups && !wanted.Groups.Any(subject.IsMember) ? Errno.ESRCH : Errno.None;
    }

    /// <summary>prison_check: a jail sees itself and those within it.</summary>
    public static bool SharesJail(Process caller, Process target) =>
        caller.Credentials.Prison is not { } own || (target.Credentials.Prison is { } other && (own == other || other.IsWithin(own)));

    /// <summary>p_candebug, PTRACE.md 3.1. Root, and host processes acting for it, may debug anyone whom they see.</summary>
    public static Errno CanDebug(Process caller, Process target)
    {
        var (subject, policy) = (caller.Credentials, caller.Kernel.Security);
        var mayUsers = policy.UnprivilegedProcessDebugging && subject.Prison?.Allows(Jails.PR_ALLOW_UNPRIV_DEBUG) != false;
        if (!mayUsers && !subject.IsSuperUser) return Errno.EPERM;
        if (caller == target) return Errno.None;
        if (CanSee(caller, target) is var error and not Errno.None) return error;
        if (!subject.IsSuperUser && (!Covers(subject, target.Credentials) || target.Has(ProcessFlags.SetId))) return Errno.EPERM;
        if (target == caller.Kernel.Init && policy.SecureLevel > 0) return Errno.EPERM;
        var checks = caller.Kernel.Personality.Checks;
        if (target.Has(ProcessFlags.InExec)) return checks.InExec;
        return target.Has(ProcessFlags2.NoTrace) && checks.KnowsNoTrace && !subject.IsSuperUser ? Errno.EPERM : Errno.None;
    }

    /// <summary>The target is in no group that the caller is not in, and is nobody but the caller's effective user.</summary>
    private static bool Covers(Credentials subject, Credentials wanted) =>
        wanted.Groups.All(subject.IsMember) && subject.IsMember(wanted.RealGroupId) && subject.IsMember(wanted.SavedGroupId)
        && subject.UserId == wanted.UserId && subject.UserId == wanted.SavedUserId && subject.UserId == wanted.RealUserId;

    /// <summary>
    /// What PT_ATTACH asks where p_candebug is not asked: the same real user whose credentials have not changed, or root.
    /// </summary>
    public static Errno CanAttach(Process caller, Process target)
    {
        var isOwn = caller.Credentials.RealUserId == target.Credentials.RealUserId && !target.Has(ProcessFlags.SetId);
        if (!isOwn && !caller.Credentials.IsSuperUser) return Errno.EPERM;
        return target == caller.Kernel.Init && caller.Kernel.Security.SecureLevel > 0 ? Errno.EPERM : Errno.None;
    }

    /// <summary>p_trespass, which procfs asks before it touches registers or memory, where ptrace goes through it.</summary>
    public static Errno OfProcfs(in PtraceCall call)
    {
        if (call.Caller.Kernel.Personality.Checks.AsksAlways || call.Caller.Credentials.IsSuperUser) return Errno.None;
        var isOwn = call.Caller.Credentials.RealUserId == call.Process.Credentials.RealUserId && !call.Process.Has(ProcessFlags.SetId);
        return isOwn ? Errno.None : Errno.EPERM;
    }

    /// <summary>p_cansched: whose priorities and processors a process may change. ESRCH for a process that it does not see, EPERM.</summary>
    public static Errno CanSchedule(Process caller, Process target)
    {
        if (caller == target) return Errno.None;
        if (CanSee(caller, target) is var error and not Errno.None) return error;
        var (subject, wanted) = (caller.Credentials, target.Credentials);
        var isRelated = subject.RealUserId == wanted.RealUserId || subject.UserId == wanted.RealUserId;
        return isRelated || subject.IsSuperUser ? Errno.None : Errno.EPERM;
    }

    /// <summary>
    /// EPERM when the users have nothing to do with each other, or the target has changed its own (P_SUGID) and the signal is an unusual
    /// one.
    /// </summary>
    public static Errno CanSignal(Process caller, Process target, int signal)
    {
        var (subject, wanted) = (caller.Credentials, target.Credentials);
        if (caller == target || (signal == SIGCONT && caller.Session == target.Session)) return Errno.None;
        // Processes that rfork(2) made threads of one program send each other what thread libraries use.
        if (signal is >= SIGTHR and < SIGTHR + 4 && caller.Leader == target.Leader) return Errno.None;
        if (CanSee(caller, target) is var error and not Errno.None) return error;
        if (subject.IsSuperUser) return Errno.None;
        if (target.Has(ProcessFlags.SetId) && !IsUsual(signal)) return Errno.EPERM;
        var isRelated = subject.RealUserId == wanted.RealUserId || subject.RealUserId == wanted.SavedUserId
            || subject.UserId == wanted.RealUserId || subject.UserId == wanted.SavedUserId;
        return isRelated ? Errno.None : Errno.EPERM;
    }

    // cr_cansignal: what a terminal or a friend sends.
    private static bool IsUsual(int signal) => signal is 0 or SIGKILL or SIGINT or SIGTERM or SIGALRM or SIGSTOP or SIGTTIN or SIGTTOU
        or SIGTSTP or SIGHUP or SIGUSR1 or SIGUSR2;
}
