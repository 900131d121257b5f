using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Permissions, owners and flags of files: vfs_syscalls.c.</summary>
internal static class AttributeCalls
{
    /// <summary>What fchmodat(2) and its like take.</summary>
    private const int KnownFlags = AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH;

    /// <summary>A change of one file.</summary>
    private delegate Errno Change(SystemCall call, Vnode vnode);

    [Syscall(15, "int chmod(const char *path, int mode)")]
    internal static Errno chmod(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHMOD, 0, Mode(call.Int(1)));

    [Syscall(274, "int lchmod(const char *path, mode_t mode)")]
    internal static Errno lchmod(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHMOD, AT_SYMLINK_NOFOLLOW, Mode(call.Int(1)));

    [Syscall(490, "int fchmodat(int fd, const char *path, mode_t mode, int flag)")]
    internal static Errno fchmodat(SystemCall call) => At(call, call.Int(0), call[1], CAP_FCHMOD, call.Int(3), Mode(call.Int(2)));

    [Syscall(124, "int fchmod(int fd, int mode)")]
    internal static Errno fchmod(SystemCall call) => OfOpen(call, CAP_FCHMOD, Mode(call.Int(1)));

    [Syscall(16, "int chown(const char *path, int uid, int gid)")]
    internal static Errno chown(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHOWN, 0, Owner(call[1], call[2]));

    [Syscall(254, "int lchown(const char *path, int uid, int gid)")]
    internal static Errno lchown(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHOWN, AT_SYMLINK_NOFOLLOW, Owner(call[1], call[2]));

    [Syscall(491, "int fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flag)")]
    internal static Errno fchownat(SystemCall call) => At(call, call.Int(0), call[1], CAP_FCHOWN, call.Int(4), Owner(call[2], call[3]));

    [Syscall(123, "int fchown(int fd, int uid, int gid)")]
    internal static Errno fchown(SystemCall call) => OfOpen(call, CAP_FCHOWN, Owner(call[1], call[2]));

    [Syscall(34, "int chflags(const char *path, u_long flags)")]
    internal static Errno chflags(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHFLAGS, 0, Flags(call[1]));

    [Syscall(391, "int lchflags(const char *path, u_long flags)")]
    internal static Errno lchflags(SystemCall call) => At(call, AT_FDCWD, call[0], CAP_FCHFLAGS, AT_SYMLINK_NOFOLLOW, Flags(call[1]));

    [Syscall(540, "int chflagsat(int fd, const char *path, u_long flags, int atflag)")]
    internal static Errno chflagsat(SystemCall call) => At(call, call.Int(0), call[1], CAP_FCHFLAGS, call.Int(3), Flags(call[2]));

    [Syscall(35, "int fchflags(int fd, u_long flags)")]
    internal static Errno fchflags(SystemCall call) => OfOpen(call, CAP_FCHFLAGS, Flags(call[1]));

    private static Change Mode(int mode) => (call, vnode) => vnode.SetPermissions(Caller.Of(call.Process), mode);

    private static Change Owner(ulong user, ulong group) => (call, vnode) => vnode.SetOwner(Caller.Of(call.Process), (uint)user, (uint)group);

    // va_flags takes the low half of an u_long.
    private static Change Flags(ulong flags) =>
        (call, vnode) => vnode.SetFlags(Caller.Of(call.Process), (uint)flags, call.Kernel.Security.SecureLevel);

    private static Errno At(SystemCall call, int directory, ulong name, in cap_rights_t needed, int flags, Change change)
    {
        if ((flags & ~KnownFlags) != 0) return Errno.EINVAL;
        var error = call.FindAt(directory, name, needed, flags, (flags & AT_SYMLINK_NOFOLLOW) == 0, out var vnode);
        return error == Errno.None ? change(call, vnode) : error;
    }

    private static Errno OfOpen(SystemCall call, in cap_rights_t needed, Change change)
    {
        var error = call.OpenVnode(call.Int(0), needed, out var vnode);
        return error == Errno.None ? change(call, vnode) : error;
    }
}
