using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Ptrace;

/// <summary>p_cansee and p_candebug of kern_prot.c.</summary>
internal static class Permission
{
    /// <summary>PTRACE.md 3.1. Root, and host processes acting for it, may debug anyone.</summary>
    public static Errno CanDebug(Process caller, Process target)
    {
        if (caller == target) return Errno.None;
        var privileged = caller.UserId == 0;
        if (!privileged && (caller.UserId != target.UserId || caller.GroupId != target.GroupId)) return Errno.EPERM;
        if (!privileged && target.Has(ProcessFlags.SetId)) return Errno.EPERM;
        if (target.Has(ProcessFlags.InExec)) return Errno.EBUSY;
        return target.Has(ProcessFlags2.NoTrace) && caller.UserId != 0 ? Errno.EPERM : Errno.None;
    }
}
