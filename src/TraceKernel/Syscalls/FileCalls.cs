using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Vm;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Reading, writing and positioning open files: sys_generic.c, vfs_vnops.c.</summary>
internal static class FileCalls
{
    [Syscall(3, "ssize_t read(int fd, void *buf, size_t nbytes)")]
    internal static ValueTask<Errno> read(SystemCall call) =>
        Uio.Of(call, call[1], call[2], out var uio) is not Errno.None and var error ? new(error) : Read(call, uio, null);

    [Syscall(4, "ssize_t write(int fd, const void *buf, size_t nbytes)")]
    internal static ValueTask<Errno> write(SystemCall call) =>
        Uio.Of(call, call[1], call[2], out var uio) is not Errno.None and var error ? new(error) : Write(call, uio, null);

    [Syscall(475, "ssize_t pread(int fd, void *buf, size_t nbytes, off_t offset)")]
    internal static ValueTask<Errno> pread(SystemCall call) =>
        Uio.Of(call, call[1], call[2], out var uio) is not Errno.None and var error ? new(error) : Read(call, uio, call.Long(3));

    [Syscall(476, "ssize_t pwrite(int fd, const void *buf, size_t nbytes, off_t offset)")]
    internal static ValueTask<Errno> pwrite(SystemCall call) =>
        Uio.Of(call, call[1], call[2], out var uio) is not Errno.None and var error ? new(error) : Write(call, uio, call.Long(3));

    [Syscall(120, "ssize_t readv(int fd, const struct iovec *iovp, u_int iovcnt)")]
    internal static ValueTask<Errno> readv(SystemCall call) =>
        Uio.OfVector(call, call[1], (uint)call[2], out var uio) is not Errno.None and var error ? new(error) : Read(call, uio, null);

    [Syscall(121, "ssize_t writev(int fd, const struct iovec *iovp, u_int iovcnt)")]
    internal static ValueTask<Errno> writev(SystemCall call) =>
        Uio.OfVector(call, call[1], (uint)call[2], out var uio) is not Errno.None and var error ? new(error) : Write(call, uio, null);

    [Syscall(289, "ssize_t preadv(int fd, const struct iovec *iovp, u_int iovcnt, off_t offset)")]
    internal static ValueTask<Errno> preadv(SystemCall call) =>
        Uio.OfVector(call, call[1], (uint)call[2], out var uio) is not Errno.None and var error ? new(error) : Read(call, uio, call.Long(3));

    [Syscall(290, "ssize_t pwritev(int fd, const struct iovec *iovp, u_int iovcnt, off_t offset)")]
    internal static ValueTask<Errno> pwritev(SystemCall call) =>
        Uio.OfVector(call, call[1], (uint)call[2], out var uio) is not Errno.None and var error ? new(error) : Write(call, uio, call.Long(3));

    [Syscall(478, "off_t lseek(int fd, off_t offset, int whence)")]
    internal static Errno lseek(SystemCall call)
    {
        if (call.OpenFile(call.Int(0), CAP_SEEK, out var file) is not Errno.None and var error) return error;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        var size = (file.Target as Vnode)?.Size ?? 0;
        var offset = call.Long(1);
        switch (call.Int(2))
        {
            case SEEK_SET:
                break;
            case SEEK_CUR or SEEK_END:
                var start = call.Int(2) == SEEK_CUR ? file.Offset : size;
                if (offset > 0 && start > long.MaxValue - offset) return Errno.EOVERFLOW;
                offset += start;
                break;
            case SEEK_DATA or SEEK_HOLE:
                if (file.Target is not RegularVnode regular) return Errno.EINVAL;
                if ((error = regular.Seek(ref offset, forData: call.Int(2) == SEEK_DATA)) != Errno.None) return error;
                break;
            default:
                return Errno.EINVAL;
        }
        if (offset < 0 && !IsDevice(file)) return Errno.EINVAL;
        file.Offset = offset;
        return call.Return(offset);
    }

    [Syscall(480, "int ftruncate(int fd, off_t length)")]
    internal static Errno ftruncate(SystemCall call)
    {
        if (call.Long(1) < 0) return Errno.EINVAL;
        if (call.OpenFile(call.Int(0), CAP_FTRUNCATE, out var file) is not Errno.None and var error) return error;
        if (!file.CanWrite) return Errno.EINVAL;
        if (file.Target is Vnode vnode && (error = vnode.CheckSize()) != Errno.None) return error;
        return file.Target.Truncate(call.Long(1));
    }

    // Only mappings hold back what they have changed.
    [Syscall(95, "int fsync(int fd)")]
    [Syscall(550, "int fdatasync(int fd)")]
    internal static Errno fsync(SystemCall call)
    {
        if (call.OpenVnode(call.Int(0), CAP_FSYNC, out var vnode) is not Errno.None and var error) return error;
        return vnode is IBackingFile regular ? VnodePager.Flush(regular) : Errno.None;
    }

    // kern_posix_error: the error is what these two return.

    [Syscall(531, "int posix_fadvise(int fd, off_t offset, off_t len, int advice)")]
    internal static Errno posix_fadvise(SystemCall call) => call.Return((long)Advise(call));

    [Syscall(530, "int posix_fallocate(int fd, off_t offset, off_t len)")]
    internal static Errno posix_fallocate(SystemCall call) => call.Return((long)Allocate(call));

    private static Errno Advise(SystemCall call)
    {
        const int POSIX_FADV_NOREUSE = 5;
        if (call.Long(1) < 0 || call.Long(2) < 0 || call.Long(1) > long.MaxValue - call.Long(2)) return Errno.EINVAL;
        if ((uint)call[3] > POSIX_FADV_NOREUSE) return Errno.EINVAL;
        if (call.OpenFile(call.Int(0), CAP_NONE, out var file) is not Errno.None and var error) return error;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        return file.Target is Vnode ? Errno.None : Errno.ENODEV;
    }

    private static Errno Allocate(SystemCall call)
    {
        var (offset, length) = (call.Long(1), call.Long(2));
        if (offset < 0 || length <= 0) return Errno.EINVAL;
        if (offset > long.MaxValue - length) return Errno.EFBIG;
        if (call.OpenFile(call.Int(0), CAP_PWRITE, out var file) is not Errno.None and var error) return error;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        if (!file.CanWrite) return Errno.EBADF;
        return file.Target is RegularVnode vnode ? vnode.Allocate(offset, length) : Errno.ENODEV;
    }

    private static ValueTask<Errno> Read(SystemCall call, Uio uio, long? offset)
    {
        var needed = offset is null ? CAP_READ : CAP_PREAD;
        if (call.Process.Files.Get(call.Int(0), needed, out var file) is not Errno.None and var error) return new(error);
        if (!file.CanRead) return new(Errno.EBADF);
        error = CheckOffset(file, offset);
        return error == Errno.None ? KernelTracing.Transfer(call, uio, isWrite: false, Transfers.Read(call, file, uio, offset)) : new(error);
    }

    private static ValueTask<Errno> Write(SystemCall call, Uio uio, long? offset)
    {
        var needed = offset is null ? CAP_WRITE : CAP_PWRITE;
        if (call.Process.Files.Get(call.Int(0), needed, out var file) is not Errno.None and var error) return new(error);
        if (!file.CanWrite) return new(Errno.EBADF);
        error = CheckOffset(file, offset);
        return error == Errno.None ? KernelTracing.Transfer(call, uio, isWrite: true, Transfers.Write(call, file, uio, offset)) : new(error);
    }

    private static Errno CheckOffset(OpenFile file, long? offset) => offset switch
    {
        null => Errno.None,
        _ when !file.Target.IsSeekable => Errno.ESPIPE,
        < 0 when !IsDevice(file) => Errno.EINVAL,
        _ => Errno.None,
    };

    private static bool IsDevice(OpenFile file) => file.Target is not Vnode or DeviceVnode;
}
