using System.Buffers;
using System.Buffers.Binary;
using GdbStub.Frames;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Files of the debugged system, so that the client needs no copies of its programs (GDB manual, Host I/O Packets).</summary>
internal static class HostFiles
{
    /// <summary>What fits a reply behind "F", a count and ";" when no byte is escaped.</summary>
    private const int MostBytes = FrameDecoder.PacketSize - 16;

    // Flags of File-I/O; FreeBSD has the same values for these.
    private const int KnownFlags = Fcntl.O_ACCMODE | Fcntl.O_APPEND | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_EXCL;

    // What lldb adds (lldb/Host/File.h): for the files here, non-blocking and close-on-exec change nothing.
    private const int LldbNonBlocking = 1 << 28, LldbNoFollow = 1 << 29, LldbCloseOnExec = 1 << 30;

    /// <summary>Size of the protocol's struct stat, big-endian.</summary>
    private const int ProtocolStatBytes = 64;

    /// <summary>Whose view of the files: all processes have one.</summary>
    [Packet("vFile:setfs:", "pid")]
    public static void SetFileSystem(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (reader.TryCount(out _) && reader.IsEmpty) session.Reply.Text("F0"u8);
        else Fail(session, Errno.EINVAL);
    }

    [Packet("vFile:open:", "hex-path,flags,mode")]
    public static void Open(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!PacketReader.TryText(reader.Until(','), out var path) || !reader.TryCount(out var flags) || !reader.Skip(',')
            || !reader.TryCount(out var mode) || !reader.IsEmpty
            || (flags & ~(KnownFlags | LldbNonBlocking | LldbNoFollow | LldbCloseOnExec)) != 0)
        {
            Fail(session, Errno.EINVAL);
            return;
        }
        var error = session.System.Open(
            path, flags & KnownFlags | ((flags & LldbNoFollow) != 0 ? Fcntl.O_NOFOLLOW : 0), mode, out var descriptor);
        if (error == Errno.None)
        {
            if ((flags & Fcntl.O_ACCMODE) == Fcntl.O_RDONLY) session.ServeNeutral(descriptor, path);
            Succeed(session, descriptor);
        }
        else
        {
            Fail(session, error);
        }
    }

    [Packet("vFile:pread:", "descriptor,count,offset")]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var descriptor) || !reader.Skip(',') || !reader.TryCount(out var wanted) || !reader.Skip(',')
            || !reader.TryNumber(out var offset) || offset > long.MaxValue || !reader.IsEmpty)
        {
            Fail(session, Errno.EINVAL);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(wanted, MostBytes));
        var bytes = buffer.AsSpan(0, Math.Min(wanted, MostBytes));
        var error = session.System.Pread(descriptor, bytes, (long)offset, out var count);
        if (session.NeutralPrograms.TryGetValue(descriptor, out var program)) program.Neutralise((long)offset, bytes[..count]);
        // The client asks for the rest, as it does where a file system gives less than was wanted.
        count = BinaryEscapes.Fitting(bytes[..count], MostBytes);
        if (error == Errno.None && !session.MayTransfer(count)) error = Errno.EFBIG;
        if (error == Errno.None)
        {
            Succeed(session, count);
            session.Reply.Text(';').Binary(bytes[..count]);
        }
        else
        {
            Fail(session, error);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    [Packet("vFile:pwrite:", "descriptor,offset,binary")]
    public static void Write(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var descriptor) || !reader.Skip(',') || !reader.TryNumber(out var offset) || offset > long.MaxValue
            || !reader.Skip(','))
        {
            Fail(session, Errno.EINVAL);
            return;
        }
        var count = 0;
        var error = session.MayTransfer(reader.Rest.Length) ? session.System.Pwrite(descriptor, reader.Rest, (long)offset, out count) : Errno.EFBIG;
        if (error == Errno.None) Succeed(session, count);
        else Fail(session, error);
    }

    [Packet("vFile:unlink:", "hex-path")]
    public static void Unlink(Session session, ReadOnlySpan<byte> arguments) =>
        Answer(session, PacketReader.TryText(arguments, out var path) ? session.System.Unlink(path) : Errno.EINVAL);

    [Packet("vFile:close:", "descriptor")]
    public static void Close(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        var error = reader.TryCount(out var descriptor) && reader.IsEmpty ? session.System.Close(descriptor) : Errno.EINVAL;
        if (error == Errno.None) session.NeutralPrograms.Remove(descriptor);
        Answer(session, error);
    }

    [Packet("vFile:fstat:", "descriptor")]
    public static void Fstat(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        Span<byte> image = stackalloc byte[stat.Bytes];
        var error = reader.TryCount(out var descriptor) && reader.IsEmpty ? session.System.Fstat(descriptor, image) : Errno.EINVAL;
        AnswerStat(session, error, image);
    }

    [Packet("vFile:stat:", "hex-path")]
    public static void Stat(Session session, ReadOnlySpan<byte> arguments) => Stat(session, arguments, follow: true);

    /// <summary>Of a link itself; gdb 17 and later.</summary>
    [Packet("vFile:lstat:", "hex-path")]
    public static void Lstat(Session session, ReadOnlySpan<byte> arguments) => Stat(session, arguments, follow: false);

    [Packet("vFile:readlink:", "hex-path")]
    public static void ReadLink(Session session, ReadOnlySpan<byte> arguments)
    {
        var target = "";
        var error = PacketReader.TryText(arguments, out var path) ? session.System.Readlink(path, out target) : Errno.EINVAL;
        if (error != Errno.None)
        {
            Fail(session, error);
            return;
        }
        Succeed(session, target.Length);
        session.Reply.Text(';').Binary(GuestText.Bytes(target));
    }

    internal static void Answer(Session session, Errno error)
    {
        if (error == Errno.None) Succeed(session, 0);
        else Fail(session, error);
    }

    internal static void Succeed(Session session, int result) => session.Reply.Text('F').HexNumber((ulong)result);

    internal static void Fail(Session session, Errno error) => session.Reply.Text("F-1,"u8).HexNumber((ulong)ToProtocol(error));

    private static void Stat(Session session, ReadOnlySpan<byte> arguments, bool follow)
    {
        Span<byte> image = stackalloc byte[stat.Bytes];
        var error = PacketReader.TryText(arguments, out var path) ? session.System.Stat(path, follow, image) : Errno.EINVAL;
        AnswerStat(session, error, image);
    }

    private static void AnswerStat(Session session, Errno error, ReadOnlySpan<byte> stat)
    {
        if (error != Errno.None)
        {
            Fail(session, error);
            return;
        }
        Span<byte> converted = stackalloc byte[ProtocolStatBytes];
        ConvertStat(stat, converted);
        Succeed(session, ProtocolStatBytes);
        session.Reply.Text(';').Binary(converted);
    }

    /// <summary>Error numbers of File-I/O (GDB manual, Errno Values): the old ones everybody shares, and few others.</summary>
    private static int ToProtocol(Errno error) => error switch
    {
        Errno.EPERM or Errno.ENOENT or Errno.EINTR or Errno.EIO or Errno.EBADF or Errno.EACCES or Errno.EFAULT or Errno.EBUSY
            or Errno.EEXIST or Errno.ENODEV or Errno.ENOTDIR or Errno.EISDIR or Errno.EINVAL or Errno.ENFILE or Errno.EMFILE
            or Errno.EFBIG or Errno.ENOSPC or Errno.ESPIPE or Errno.EROFS => (int)error,
        Errno.ENOSYS => 88,
        Errno.ENAMETOOLONG => 91,
        _ => 9999,
    };

    /// <summary>struct stat of FreeBSD to the protocol's: device, inode, mode, links, owner, sizes and times in fewer bits.</summary>
    private static void ConvertStat(ReadOnlySpan<byte> stat, Span<byte> converted)
    {
        Span<uint> head =
        [
            (uint)BinaryPrimitives.ReadUInt64LittleEndian(stat), (uint)BinaryPrimitives.ReadUInt64LittleEndian(stat[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(stat[24..]), (uint)BinaryPrimitives.ReadUInt64LittleEndian(stat[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(stat[28..]), BinaryPrimitives.ReadUInt32LittleEndian(stat[32..]),
            (uint)BinaryPrimitives.ReadUInt64LittleEndian(stat[40..]),
        ];
        for (var i = 0; i < head.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(converted[(4 * i)..], head[i]);
        BinaryPrimitives.WriteUInt64BigEndian(converted[28..], BinaryPrimitives.ReadUInt64LittleEndian(stat[112..]));
        BinaryPrimitives.WriteUInt64BigEndian(converted[36..], BinaryPrimitives.ReadUInt32LittleEndian(stat[128..]));
        BinaryPrimitives.WriteUInt64BigEndian(converted[44..], BinaryPrimitives.ReadUInt64LittleEndian(stat[120..]));
        for (var i = 0; i < 3; i++)
            BinaryPrimitives.WriteUInt32BigEndian(
                converted[(52 + 4 * i)..], (uint)BinaryPrimitives.ReadUInt64LittleEndian(stat[(48 + 16 * i)..]));
    }
}
