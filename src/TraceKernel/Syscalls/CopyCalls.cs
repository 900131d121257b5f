using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;

namespace TraceKernel.Syscalls;

/// <summary>Bytes from file to file, and holes: copy_file_range(2) and fspacectl(2) of vfs_vnops.c.</summary>
internal static class CopyCalls
{
    private const int PieceBytes = 65536;

    /// <summary>
    /// Most that one copy_file_range(2) or fspacectl(2) does: both may do less than was asked for, and programs ask again. A larger copy would
    /// keep the machine from everybody else.
    /// </summary>
    private const long MaximumBytes = 16 << 20;

    /// <summary>struct spacectl_range.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct spacectl_range(long r_offset, long r_len);

    [Syscall(569, "ssize_t copy_file_range(int infd, off_t *inoffp, int outfd, off_t *outoffp, size_t len, unsigned int flags)")]
    internal static Errno copy_file_range(SystemCall call)
    {
        var (from, to) = (0L, 0L);
        var error = call[1] == 0 ? Errno.None : call.CopyIn(call[1], out from);
        if (error == Errno.None && call[3] != 0) error = call.CopyIn(call[3], out to);
        if (error != Errno.None) return error;
        error = Copy(call, ref from, ref to, out var count);
        var fault = call[1] == 0 ? Errno.None : call.CopyOut(call[1], from);
        if (fault == Errno.None && call[3] != 0) fault = call.CopyOut(call[3], to);
        if (error == Errno.None) error = fault;
        return error == Errno.None ? call.Return(count) : error;
    }

    // kern_copy_file_range
    private static Errno Copy(SystemCall call, ref long from, ref long to, out long count)
    {
        count = 0;
        if (call[5] != 0) return Errno.EINVAL;
        var length = (long)Math.Min(call[4], long.MaxValue);
        if (Opened(call, 0, call[1] == 0 ? CAP_READ : CAP_PREAD, forWriting: false, out var source) is not Errno.None and var error) return error;
        error = Opened(call, 2, call[3] == 0 ? CAP_WRITE : CAP_PWRITE, forWriting: true, out var target);
        if (error != Errno.None) return error;
        if (call[1] == 0) from = source.Offset;
        if (call[3] == 0) to = target.Offset;
        if (target.IsAppending) return Errno.EBADF;
        if (length == 0) return Errno.None;
        if (source.Target == target.Target && Overlap(from, to, length)) return Errno.EINVAL;
        if (source.Target is DirectoryVnode || target.Target is DirectoryVnode) return Errno.EISDIR;
        if (from < 0 || to < 0 || source.Target is not RegularVnode input || target.Target is not RegularVnode) return Errno.EINVAL;
        length = Math.Min(length, long.MaxValue - Math.Max(from, to));
        error = CopyPieces(source, input, target, from, to, Math.Min(length, MaximumBytes), out count);
        (from, to) = (from + count, to + count);
        if (call[1] == 0) source.Offset = from;
        if (call[3] == 0) target.Offset = to;
        return count > 0 ? Errno.None : error;
    }

    /// <summary>fget_read and fget_write, of a named file: EINVAL for another.</summary>
    private static Errno Opened(SystemCall call, int argument, in cap_rights_t needed, bool forWriting, out OpenFile file)
    {
        if (call.Process.Files.Get(call.Int(argument), needed, out file) is not Errno.None and var error) return error;
        if (forWriting ? !file.CanWrite : !file.CanRead) return Errno.EBADF;
        return file.Target is Vnode ? Errno.None : Errno.EINVAL;
    }

    private static bool Overlap(long from, long to, long length) =>
        from <= to ? to - from < length : from - to < length;

    /// <summary>vn_generic_copy_file_range: up to the end of the source. A hole beyond the target's end stays one.</summary>
    private static Errno CopyPieces(OpenFile source, RegularVnode input, OpenFile target, long from, long to, long length, out long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        var output = (RegularVnode)target.Target;
        var error = Errno.None;
        for (count = 0; count < length && error == Errno.None;)
        {
            var hole = HoleAt(input, from + count, Math.Min(length - count, input.Size - from - count));
            if (hole > 0 && to + count >= output.Size)
            {
                if ((error = output.Truncate(to + count + hole)) == Errno.None) count += hole;
                continue;
            }
            var wanted = (int)Math.Min(length - count, PieceBytes);
            error = input.Read(source, from + count, buffer.AsSpan(0, wanted), out var read);
            if (error != Errno.None || read == 0) break;
            for (var written = 0; written < read && error == Errno.None;)
            {
                error = output.Write(target, to + count, buffer.AsSpan(written, read - written), out var part);
                (written, count) = (written + part, count + part);
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return error;
    }

    /// <summary>Bytes of the hole at an offset, at most <paramref name="length"/>; 0: data are there, or the end.</summary>
    private static long HoleAt(RegularVnode file, long offset, long length)
    {
        if (length <= 0) return 0;
        var data = offset;
        return file.Seek(ref data, forData: true) == Errno.None ? Math.Min(data - offset, length) : length;
    }

    [Syscall(580, "int fspacectl(int fd, int cmd, const struct spacectl_range *rqsr, int flags, struct spacectl_range *rmsr)")]
    internal static Errno fspacectl(SystemCall call)
    {
        if (call.CopyIn<spacectl_range>(call[2], out var range) is not Errno.None and var error) return error;
        error = Deallocate(call, ref range);
        var fault = call[4] == 0 ? Errno.None : call.CopyOut(call[4], range);
        return error == Errno.None ? fault : error;
    }

    // kern_fspacectl
    private static Errno Deallocate(SystemCall call, ref spacectl_range range)
    {
        const int SPACECTL_DEALLOC = 1;
        if (call.Int(1) != SPACECTL_DEALLOC || range.r_offset < 0 || range.r_len <= 0) return Errno.EINVAL;
        if (range.r_offset > long.MaxValue - range.r_len || call.Int(3) != 0) return Errno.EINVAL;
        if (call.Process.Files.Get(call.Int(0), CAP_PWRITE, out var file) is not Errno.None and var error) return error;
        if (!file.CanWrite) return Errno.EBADF;
        if (!file.Target.IsSeekable) return Errno.ESPIPE;
        if (file.Target is not RegularVnode vnode) return Errno.ENODEV;
        var inFile = Math.Clamp(vnode.Size - range.r_offset, 0, range.r_len);
        var piece = Math.Min(inFile, MaximumBytes);
        if (piece > 0 && (error = vnode.Deallocate(range.r_offset, piece)) != Errno.None) return error;
        range = piece == inFile ? new(range.r_offset + inFile, 0) : new(range.r_offset + piece, range.r_len - piece);
        return Errno.None;
    }
}
