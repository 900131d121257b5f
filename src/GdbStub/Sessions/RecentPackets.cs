using System.Text;
using Serilog;
using Serilog.Events;

namespace GdbStub.Sessions;

/// <summary>The last packets of a session, for the report of a bug; and all of them in the log at level Verbose.</summary>
public sealed class RecentPackets(ILogger log) : IPacketLog
{
    private const int Kept = 32;
    private const int BytesKept = 120;

    private readonly Entry[] _entries = new Entry[Kept];
    private readonly bool _isVerbose = log.IsEnabled(LogEventLevel.Verbose);
    private int _count;

    public void Received(ReadOnlySpan<byte> packet) => Add("->", packet);

    public void Sent(ReadOnlySpan<byte> packet, SentKind kind) => Add("<-", packet);

    /// <summary>The client's last packet, as text, perhaps not all of it; null before the first.</summary>
    public string? Latest
    {
        get
        {
            for (var index = _count - 1; index >= Math.Max(0, _count - Kept); index--)
                if (_entries[index % Kept] is { Direction: "->" } entry) return Printable(entry.Bytes.AsSpan(0, Math.Min(entry.Length, BytesKept)));
            return null;
        }
    }

    /// <summary>One line for each, oldest first.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var index = Math.Max(0, _count - Kept); index < _count; index++)
        {
            ref readonly var entry = ref _entries[index % Kept];
            text.Append(entry.Direction).Append(' ').Append(Printable(entry.Bytes.AsSpan(0, Math.Min(entry.Length, BytesKept))));
            if (entry.Length > BytesKept) text.Append("… (").Append(entry.Length).Append(" bytes)");
            text.AppendLine();
        }
        return text.ToString();
    }

    private void Add(string direction, ReadOnlySpan<byte> packet)
    {
        ref var entry = ref _entries[_count++ % Kept];
        entry.Bytes ??= new byte[BytesKept];
        entry.Direction = direction;
        entry.Length = packet.Length;
        packet[..Math.Min(packet.Length, BytesKept)].CopyTo(entry.Bytes);
        if (_isVerbose) log.Verbose("{Direction:l} {Packet:l}", direction, Printable(packet));
    }

    /// <summary>Text in which every byte beyond ASCII's printable ones is \xNN.</summary>
    internal static string Printable(ReadOnlySpan<byte> packet)
    {
        var text = new StringBuilder(packet.Length);
        foreach (var value in packet)
        {
            if (value is >= (byte)' ' and <= (byte)'~') text.Append((char)value);
            else text.Append($"\\x{value:x2}");
        }
        return text.ToString();
    }

    private record struct Entry(string Direction, byte[] Bytes, int Length);
}
