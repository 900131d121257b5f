using System.Runtime.InteropServices;
using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>What lldb offers when TAB is pressed in the name of a guest's file ("platform get-file /b").</summary>
internal static class PathCompletion
{
    /// <summary>Names that fit, in hex, behind an M; those of directories end in '/'. A list of nothing where nothing fits.</summary>
    [Packet("qPathComplete", "0|1,hex-path")]
    public static void Complete(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var onlyDirectories) || onlyDirectories > 1 || !reader.Skip(',')
            || !PacketReader.TryText(reader.Rest, out var path))
        {
            Targets.Malformed(session);
            return;
        }
        session.Reply.Text('M');
        var end = path.LastIndexOf('/') + 1;
        var (directory, begin) = (path[..end], path[end..]);
        if (session.System.Scandir(directory.Length == 0 ? "." : directory, out var names) != Errno.None) return;
        var isFirst = true;
        foreach (var name in names)
        {
            if (!name.StartsWith(begin, StringComparison.Ordinal)) continue;
            var isDirectory = IsDirectory(session, directory + name);
            if (onlyDirectories == 1 && !isDirectory) continue;
            if (!isFirst) session.Reply.Text(',');
            isFirst = false;
            session.Reply.HexText(isDirectory ? $"{directory}{name}/" : directory + name);
        }
    }

    private static bool IsDirectory(Session session, string path)
    {
        var stat = default(stat);
        return session.System.Stat(path, follow: true, MemoryMarshal.AsBytes(new Span<stat>(ref stat))) == Errno.None
            && (stat.st_mode & FileModes.S_IFMT) == FileModes.S_IFDIR;
    }
}
