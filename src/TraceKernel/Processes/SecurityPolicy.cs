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

    /// <summary>
    /// kern.chroot_allow_open_directories: 0, no process with an open directory calls chroot(2); 1, none whose root has been changed already; other
    /// values allow both.
    /// </summary>
    public int ChrootAllowsOpenDirectories { get; set; } = 1;

    /// <summary>security.bsd.unprivileged_chroot: users call chroot(2), too, once they have given up set-id programs (PROC_NO_NEW_PRIVS_CTL).</summary>
    public bool UnprivilegedChroot { get; set; }

    /// <summary>security.bsd.see_other_uids: off, users see their own processes only.</summary>
    public bool SeeOtherUsers { get; set; } = true;

    /// <summary>security.bsd.see_other_gids: off, users see only processes that they share a group with.</summary>
    public bool SeeOtherGroups { get; set; } = true;
}
