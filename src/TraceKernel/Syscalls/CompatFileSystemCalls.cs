using TraceKernel.Abi;
using TraceKernel.Files;

namespace TraceKernel.Syscalls;

/// <summary>statfs(2) and getfsstat(2) with struct ostatfs: COMPAT_FREEBSD4 of vfs_syscalls.c.</summary>
internal static class CompatFileSystemCalls
{
    [Syscall(18, "int freebsd4_getfsstat(struct ostatfs *buf, long bufsize, int mode)")]
    internal static Errno freebsd4_getfsstat(SystemCall call) => FileSystemCalls.All(call, Write, counts: call[1] < Abi.statfs.OldestBytes);

    [Syscall(157, "int freebsd4_statfs(const char *path, struct ostatfs *buf)")]
    internal static Errno freebsd4_statfs(SystemCall call) => FileSystemCalls.Named(call, Write);

    [Syscall(158, "int freebsd4_fstatfs(int fd, struct ostatfs *buf)")]
    internal static Errno freebsd4_fstatfs(SystemCall call) => FileSystemCalls.Open(call, Write);

    [Syscall(297, "int freebsd4_fhstatfs(const struct fhandle *u_fhp, struct ostatfs *buf)")]
    internal static Errno freebsd4_fhstatfs(SystemCall call)
    {
        var error = FileHandleCalls.FindAsRoot(call, out var vnode);
        return error == Errno.None ? call.Memory.CopyOut(call[1], Write(FileSystemCalls.Values(call.Kernel, vnode.Mount), vnode.Mount)) : error;
    }

    private static byte[] Write(in statfs values, Mount mount)
    {
        var image = new byte[Abi.statfs.OldestBytes];
        values.WriteOldest(image, mount.TypeName, mount.From, mount.Path);
        return image;
    }
}
