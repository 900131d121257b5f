using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Ptrace;

/// <summary>Whom a process may debug and signal: p_candebug and p_cansignal of kern_prot.c.</summary>
internal static class Permission
{
    /// <summary>PTRACE.md 3.1. Root, and host processes acting for it, may debug anyone.</summary>
    public static Errno CanDebug(Process caller, Process target)
    {
        if (caller == target) return Errno.None;
        var (subject, wanted) = (caller.Credentials, target.Credentials);
        if (!subject.IsSuperUser)
        {
            var isSubset = wanted.Groups.All(subject.IsMember) && subject.IsMember(wanted.RealGroupId) && subject.IsMember(wanted.SavedGroupId);
            var isSameUser = subject.UserId == wanted.UserId && subject.UserId == wanted.SavedUserId && subject.UserId == wanted.RealUserId;
            if (!isSubset || !isSameUser || target.Has(ProcessFlags.SetId)) return Errno.EPERM;
        }
        return target.Has(ProcessFlags.InExec) ? Errno.EBUSY : Errno.None;
    }

    /// <summary>EPERM when the users have nothing to do with each other, or the target has changed its own (P_SUGID) and the signal is an unusual one.</summary>
    public static Errno CanSignal(Process caller, Process target, int signal)
    {
        var (subject, wanted) = (caller.Credentials, target.Credentials);
        if (caller == target || subject.IsSuperUser || (signal == SIGCONT && caller.Session == target.Session)) return Errno.None;
        if (target.Has(ProcessFlags.SetId) && !IsUsual(signal)) return Errno.EPERM;
        var isRelated = subject.RealUserId == wanted.RealUserId || subject.RealUserId == wanted.SavedUserId
            || subject.UserId == wanted.RealUserId || subject.UserId == wanted.SavedUserId;
        return isRelated ? Errno.None : Errno.EPERM;
    }

    // cr_cansignal: what a terminal or a friend sends.
    private static bool IsUsual(int signal) => signal is 0 or SIGKILL or SIGINT or SIGTERM or SIGALRM or SIGSTOP or SIGTTIN or SIGTTOU
        or SIGTSTP or SIGCONT or SIGHUP or SIGUSR1 or SIGUSR2;
}
