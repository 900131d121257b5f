using System.Buffers;
using GdbStub.Frames;
using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Several ranges of memory in one packet, for lldb 22 and later.</summary>
internal static class MemoryRanges
{
    /// <summary>What fits a reply beside the lengths when every byte needs an escape.</summary>
    private const int MostBytes = FrameDecoder.PacketSize / 4, MostRanges = 1024;

    /// <summary>How many bytes of each range could be read from its beginning, then the bytes of all of them.</summary>
    [Packet("MultiMemRead", "ranges:address,length,address,length…;", Advertises = "MultiMemRead+")]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryRanges(arguments, out var ranges))
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(MostBytes);
        var used = 0;
        for (var index = 0; index < ranges.Count; index++)
        {
            var (address, length) = ranges[index];
            var bytes = buffer.AsSpan(used, Math.Min(length, MostBytes - used));
            if (thread.Process.Memory.Read(address, bytes, out var count) != Errno.None) count = 0;
            if (index > 0) session.Reply.Text(',');
            session.Reply.HexNumber((ulong)count);
            used += count;
        }
        session.Reply.Text(';').Binary(buffer.AsSpan(0, used));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static bool TryRanges(ReadOnlySpan<byte> arguments, out List<(ulong Address, int Length)> ranges)
    {
        ranges = [];
        var reader = new PacketReader(arguments);
        if (!reader.Until(':').SequenceEqual("ranges"u8)) return false;
        do
        {
            if (ranges.Count == MostRanges || !reader.TryNumber(out var address) || !reader.Skip(',') || !reader.TryCount(out var length))
                return false;
            ranges.Add((address, length));
        }
        while (reader.Skip(','));
        return reader.Skip(';') && reader.IsEmpty;
    }
}
