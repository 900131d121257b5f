using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>What can be asked about files: stat, access, readlink, in today's form and in that of FreeBSD 11.</summary>
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
        return error == Errno.None ? CompatStatCalls.CopyOut(call, call[1], stat) : error;
    }

    [Syscall(493, "int freebsd11_fstatat(int fd, const char *path, struct freebsd11_stat *buf, int flag)")]
    internal static Errno freebsd11_fstatat(SystemCall call)
    {
        var error = At(call, out var stat);
        return error == Errno.None ? CompatStatCalls.CopyOut(call, call[2], stat) : error;
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
        var flags = call.Int(3);
        if ((flags & ~(AT_EACCESS | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)) != 0) return Errno.EINVAL;
        var error = call.PathAt(call.Int(0), call[1], CAP_FSTAT, flags, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Access(path, call.Int(2), (flags & AT_EACCESS) != 0) : error;
    }

    [Syscall(376, "int eaccess(const char *path, int amode)")]
    internal static Errno eaccess(SystemCall call)
    {
        var error = call.Path(0, out var path);
        return error == Errno.None ? call.Kernel.FileSystem.Access(path, call.Int(1), effective: true) : error;
    }

    [Syscall(58, "ssize_t readlink(const char *path, char *buf, size_t count)")]
    internal static Errno readlink(SystemCall call) => ReadLink(call, AT_FDCWD, call[0], call[1], call[2]);

    [Syscall(500, "ssize_t readlinkat(int fd, const char *path, char *buf, size_t bufsize)")]
    internal static Errno readlinkat(SystemCall call) => ReadLink(call, call.Int(0), call[1], call[2], call[3]);

    internal static Errno Descriptor(SystemCall call, out stat stat)
    {
        var error = call.Process.Files.Get(call.Int(0), CAP_FSTAT, out var file);
        stat = error == Errno.None ? file.Target.Stat() : default;
        return Recorded(call, error, stat);
    }

    /// <summary>ktrstat.</summary>
    private static Errno Recorded(SystemCall call, Errno error, stat stat)
    {
        if (error == Errno.None) KernelTracing.Structure(call.Lwp, "stat", MemoryMarshal.AsBytes(new ReadOnlySpan<stat>(in stat)));
        return error;
    }

    private static Errno At(SystemCall call, out stat stat)
    {
        stat = default;
        var flag = call.Int(3);
        if ((flag & ~(AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)) != 0) return Errno.EINVAL;
        if (call.PathAt(call.Int(0), call[1], CAP_FSTAT, flag, out var path) is not Errno.None and var error) return error;
        return Recorded(call, call.Kernel.FileSystem.Stat(path, (flag & AT_SYMLINK_NOFOLLOW) == 0, out stat), stat);
    }

    private static Errno OldPath(SystemCall call, bool follow)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = Recorded(call, call.Kernel.FileSystem.Stat(path, follow, out var stat), stat);
        return error == Errno.None ? CompatStatCalls.CopyOut(call, call[1], stat) : error;
    }

    private static Errno ReadLink(SystemCall call, int directory, ulong text, ulong buffer, ulong size)
    {
        if (size > long.MaxValue) return Errno.EINVAL;
        if (call.PathAt(directory, text, CAP_FSTAT, AT_EMPTY_PATH, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.ReadLink(path, out var target);
        if (error != Errno.None) return error;
        Span<byte> bytes = new byte[target.Length];
        System.Text.Encoding.Latin1.GetBytes(target, bytes);
        bytes = bytes[..(int)Math.Min((ulong)bytes.Length, size)];
        error = call.Memory.CopyOut(buffer, bytes);
        return error == Errno.None ? call.Return(bytes.Length) : error;
    }
}
