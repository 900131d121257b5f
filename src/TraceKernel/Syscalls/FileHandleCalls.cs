using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Files by handles instead of names, for root alone: getfh(2) and fhopen(2) of vfs_syscalls.c.</summary>
internal static class FileHandleCalls
{
    /// <summary>fhandle_t, 28 bytes: the file system, and what it knows the file by (struct tmpfs_fid_data).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 28)]
    private record struct fhandle_t
    {
        [FieldOffset(0)] public uint fh_fsid;
        [FieldOffset(8)] public ushort fid_len;
        [FieldOffset(12)] public uint fileLow;
        [FieldOffset(16)] public uint fileHigh;

        public readonly long FileId => (long)((ulong)fileHigh << 32 | fileLow);
    }

    /// <summary>fid_len of a file in tmpfs.</summary>
    private const ushort FileIdBytes = 20;

    [Syscall(160, "int lgetfh(const char *fname, struct fhandle *fhp)")]
    internal static Errno lgetfh(SystemCall call) => Get(call, AT_FDCWD, call[0], call[1], AT_SYMLINK_NOFOLLOW);

    [Syscall(161, "int getfh(const char *fname, struct fhandle *fhp)")]
    internal static Errno getfh(SystemCall call) => Get(call, AT_FDCWD, call[0], call[1], 0);

    [Syscall(564, "int getfhat(int fd, char *path, struct fhandle *fhp, int flags)")]
    internal static Errno getfhat(SystemCall call) => (call.Int(3) & ~(AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)) != 0
        ? Errno.EINVAL
        : Get(call, call.Int(0), call[1], call[2], call.Int(3));

    [Syscall(298, "int fhopen(const struct fhandle *u_fhp, int flags)")]
    internal static Errno fhopen(SystemCall call)
    {
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        var flags = call.Int(1);
        if ((flags & (O_CREAT | O_EXEC)) != 0 || (flags & O_ACCMODE) == O_ACCMODE) return Errno.EINVAL;
        if (Find(call, out var vnode) is not Errno.None and var error) return error;
        if ((error = FileSystem.OpenVnode(call.Process, vnode, flags, out var file)) != Errno.None) return error;
        return call.Return(file, (flags & O_CLOEXEC) != 0);
    }

    [Syscall(553, "int fhstat(const struct fhandle *u_fhp, struct stat *sb)")]
    internal static Errno fhstat(SystemCall call)
    {
        var error = FindAsRoot(call, out var vnode);
        return error == Errno.None ? call.CopyOut(call[1], vnode.Stat()) : error;
    }

    [Syscall(558, "int fhstatfs(const struct fhandle *u_fhp, struct statfs *buf)")]
    internal static Errno fhstatfs(SystemCall call)
    {
        var error = FindAsRoot(call, out var vnode);
        return error == Errno.None ? FileSystemCalls.CopyOut(call, vnode.Mount) : error;
    }

    [Syscall(299, "int freebsd11_fhstat(const struct fhandle *u_fhp, struct freebsd11_stat *sb)")]
    internal static Errno freebsd11_fhstat(SystemCall call)
    {
        var error = FindAsRoot(call, out var vnode);
        return error == Errno.None ? CompatStatCalls.CopyOut(call, call[1], vnode.Stat()) : error;
    }

    [Syscall(398, "int freebsd11_fhstatfs(const struct fhandle *u_fhp, struct freebsd11_statfs *buf)")]
    internal static Errno freebsd11_fhstatfs(SystemCall call)
    {
        var error = FindAsRoot(call, out var vnode);
        return error == Errno.None ? FileSystemCalls.CopyOutOld(call, vnode.Mount) : error;
    }

    [Syscall(565, "int fhlink(struct fhandle *fhp, const char *to)")]
    internal static Errno fhlink(SystemCall call) => Link(call, AT_FDCWD, call[1]);

    [Syscall(566, "int fhlinkat(struct fhandle *fhp, int tofd, const char *to)")]
    internal static Errno fhlinkat(SystemCall call) => Link(call, call.Int(1), call[2]);

    [Syscall(567, "int fhreadlink(struct fhandle *fhp, char *buf, size_t bufsize)")]
    internal static Errno fhreadlink(SystemCall call)
    {
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        if (call[2] > long.MaxValue) return Errno.EINVAL;
        if (Find(call, out var vnode) is not Errno.None and var error) return error;
        if (vnode is not LinkVnode link) return Errno.EINVAL;
        var target = Encoding.Latin1.GetBytes(link.Target).AsSpan();
        target = target[..(int)Math.Min((ulong)target.Length, call[2])];
        error = call.Memory.CopyOut(call[1], target);
        return error == Errno.None ? call.Return(target.Length) : error;
    }

    // kern_getfhat
    private static Errno Get(SystemCall call, int directory, ulong path, ulong address, int flags)
    {
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        var follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
        if (call.FindAt(directory, path, cap_rights_t.CAP_NONE, flags, follow, out var vnode) is not Errno.None and var error) return error;
        if ((error = call.Kernel.FileSystem.MakeHandle(vnode)) != Errno.None) return error;
        return call.CopyOut(address, new fhandle_t
        {
            fh_fsid = vnode.Mount.Id,
            fid_len = FileIdBytes,
            fileLow = (uint)vnode.FileId,
            fileHigh = (uint)(vnode.FileId >> 32),
        });
    }

    /// <summary>fhopen and its like: PRIV_VFS_FHOPEN, then the file that the handle in the first argument stands for.</summary>
    internal static Errno FindAsRoot(SystemCall call, out Vnode vnode)
    {
        vnode = null!;
        return call.Process.Credentials.IsHostSuperUser ? Find(call, out vnode) : Errno.EPERM;
    }

    private static Errno Find(SystemCall call, out Vnode vnode)
    {
        vnode = null!;
        var error = call.CopyIn<fhandle_t>(call[0], out var handle);
        return error == Errno.None ? call.Kernel.FileSystem.FindHandle(handle.fh_fsid, handle.FileId, out vnode) : error;
    }

    // kern_fhlinkat
    private static Errno Link(SystemCall call, int directory, ulong name)
    {
        if (FindAsRoot(call, out var vnode) is not Errno.None and var error) return error;
        error = call.PathAt(directory, name, cap_rights_t.CAP_LINKAT_TARGET, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Link(vnode, path) : error;
    }
}
