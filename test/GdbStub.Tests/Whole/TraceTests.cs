using System.Text;
using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>A trace is written beside the wire: every byte that the client gets is the one that it gets without a trace.</summary>
public sealed class TraceTests
{
    // The first letters of replies that mean something: data may begin with any of them.
    private const string Letters = "OETWXNFSm";

    [TestCaseSource(typeof(Recording), nameof(Recording.All))]
    [CancelAfter(240_000)]
    public void ASessionIsTheSameByteForByte(object session)
    {
        var packets = ((Recording)session).Exchanges.Select(exchange => Escaped(Recording.Bytes(exchange.Packet))).ToArray();
        var without = Serve(packets, trace: null);
        using var file = new MemoryStream();
        using var trace = new TraceFile(file);
        Assert.That(Serve(packets, trace), Is.EqualTo(without));
        Assert.That(Encoding.UTF8.GetString(file.ToArray()).Split('\n'), Has.Length.EqualTo(packets.Length + 1));
    }

    /// <summary>lldb before 22 gets memory as bare bytes ("x0,0"), which then are what they are.</summary>
    [Test]
    [CancelAfter(240_000)]
    public void BytesOfTheProgramAreNoOutcome([Values("--trace", "monitor trace on")] string how)
    {
        var packets = new List<string> { "QStartNoAckMode", "?", "x0,0" };
        foreach (var letter in Letters)
            foreach (var rest in new[] { "7a", "4b", "30", "2c" })
                packets.AddRange([$"M200001,2:{(int)letter:x2}{rest}", "x200001,2", "x200001,1"]);
        var bytes = packets.Select(Encoding.ASCII.GetBytes).ToList();
        var without = Serve(bytes, trace: null);
        using var file = new MemoryStream();
        using var trace = new TraceFile(file);
        if (how == "--trace")
        {
            Assert.That(Serve(bytes, trace), Is.EqualTo(without));
            return;
        }
        bytes.Insert(1, Encoding.ASCII.GetBytes("qRcmd," + Convert.ToHexStringLower("trace on"u8)));
        var with = Serve(bytes, trace: null);
        // Behind the replies to QStartNoAckMode and to the command, all is the same.
        Assert.That(with[^(without.Length - "+$OK#9a".Length)..], Is.EqualTo(without["+$OK#9a".Length..]));
    }

    /// <summary>All that a client gets for these payloads.</summary>
    private static string Serve(IReadOnlyList<byte[]> payloads, TraceFile? trace)
    {
        using var server = new WholeServer(trace: trace);
        var sent = new StringBuilder();
        var next = 0;
        server.Serve(new ScriptedConnection(
            () => next < payloads.Count ? ScriptedConnection.Frame(payloads[next++]) : null, bytes => sent.Append(Encoding.Latin1.GetString(bytes.Span))));
        return sent.ToString();
    }

    private static byte[] Escaped(byte[] payload) =>
        [.. payload.SelectMany(value => value is (byte)'#' or (byte)'$' or (byte)'}' or (byte)'*' ? [(byte)'}', (byte)(value ^ 0x20)] : new[] { value })];
}
