using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>
/// Files as programs of FreeBSD 6 name their offsets: an argument that nobody reads stands before each 64-bit one (COMPAT_FREEBSD6).
/// </summary>
internal static class CompatFileCalls
{
    [Syscall(173, "ssize_t freebsd6_pread(int fd, void *buf, size_t nbyte, int pad, off_t offset)")]
    internal static ValueTask<Errno> freebsd6_pread(SystemCall call) => As(call, FileCalls.pread, call[0], call[1], call[2], call[4]);

    [Syscall(174, "ssize_t freebsd6_pwrite(int fd, const void *buf, size_t nbyte, int pad, off_t offset)")]
    internal static ValueTask<Errno> freebsd6_pwrite(SystemCall call) => As(call, FileCalls.pwrite, call[0], call[1], call[2], call[4]);

    [Syscall(197, "void *freebsd6_mmap(void *addr, size_t len, int prot, int flags, int fd, int pad, off_t pos)")]
    internal static Errno freebsd6_mmap(SystemCall call) =>
        As(call, MmapCall.Mmap, call[0], call[1], call[2], call[3], call[4], call[6]);

    [Syscall(199, "off_t freebsd6_lseek(int fd, int pad, off_t offset, int whence)")]
    internal static Errno freebsd6_lseek(SystemCall call) => As(call, FileCalls.lseek, call[0], call[2], call[3]);

    [Syscall(200, "int freebsd6_truncate(const char *path, int pad, off_t length)")]
    internal static Errno freebsd6_truncate(SystemCall call) => As(call, DirectoryCalls.truncate, call[0], call[2]);

    [Syscall(201, "int freebsd6_ftruncate(int fd, int pad, off_t length)")]
    internal static Errno freebsd6_ftruncate(SystemCall call) => As(call, FileCalls.ftruncate, call[0], call[2]);

    private static Errno As(SystemCall call, Func<SystemCall, Errno> today, params ReadOnlySpan<ulong> arguments)
    {
        var inner = call.With(arguments);
        var error = today(inner);
        call.Value = inner.Value;
        return error;
    }

    private static ValueTask<Errno> As(SystemCall call, Func<SystemCall, ValueTask<Errno>> today, params ReadOnlySpan<ulong> arguments) =>
        Finish(call, today, call.With(arguments));

    private static async ValueTask<Errno> Finish(SystemCall call, Func<SystemCall, ValueTask<Errno>> today, SystemCall inner)
    {
        var error = await today(inner);
        call.Value = inner.Value;
        return error;
    }
}
