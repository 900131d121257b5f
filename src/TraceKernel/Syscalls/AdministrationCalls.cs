using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>
/// What only an administrator may do. Guests are users unless a process table makes them root, and are refused in the kernel's order; the
/// devices, disks and other machines that root would need do not exist.
/// </summary>
internal static class AdministrationCalls
{
    private const string NoRoot = "Root gets EOPNOTSUPP.";

    /// <summary>swapon: no file is a disk.</summary>
    [Syscall(85, "int swapon(const char *name)")]
    internal static Errno swapon(SystemCall call)
    {
        if (Refused(call)) return Errno.EPERM;
        var error = Find(call, 0, out var vnode);
        return error != Errno.None ? error : vnode is DeviceVnode ? Errno.ENXIO : Errno.ENOTBLK;
    }

    /// <summary>swapoff: nothing is swapped to.</summary>
    [Syscall(582, "int swapoff(const char *name, u_int flags)")]
    internal static Errno swapoff(SystemCall call) => NoSwap(call);

    [Syscall(424, "int freebsd13_swapoff(const char *name)")]
    internal static Errno freebsd13_swapoff(SystemCall call) => NoSwap(call);

    private static Errno NoSwap(SystemCall call)
    {
        if (Refused(call)) return Errno.EPERM;
        var error = Find(call, 0, out _);
        return error == Errno.None ? Errno.EINVAL : error;
    }

    [Syscall(55, "int reboot(int howto)", Lacks = NoRoot)]
    internal static Errno reboot(SystemCall call) => Refused(call) ? Errno.EPERM : Errno.EOPNOTSUPP;

    /// <summary>Without a path accounting ends, which it has never begun.</summary>
    [Syscall(51, "int acct(const char *path)", Lacks = NoRoot)]
    internal static Errno acct(SystemCall call) => Refused(call) ? Errno.EPERM : call[0] == 0 ? Errno.None : Errno.EOPNOTSUPP;

    /// <summary>quotactl: no file system here has quotas (vfs_stdquotactl).</summary>
    [Syscall(148, "int quotactl(const char *path, int cmd, int uid, void *arg)")]
    internal static Errno quotactl(SystemCall call)
    {
        var error = Find(call, 0, out _);
        return error == Errno.None ? Errno.EOPNOTSUPP : error;
    }

    /// <summary>sys_chroot: the privilege comes before the name; the current directory stays where it is.</summary>
    [Syscall(61, "int chroot(const char *path)")]
    internal static Errno chroot(SystemCall call)
    {
        var process = call.Process;
        var mayAsUser = call.Kernel.Security.UnprivilegedChroot && process.Has(ProcessFlags2.NoNewPrivileges);
        // PRIV_VFS_CHROOT, which the root of a jail has.
        if (!process.Credentials.IsSuperUser && !mayAsUser) return Errno.EPERM;
        var error = Find(call, 0, out var vnode);
        return error == Errno.None ? FileSystem.ChangeRoot(process, vnode) : error;
    }

    // RACCT and RCTL are in GENERIC; kern.racct.enable is 0.
    [Syscall(525, "int rctl_get_racct(const void *inbufp, size_t inbuflen, void *outbufp, size_t outbuflen)")]
    [Syscall(526, "int rctl_get_rules(const void *inbufp, size_t inbuflen, void *outbufp, size_t outbuflen)")]
    [Syscall(527, "int rctl_get_limits(const void *inbufp, size_t inbuflen, void *outbufp, size_t outbuflen)")]
    [Syscall(528, "int rctl_add_rule(const void *inbufp, size_t inbuflen, void *outbufp, size_t outbuflen)")]
    [Syscall(529, "int rctl_remove_rule(const void *inbufp, size_t inbuflen, void *outbufp, size_t outbuflen)")]
    internal static Errno rctl(SystemCall _) => Errno.ENOSYS;

    /// <summary>There is one routing table (net.fibs): EINVAL for another.</summary>
    [Syscall(175, "int setfib(int fibnum)")]
    internal static Errno setfib(SystemCall call) => call.Int(0) == 0 ? Errno.None : Errno.EINVAL;

    private static bool Refused(SystemCall call) => !call.Process.Credentials.IsHostSuperUser;

    private static Errno Find(SystemCall call, int argument, out Vnode vnode)
    {
        vnode = null!;
        var error = call.Path(argument, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Find(path, follow: true, out vnode) : error;
    }
}
