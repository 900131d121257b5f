using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>stat(2) with the structures of FreeBSD 11 and of NetBSD: COMPAT_FREEBSD11 of vfs_syscalls.c.</summary>
internal static class CompatStatCalls
{
    [Syscall(278, "int freebsd11_nstat(const char *path, struct nstat *ub)")]
    internal static Errno freebsd11_nstat(SystemCall call) => Path(call, follow: true);

    [Syscall(279, "int freebsd11_nfstat(int fd, struct nstat *sb)")]
    internal static Errno freebsd11_nfstat(SystemCall call)
    {
        var error = StatCalls.Descriptor(call, out var stat);
        return error == Errno.None ? call.CopyOut(call[1], nstat.Of(stat)) : error;
    }

    [Syscall(280, "int freebsd11_nlstat(const char *path, struct nstat *ub)")]
    internal static Errno freebsd11_nlstat(SystemCall call) => Path(call, follow: false);

    /// <summary>Writes a file's attributes as FreeBSD 11 had them: EOVERFLOW as vfs.ino64_trunc_error has it, EFAULT.</summary>
    internal static Errno CopyOut(SystemCall call, ulong address, in stat stat)
    {
        var error = freebsd11_stat.Convert(stat, call.Kernel.InodeTruncation, out var old);
        return error == Errno.None ? call.CopyOut(address, old) : error;
    }

    private static Errno Path(SystemCall call, bool follow)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Stat(path, follow, out var stat);
        return error == Errno.None ? call.CopyOut(call[1], nstat.Of(stat)) : error;
    }
}
