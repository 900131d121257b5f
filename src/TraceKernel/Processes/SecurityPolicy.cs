namespace TraceKernel.Processes;

/// <summary>What an administrator has set about who may see and debug whom: kern.securelevel and security.bsd.*.</summary>
public sealed class SecurityPolicy
{
    /// <summary>kern.securelevel: above 0 nobody debugs init.</summary>
    public int SecureLevel { get; set; } = -1;

    /// <summary>sysctl_kern_securelvl: EPERM for a level below the present one.</summary>
    public Abi.Errno Raise(int level)
    {
        if (level < SecureLevel) return Abi.Errno.EPERM;
        SecureLevel = level;
        return Abi.Errno.None;
    }

    /// <summary>security.bsd.unprivileged_proc_debug: off, only root debugs.</summary>
    public bool UnprivilegedProcessDebugging { get; set; } = true;

    /// <summary>security.bsd.allow_ptrace: off, nobody debugs.</summary>
    public bool AllowPtrace { get; set; } = true;

    /// <summary>security.bsd.see_other_uids: off, users see their own processes only.</summary>
    public bool SeeOtherUsers { get; set; } = true;

    /// <summary>security.bsd.see_other_gids: off, users see only processes that they share a group with.</summary>
    public bool SeeOtherGroups { get; set; } = true;
}
