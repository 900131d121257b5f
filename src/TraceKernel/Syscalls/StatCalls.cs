using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>What can be asked about files: stat, access, statfs, in today's form and in that of FreeBSD 11.</summary>
internal static class StatCalls
{
    [Syscall(551, "int fstat(int fd, struct stat *sb)")]
    internal static Errno fstat(SystemCall call)
    {
        var error = Descriptor(call, out var stat);
        return error == Errno.None ? call.CopyOut(call[1], stat) : error;
    }

    [Syscall(552, "int fstatat(int fd, const char *path, struct stat *buf, int flag)")]
    internal static Errno fstatat(SystemCall call)
    {
        var error = At(call, out var stat);
        return error == Errno.None ? call.CopyOut(call[2], stat) : error;
    }

    [Syscall(188, "int freebsd11_stat(const char *path, struct freebsd11_stat *ub)")]
    internal static Errno freebsd11_stat(SystemCall call) => OldPath(call, follow: true);

    [Syscall(190, "int freebsd11_lstat(const char *path, struct freebsd11_stat *ub)")]
    internal static Errno freebsd11_lstat(SystemCall call) => OldPath(call, follow: false);

    [Syscall(189, "int freebsd11_fstat(int fd, struct freebsd11_stat *sb)")]
    internal static Errno freebsd11_fstat(SystemCall call)
    {
        var error = Descriptor(call, out var stat);
        return error == Errno.None ? call.CopyOut(call[1], Abi.freebsd11_stat.Of(stat)) : error;
    }

    [Syscall(493, "int freebsd11_fstatat(int fd, const char *path, struct freebsd11_stat *buf, int flag)")]
    internal static Errno freebsd11_fstatat(SystemCall call)
    {
        var error = At(call, out var stat);
        return error == Errno.None ? call.CopyOut(call[2], Abi.freebsd11_stat.Of(stat)) : error;
    }

    [Syscall(33, "int access(const char *path, int amode)")]
    internal static Errno access(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Access(path, call.Int(1)) : error;
    }

    [Syscall(489, "int faccessat(int fd, const char *path, int amode, int flag)")]
    internal static Errno faccessat(SystemCall call)
    {
        if ((call.Int(3) & ~AT_EACCESS) != 0) return Errno.EINVAL;
        var error = call.PathAt(call.Int(0), call[1], out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Access(path, call.Int(2)) : error;
    }

    [Syscall(58, "ssize_t readlink(const char *path, char *buf, size_t count)")]
    internal static Errno readlink(SystemCall call) => ReadLink(call, AT_FDCWD, call[0], call[1], call[2]);

    [Syscall(500, "ssize_t readlinkat(int fd, const char *path, char *buf, size_t bufsize)")]
    internal static Errno readlinkat(SystemCall call) => ReadLink(call, call.Int(0), call[1], call[2], call[3]);

    [Syscall(555, "int statfs(const char *path, struct statfs *buf)")]
    internal static Errno statfs(SystemCall call)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Find(path, follow: true, out var vnode);
        return error == Errno.None ? WriteStatfs(call, vnode, call[1]) : error;
    }

    [Syscall(556, "int fstatfs(int fd, struct statfs *buf)")]
    internal static Errno fstatfs(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), out var file) is not Errno.None and var error) return error;
        return file.Target is Vnode vnode ? WriteStatfs(call, vnode, call[1]) : Errno.EINVAL;
    }

    private static Errno Descriptor(SystemCall call, out stat stat)
    {
        var error = call.Process.Files.Get(call.Int(0), out var file);
        stat = error == Errno.None ? file.Target.Stat() : default;
        return error;
    }

    private static Errno At(SystemCall call, out stat stat)
    {
        stat = default;
        var flag = call.Int(3);
        if ((flag & ~AT_SYMLINK_NOFOLLOW) != 0) return Errno.EINVAL;
        if (call.PathAt(call.Int(0), call[1], out var path) is not Errno.None and var error) return error;
        return call.Kernel.FileSystem.Stat(path, (flag & AT_SYMLINK_NOFOLLOW) == 0, out stat);
    }

    private static Errno OldPath(SystemCall call, bool follow)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Stat(path, follow, out var stat);
        return error == Errno.None ? call.CopyOut(call[1], Abi.freebsd11_stat.Of(stat)) : error;
    }

    private static Errno ReadLink(SystemCall call, int directory, ulong text, ulong buffer, ulong size)
    {
        if (size > long.MaxValue) return Errno.EINVAL;
        if (call.PathAt(directory, text, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.ReadLink(path, out var target);
        if (error != Errno.None) return error;
        Span<byte> bytes = new byte[target.Length];
        System.Text.Encoding.Latin1.GetBytes(target, bytes);
        bytes = bytes[..(int)Math.Min((ulong)bytes.Length, size)];
        error = call.Memory.CopyOut(buffer, bytes);
        return error == Errno.None ? call.Return(bytes.Length) : error;
    }

    private static Errno WriteStatfs(SystemCall call, Vnode vnode, ulong address)
    {
        const int BlockBytes = 4096;
        var (mount, budget) = (vnode.Mount, call.Kernel.FileSystem.Budget);
        var (free, freeFiles) = mount.IsReadOnly ? (0, 0) : (budget.MaximumBytes - budget.Bytes, budget.MaximumFiles - budget.Files);
        var values = new Abi.statfs
        {
            f_version = Abi.statfs.STATFS_VERSION,
            f_type = mount.Id & 0xffff,
            f_flags = Abi.statfs.MNT_LOCAL | (mount.IsReadOnly ? Abi.statfs.MNT_RDONLY : 0) | (mount.Path == "/" ? Abi.statfs.MNT_ROOTFS : 0),
            f_bsize = BlockBytes,
            f_iosize = BlockBytes,
            f_blocks = (ulong)budget.MaximumBytes / BlockBytes,
            f_bfree = (ulong)free / BlockBytes,
            f_bavail = free / BlockBytes,
            f_files = (ulong)budget.MaximumFiles,
            f_ffree = freeFiles,
            f_namemax = NAME_MAX,
            f_fsid = mount.Id,
        };
        Span<byte> image = new byte[Abi.statfs.Bytes];
        values.Write(image, mount.TypeName, mount.TypeName, mount.Path);
        return call.Memory.CopyOut(address, image);
    }
}
