using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>What lldb's platform wants to know of the guest's files beyond gdb's packets.</summary>
internal static class LldbFiles
{
    private const int Piece = 64 * 1024;

    [Packet("vFile:size:", "hex-path")]
    public static void Size(Session session, ReadOnlySpan<byte> arguments)
    {
        if (TryStat(session, arguments, out var stat)) session.Reply.Text('F').HexNumber((ulong)stat.st_size);
    }

    /// <summary>The permission bits.</summary>
    [Packet("vFile:mode:", "hex-path")]
    public static void Mode(Session session, ReadOnlySpan<byte> arguments)
    {
        if (TryStat(session, arguments, out var stat)) session.Reply.Text('F').HexNumber((ulong)(stat.st_mode & FileModes.ALLPERMS));
    }

    [Packet("vFile:exists:", "hex-path")]
    public static void Exists(Session session, ReadOnlySpan<byte> arguments)
    {
        Span<byte> image = stackalloc byte[stat.Bytes];
        var exists = PacketReader.TryText(arguments, out var path) && session.System.Stat(path, follow: true, image) == Errno.None;
        session.Reply.Text(exists ? "F,1"u8 : "F,0"u8);
    }

    /// <summary>By which lldb tells whether its own copy is the same.</summary>
    [Packet("vFile:MD5:", "hex-path")]
    public static void Checksum(Session session, ReadOnlySpan<byte> arguments)
    {
        // A device may have no end.
        if (PacketReader.TryText(arguments, out var path) && Stat(session, path, out var stat) == Errno.None && (stat.st_mode & FileModes.S_IFMT) == FileModes.S_IFREG
            && session.System.Open(path, 0, 0, out var descriptor) == Errno.None)
        {
            var isRead = TryHash(session, descriptor, out var hash);
            _ = session.System.Close(descriptor);
            if (isRead)
            {
                session.Reply.Text("F,"u8).Hex(hash);
                return;
            }
        }
        session.Reply.Text("F,x"u8);
    }

    [Packet("vFile:symlink:", "hex-target,hex-path")]
    public static void MakeLink(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (PacketReader.TryText(reader.Until(','), out var target) && PacketReader.TryText(reader.Rest, out var path))
            HostFiles.Answer(session, session.System.Symlink(target, path));
        else
            HostFiles.Fail(session, Errno.EINVAL);
    }

    private static bool TryStat(Session session, ReadOnlySpan<byte> arguments, out stat stat)
    {
        stat = default;
        var error = PacketReader.TryText(arguments, out var path) ? Stat(session, path, out stat) : Errno.EINVAL;
        if (error != Errno.None) HostFiles.Fail(session, error);
        return error == Errno.None;
    }

    private static Errno Stat(Session session, string path, out stat stat)
    {
        stat = default;
        return session.System.Stat(path, follow: true, MemoryMarshal.AsBytes(new Span<stat>(ref stat)));
    }

    private static bool TryHash(Session session, int descriptor, out byte[] hash)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[Piece];
        for (long offset = 0; ;)
        {
            if (session.System.Pread(descriptor, buffer, offset, out var count) != Errno.None || session.IsInterrupted())
            {
                hash = [];
                return false;
            }
            if (count == 0) break;
            md5.AppendData(buffer, 0, count);
            offset += count;
        }
        hash = md5.GetHashAndReset();
        return true;
    }
}
