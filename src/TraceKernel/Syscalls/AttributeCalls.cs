using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Permissions, owners and flags of files: vfs_syscalls.c.</summary>
internal static class AttributeCalls
{
    [Syscall(15, "int chmod(const char *path, int mode)")]
    internal static Errno chmod(SystemCall call) => ChangeMode(call, AT_FDCWD, call[0], call.Int(1), follow: true);

    [Syscall(274, "int lchmod(const char *path, mode_t mode)")]
    internal static Errno lchmod(SystemCall call) => ChangeMode(call, AT_FDCWD, call[0], call.Int(1), follow: false);

    [Syscall(490, "int fchmodat(int fd, const char *path, mode_t mode, int flag)")]
    internal static Errno fchmodat(SystemCall call) =>
        (call.Int(3) & ~AT_SYMLINK_NOFOLLOW) != 0 ? Errno.EINVAL : ChangeMode(call, call.Int(0), call[1], call.Int(2), call.Int(3) == 0);

    [Syscall(124, "int fchmod(int fd, int mode)")]
    internal static Errno fchmod(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), out var file) is not Errno.None and var error) return error;
        return file.Target is Vnode vnode ? vnode.SetPermissions(Caller.Of(call.Process), call.Int(1)) : Errno.EINVAL;
    }

    [Syscall(16, "int chown(const char *path, int uid, int gid)")]
    internal static Errno chown(SystemCall call) => ChangeOwner(call, AT_FDCWD, call[0], call[1], call[2], follow: true);

    [Syscall(254, "int lchown(const char *path, int uid, int gid)")]
    internal static Errno lchown(SystemCall call) => ChangeOwner(call, AT_FDCWD, call[0], call[1], call[2], follow: false);

    [Syscall(491, "int fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flag)")]
    internal static Errno fchownat(SystemCall call) => (call.Int(4) & ~AT_SYMLINK_NOFOLLOW) != 0
        ? Errno.EINVAL
        : ChangeOwner(call, call.Int(0), call[1], call[2], call[3], call.Int(4) == 0);

    [Syscall(123, "int fchown(int fd, int uid, int gid)")]
    internal static Errno fchown(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), out var file) is not Errno.None and var error) return error;
        return file.Target is Vnode vnode ? vnode.SetOwner(Caller.Of(call.Process), (uint)call[1], (uint)call[2]) : Errno.EINVAL;
    }

    // No file system here keeps flags, as nfs does not.
    [Syscall(34, "int chflags(const char *path, u_long flags)")]
    [Syscall(391, "int lchflags(const char *path, u_long flags)")]
    internal static Errno chflags(SystemCall call) => RefuseFlags(call, AT_FDCWD, call[0], follow: true);

    [Syscall(540, "int chflagsat(int fd, const char *path, u_long flags, int atflag)")]
    internal static Errno chflagsat(SystemCall call) =>
        (call.Int(3) & ~AT_SYMLINK_NOFOLLOW) != 0 ? Errno.EINVAL : RefuseFlags(call, call.Int(0), call[1], call.Int(3) == 0);

    [Syscall(35, "int fchflags(int fd, u_long flags)")]
    internal static Errno fchflags(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), out var file) is not Errno.None and var error) return error;
        return file.Target is Vnode ? Errno.EOPNOTSUPP : Errno.EINVAL;
    }

    private static Errno ChangeMode(SystemCall call, int directory, ulong name, int mode, bool follow)
    {
        var error = Find(call, directory, name, follow, out var vnode);
        return error == Errno.None ? vnode.SetPermissions(Caller.Of(call.Process), mode) : error;
    }

    private static Errno ChangeOwner(SystemCall call, int directory, ulong name, ulong user, ulong group, bool follow)
    {
        var error = Find(call, directory, name, follow, out var vnode);
        return error == Errno.None ? vnode.SetOwner(Caller.Of(call.Process), (uint)user, (uint)group) : error;
    }

    private static Errno RefuseFlags(SystemCall call, int directory, ulong name, bool follow)
    {
        var error = Find(call, directory, name, follow, out _);
        return error == Errno.None ? Errno.EOPNOTSUPP : error;
    }

    private static Errno Find(SystemCall call, int directory, ulong name, bool follow, out Vnode vnode)
    {
        vnode = null!;
        var error = call.PathAt(directory, name, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Find(path, follow, out vnode) : error;
    }
}
