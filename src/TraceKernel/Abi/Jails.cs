namespace TraceKernel.Abi;

/// <summary>sys/jail.h.</summary>
public static class Jails
{
    // Flags of jail_set(2) and jail_get(2).
    public const int JAIL_CREATE = 1, JAIL_UPDATE = 2, JAIL_ATTACH = 4, JAIL_DYING = 8;

    /// <summary>JAIL_MAX: one more than the highest jail ID.</summary>
    public const int JAIL_MAX = 999999;

    // What a jail has of a subsystem: nothing, its own, its parent's.
    public const int JAIL_SYS_DISABLE = 0, JAIL_SYS_NEW = 1, JAIL_SYS_INHERIT = 2;

    // pr_allow.
    public const uint PR_ALLOW_SET_HOSTNAME = 1, PR_ALLOW_SYSVIPC = 2, PR_ALLOW_RAW_SOCKETS = 4, PR_ALLOW_CHFLAGS = 8, PR_ALLOW_MOUNT = 0x10,
        PR_ALLOW_QUOTAS = 0x20, PR_ALLOW_SOCKET_AF = 0x40, PR_ALLOW_MLOCK = 0x80, PR_ALLOW_READ_MSGBUF = 0x100, PR_ALLOW_UNPRIV_DEBUG = 0x200,
        PR_ALLOW_SUSER = 0x400, PR_ALLOW_RESERVED_PORTS = 0x8000;

    /// <summary>allow.mount.NAME of the file systems that may be mounted in jails; the kernel gives these bits out from 0x1000000 on.</summary>
    public const uint PR_ALLOW_MOUNT_DEVFS = 0x1000000, PR_ALLOW_MOUNT_TMPFS = 0x2000000, PR_ALLOW_MOUNT_NULLFS = 0x4000000,
        PR_ALLOW_MOUNT_PROCFS = 0x8000000, PR_ALLOW_MOUNT_FDESCFS = 0x10000000;

    /// <summary>JAIL_DEFAULT_ALLOW: what a new jail may do if its parent may.</summary>
    public const uint JAIL_DEFAULT_ALLOW = PR_ALLOW_SET_HOSTNAME | PR_ALLOW_RESERVED_PORTS | PR_ALLOW_UNPRIV_DEBUG | PR_ALLOW_SUSER;

    /// <summary>PR_ALLOW_DIFFERENCES: what a jail may do though its parent may not.</summary>
    public const uint PR_ALLOW_DIFFERENCES = PR_ALLOW_UNPRIV_DEBUG;
}
