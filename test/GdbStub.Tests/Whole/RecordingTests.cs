using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>Sessions of stock debuggers, recorded by <c>scripts/record-sessions.sh</c>, are answered as they were.</summary>
public sealed class RecordingTests
{
    [Test]
    public void FourClientsAreRecorded() =>
        Assert.That(Recording.All.Select(recording => recording.Name), Is.EqualTo((string[])["gdb-13", "gdb-16", "lldb-14", "lldb-19"]));

    [TestCaseSource(typeof(Recording), nameof(Recording.All))]
    [CancelAfter(120_000)]
    public void IsAnsweredAsBefore(object session)
    {
        var recording = (Recording)session;
        using var server = new WholeServer();
        var decoder = new FrameDecoder(int.MaxValue, expandsRuns: true);
        var replies = new List<string>();
        var next = 0;
        var connection = new ScriptedConnection(
            () => next < recording.Exchanges.Count ? ScriptedConnection.Frame(Escaped(Recording.Bytes(recording.Exchanges[next++].Packet))) : null,
            bytes =>
            {
                for (var rest = bytes.Span; !rest.IsEmpty;)
                {
                    if (decoder.Decode(ref rest) != FrameKind.Packet) continue;
                    // The trace has escapes, but no runs.
                    var reply = Escaped(decoder.Payload);
                    // Output comes in pieces as time has it.
                    if (reply is [(byte)'O', _, ..] && !reply.AsSpan().SequenceEqual("OK"u8)) continue;
                    Assert.That(replies, Has.Count.LessThan(next), "a reply too many");
                    replies.Add(Recording.Shown(recording.Exchanges[next - 1].Packet, Recording.Printable(reply)));
                }
            });
        server.Serve(connection);
        for (var index = 0; index < replies.Count; index++)
            Assert.That(replies[index], Is.EqualTo(recording.Exchanges[index].Reply), $"exchange {index}: {recording.Exchanges[index].Packet}");
        Assert.That(replies, Has.Count.EqualTo(recording.Exchanges.Count(exchange => exchange.Reply is not null)));
    }

    [Test]
    [Explicit("writes the recordings: scripts/record-sessions.sh")]
    public void WriteRecordings()
    {
        foreach (var trace in Directory.GetFiles(Environment.GetEnvironmentVariable("GDBSTUB_TRACES")!, "*.trace")) Recording.FromTrace(trace).Write();
    }

    private static byte[] Escaped(ReadOnlySpan<byte> payload)
    {
        var escaped = new List<byte>();
        foreach (var value in payload)
        {
            if (value is (byte)'#' or (byte)'$' or (byte)'}' or (byte)'*') escaped.AddRange([(byte)'}', (byte)(value ^ 0x20)]);
            else escaped.Add(value);
        }
        return [.. escaped];
    }
}
