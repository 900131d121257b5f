using System.Text;
using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>Sessions of the whole server on one thread: they begin, do something and end, again and again.</summary>
public sealed class WholeServerTests
{
    [Test]
    [CancelAfter(120_000)]
    public void SessionsEndWithTheirMachines([Values] bool hasRun)
    {
        using var server = new WholeServer();
        for (var session = 0; session < 50; session++) Serve(server, hasRun ? ["QStartNoAckMode", "?", "s", "s", "s"] : ["QStartNoAckMode", "?"]);
    }

    /// <summary>The first packet holds the only thread, which a signal alone does not wake.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void AHeldProgramIsKilled()
    {
        using var server = new WholeServer();
        Assert.That(Serve(server, "QStartNoAckMode", "vCont;t", "k"), Does.EndWith("$E03#a8$X09#c1"));
    }

    /// <summary>/dev/zero has no end; a directory, a file that is not there and a path that is none have no bytes.</summary>
    [TestCase("2f6465762f7a65726f")]
    [TestCase("2f6e6f6e65")]
    [TestCase("2f746d70")]
    [TestCase("2f610062")]
    [TestCase("2")]
    [CancelAfter(60_000)]
    public void OnlyFilesHaveAChecksum(string path)
    {
        using var server = new WholeServer();
        Assert.That(Serve(server, "QStartNoAckMode", "vFile:MD5:" + path), Does.EndWith("OK#9a$F,x#ea"));
    }

    /// <summary>No all-stop client says anything but the interrupt while a program runs; one that does can still stop it.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void AnInterruptIsSeenBehindPacketsThatWaitForTheStop([Values] bool inOnePiece)
    {
        byte[][] pieces = [Frame("vCont;c"), Frame("qEcho:1"), Frame("qC"), [3]];
        Assert.That(
            HeardOfLoop(out _, speaksWhileRunning: true, inOnePiece ? [pieces.SelectMany(piece => piece).ToArray()] : pieces),
            Does.Match(@"^\$T02.*#..\$qEcho:1#..\$QC[0-9a-f]+#..$"));
    }

    /// <summary>Nothing may be waited for when what the client has to say is there.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void AnInterruptInOnePieceWithTheResumptionIsSeenAtOnce()
    {
        Assert.That(HeardOfLoop(out var looks, speaksWhileRunning: false, [.. Frame("vCont;c"), 3]), Does.Match(@"^\$T02.*#..$"));
        Assert.That(looks, Is.Zero);
    }

    /// <summary>A packet that is too long is answered after the stop, as if it had come then.</summary>
    [Test]
    [CancelAfter(60_000)]
    public void APacketThatIsTooLongWaitsForTheStopToo()
    {
        var tooLong = Frame(new string('a', FrameDecoder.PacketSize + 1));
        Assert.That(
            HeardOfLoop(out _, speaksWhileRunning: true, [.. Frame("vCont;c"), .. tooLong, 3]), Does.Match(@"^\$T02.*#..\$E16#..$"));
    }

    /// <summary>g copies many registers at once, p each by itself; each has a value that no other has.</summary>
    [Test]
    public void AllRegistersTogetherAreEachOfThem([Values("amd64", "arm64")] string architecture)
    {
        using var server = new WholeServer(architecture: architecture);
        string[] begin = ["QStartNoAckMode", "?"], each = [.. Enumerable.Range(0, 100).Select(number => $"p{number:x}")];
        var sizes = Replies(server, [.. begin, .. each]).Skip(begin.Length).TakeWhile(value => !value.StartsWith('E')).Select(value => value.Length).ToArray();
        string[] writes = [.. sizes.Select((digits, number) => $"P{number:x}={string.Concat(Enumerable.Range(0, digits / 2).Select(at => $"{(number * 16 + at) & 255:x2}"))}")];
        var replies = Replies(server, [.. begin, .. writes, "g", .. each[..sizes.Length]]).Skip(begin.Length).ToArray();
        Assert.That(replies.Take(sizes.Length).Count(reply => reply == "OK"), Is.GreaterThan(sizes.Length - 16), "the kernel refuses some");
        Assert.That(replies[sizes.Length], Is.EqualTo(string.Concat(replies.Skip(sizes.Length + 1))));
    }

    private static List<string> Replies(WholeServer server, params string[] packets)
    {
        var (replies, decoder) = (new List<string>(), new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true));
        var sent = (ReadOnlySpan<byte>)Encoding.Latin1.GetBytes(Serve(server, packets));
        while (!sent.IsEmpty)
            if (decoder.Decode(ref sent) == FrameKind.Packet) replies.Add(Encoding.Latin1.GetString(decoder.Payload));
        return replies;
    }

    private static byte[] Frame(string packet) => ScriptedConnection.Frame(Encoding.ASCII.GetBytes(packet));

    /// <summary>
    /// What the server says to a client of a program that loops for ever, which says these things as soon as it is listened to.
    /// </summary>
    /// <param name="looks">How often the server looked whether the client has more to say and found nothing.</param>
    private static string HeardOfLoop(out int looks, bool speaksWhileRunning, params byte[][] pieces)
    {
        using var server = new WholeServer();
        var pc = ProgramCounter(Serve(server, "QStartNoAckMode", "p10"));
        var heard = new StringBuilder();
        // jmp to itself
        Queue<byte[]> queue = new([Frame("QStartNoAckMode"), Frame($"M{pc:x},2:ebfe"), .. pieces]);
        var connection = new ScriptedConnection(
            () => queue.TryDequeue(out var piece) ? piece : null, bytes => heard.Append(Encoding.Latin1.GetString(bytes.Span)))
        {
            SpeaksWhileRunning = speaksWhileRunning,
        };
        server.Serve(connection);
        looks = connection.Looks;
        // A client that does not wait may have said its second word before it gets the first reply.
        const string ready = "$OK#9a$OK#9a";
        var all = heard.ToString().TrimStart('+');
        Assert.That(all, Does.StartWith(ready));
        return all[ready.Length..];
    }

    /// <summary>The register in the last of <paramref name="replies"/>, whose zeros are a run.</summary>
    private static ulong ProgramCounter(string replies)
    {
        var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
        ReadOnlySpan<byte> rest = Encoding.Latin1.GetBytes(replies[replies.LastIndexOf('$')..]);
        Assert.That(decoder.Decode(ref rest), Is.EqualTo(FrameKind.Packet));
        return BitConverter.ToUInt64(Convert.FromHexString(decoder.Payload));
    }

    private static string Serve(WholeServer server, params string[] packets)
    {
        var sent = new StringBuilder();
        Queue<string> queue = new(packets);
        server.Serve(new ScriptedConnection(
            () => queue.TryDequeue(out var packet) ? ScriptedConnection.Frame(Encoding.ASCII.GetBytes(packet)) : null,
            bytes => sent.Append(Encoding.Latin1.GetString(bytes.Span))));
        return sent.ToString();
    }
}
