using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GdbStub.Sessions;

namespace GdbStub.Tests.Whole;

/// <summary>
/// What one client sent in a session and what it was answered, in a text file: a line of "&gt;" for each packet, one of "&lt;" for its
/// reply. Long replies stand there by their length and hash.
/// </summary>
internal sealed record Recording(string Name, IReadOnlyList<(string Packet, string? Reply)> Exchanges)
{
    private const int LongestShown = 160;

    /// <summary>The directory of this source file's recordings.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetDirectoryName(Here())!, "Recordings");

    public static IEnumerable<Recording> All => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.txt").Order().Select(Read) : [];

    /// <summary>Takes a recording from the server's --trace file.</summary>
    public static Recording FromTrace(string path)
    {
        var exchanges = new List<(string, string?)>();
        foreach (var line in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(line);
            if (!json.RootElement.TryGetProperty("packet", out var packet)) continue;
            var reply = json.RootElement.TryGetProperty("reply", out var said) ? Shown(packet.GetString()!, said.GetString()!) : null;
            exchanges.Add((packet.GetString()!, reply));
        }
        return new Recording(Path.GetFileNameWithoutExtension(path), exchanges);
    }

    public void Write() => File.WriteAllText(
        Path.Combine(Folder, Name + ".txt"), string.Concat(Exchanges.Select(exchange =>
            $"> {exchange.Packet}\n" + (exchange.Reply is null ? "" : $"< {exchange.Reply}\n"))));

    /// <summary>
    /// A reply as recordings have it. What the protocol leaves to the server's circumstances is left out: times of files, versions,
    /// features that are added, and what a list of processes shows of time.
    /// </summary>
    public static string Shown(string packet, string reply)
    {
        if (packet.StartsWith("vFile:fstat", StringComparison.Ordinal) || packet.StartsWith("vFile:stat", StringComparison.Ordinal)
            || packet.StartsWith("qGDBServerVersion", StringComparison.Ordinal) || packet.StartsWith("qSupported", StringComparison.Ordinal) || packet.StartsWith("qXfer:osdata", StringComparison.Ordinal))
            return reply.Length == 0 ? "" : reply[..1] + "…";
        if (reply.Length <= LongestShown) return reply;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reply)))[..16];
        return string.Create(CultureInfo.InvariantCulture, $"({reply.Length} characters, {hash})");
    }

    /// <summary>The bytes of a packet that is written with \xNN.</summary>
    public static byte[] Bytes(string packet)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < packet.Length; at++)
        {
            var isEscaped = packet[at] == '\\' && at + 3 < packet.Length && packet[at + 1] == 'x';
            bytes.Add(isEscaped ? byte.Parse(packet.AsSpan(at + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : (byte)packet[at]);
            if (isEscaped) at += 3;
        }
        return [.. bytes];
    }

    /// <summary>A reply's bytes, as the trace writes them.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes) => RecentPackets.Printable(bytes);

    public override string ToString() => Name;

    private static Recording Read(string path)
    {
        var exchanges = new List<(string, string?)>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("> ", StringComparison.Ordinal)) exchanges.Add((line[2..], null));
            else if (line.StartsWith('<')) exchanges[^1] = (exchanges[^1].Item1, line.Length > 2 ? line[2..] : "");
        }
        return new Recording(Path.GetFileNameWithoutExtension(path), exchanges);
    }

    private static string Here([CallerFilePath] string path = "") =>
        Path.Exists(path) ? path : Path.Combine(AppContext.BaseDirectory, "../../../../..", path.TrimStart('/'));
}
