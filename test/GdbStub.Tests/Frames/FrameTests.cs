using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GdbStub.Frames;
using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Frames;

/// <summary>Frames in both directions, and everything that is none.</summary>
public class FrameTests
{
    [TestCase("OK", "$OK#9a")]
    [TestCase("", "$#00")]
    [TestCase("000000", "$0*\"#7c", Description = "the shortest run that is worth while")]
    [TestCase("00000", "$00000#f0", Description = "too short a run")]
    [TestCase("0000000", "$0*\"0#ac", Description = "six repeats would be '#'")]
    [TestCase("00000000", "$0*\"00#dc", Description = "seven repeats would be '$'")]
    public void Encodes(string payload, string frame) => Assert.That(Text(Encode(Encoding.ASCII.GetBytes(payload))), Is.EqualTo(frame));

    [Test]
    public void EncodedRunsAreNeverCountedByCharactersOfTheProtocol()
    {
        for (var length = 1; length < 400; length++)
        {
            var frame = Encode(Enumerable.Repeat((byte)'x', length).ToArray());
            var body = Text(frame)[1..^3];
            Assert.That(body, Does.Not.Contain("#").And.Not.Contain("$").And.Not.Contain("+").And.Not.Contain("-"), $"length {length}");
            Assert.That(body, Has.All.InRange(' ', '~'));
            Assert.That(DecodeAll(frame, expandsRuns: true), Is.EqualTo([$"Packet {new string('x', length)}"]));
        }
    }

    [Test]
    public void NoRunBeginsWithAnEscapedByte()
    {
        // The bytes '#', 3, 3, 3, 3, 3, 3: the escape of '#' is '}' and 3.
        var reply = new ReplyBuffer(new Client()).Binary("#\u0003\u0003\u0003\u0003\u0003\u0003"u8);
        Assert.That(Text(Encode(reply.Bytes)), Does.StartWith("$}\u0003\u0003*\"#"));
    }

    [Test]
    public void BinaryRepliesSurvive() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Bytes().ToArbitrary(),
        bytes =>
        {
            var frame = Encode(new ReplyBuffer(new Client()).Binary(bytes).Bytes);
            var input = (ReadOnlySpan<byte>)frame;
            var decoder = new FrameDecoder(FrameDecoder.PacketSize, expandsRuns: true);
            return decoder.Decode(ref input) == FrameKind.Packet && input.IsEmpty && decoder.Payload.SequenceEqual(bytes);
        }));

    /// <summary>Long replies are copied and searched in blocks: runs and escapes of all lengths stand at every place of one.</summary>
    [Test]
    public void LongRepliesAreWhatTheShortestLoopMakes()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 3000; trial++)
        {
            var bytes = new byte[random.Next(700)];
            var (fewest, most) = (random.Next(1, 40), random.Next(1, 200));
            for (var at = 0; at < bytes.Length;)
            {
                var run = Math.Min(bytes.Length - at, random.Next(4) == 0 ? random.Next(most) + 1 : random.Next(fewest) + 1);
                bytes.AsSpan(at, run).Fill(random.Next(3) == 0 ? "#$}*\u0003\0"u8[random.Next(6)] : (byte)random.Next(256));
                at += run;
            }
            var reply = new ReplyBuffer(new Client()).Text('b').Binary(bytes);
            Assert.That(reply.Bytes.SequenceEqual(Escaped(bytes)), $"escapes of {Convert.ToHexString(bytes)}");
            Assert.That(Encode(reply.Bytes).AsSpan()[1..^3].SequenceEqual(WithRuns(reply.Bytes)), $"runs of {Convert.ToHexString(bytes)}");
        }

        static byte[] Escaped(byte[] bytes) => [(byte)'b', .. bytes.SelectMany<byte, byte>(
            value => "#$}*"u8.Contains(value) ? [(byte)'}', (byte)(value ^ 0x20)] : [value])];

        static byte[] WithRuns(ReadOnlySpan<byte> payload)
        {
            var encoded = new List<byte>();
            for (var at = 0; at < payload.Length; at++)
            {
                var length = 1;
                while (length < 98 && at + length < payload.Length && payload[at + length] == payload[at]) length++;
                while (length - 1 + 29 is '#' or '$' or '+' or '-') length--;
                encoded.Add(payload[at]);
                if (length < 6 || payload[at] == '}' || at > 0 && payload[at - 1] == '}') continue;
                encoded.AddRange([(byte)'*', (byte)(length - 1 + 29)]);
                at += length - 1;
            }
            return [.. encoded];
        }
    }

    [TestCase(0, ExpectedResult = 1000)]
    [TestCase(1, ExpectedResult = 999)]
    [TestCase(100, ExpectedResult = 900)]
    [TestCase(1000, ExpectedResult = 500)]
    public int AsManyBinaryBytesAreSentAsFitWithTheirEscapes(int escaped)
    {
        var bytes = new byte[1500];
        bytes.AsSpan(0, escaped).Fill((byte)'}');
        var fitting = BinaryEscapes.Fitting(bytes, 1000);
        Assert.That(BinaryEscapes.Write(bytes.AsSpan(0, fitting), new byte[3000]), Is.InRange(900, 1000));
        Assert.That(BinaryEscapes.Fitting(bytes.AsSpan(0, 7), 1000), Is.EqualTo(7));
        return fitting;
    }

    [Test]
    public void GarbageNeverThrowsAndIsAlwaysUsedUp() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
        Garbage().ToArbitrary(),
        bytes =>
        {
            _ = DecodeAll(bytes, expandsRuns: false, limit: 64);
            _ = DecodeAll(bytes, expandsRuns: true, limit: 64);
            // Whatever came before, the next good packet is found: a '$' starts anew wherever it stands, unless a checksum's digits are
            // due.
            return DecodeAll([.. bytes, .. "##00$g#67"u8], expandsRuns: false, limit: 64)[^1] == "Packet g";
        }));

    [Test]
    public void CutAnywhereTheFramesAreTheSame()
    {
        var stream = "+$qSupported:x+#9a-\u0003$X10,4:a}\u0003b}]#99$m0,4#fd$bad#00+\u0003junk$lost$g#67$ #zz"u8.ToArray();
        var whole = DecodeAll(stream, expandsRuns: false);
        Assert.That(whole, Has.Count.GreaterThan(8));
        for (var cut = 0; cut <= stream.Length; cut++)
            Assert.That(Decode([stream[..cut], stream[cut..]]), Is.EqualTo(whole), $"cut at {cut}");
        Assert.That(Decode(stream.Select(value => new[] { value })), Is.EqualTo(whole));
    }

    [TestCase("$g#67", new[] { "Packet g" })]
    [TestCase("$g#FF", new[] { "BadChecksum" })]
    [TestCase("$g#6x", new[] { "BadChecksum" })]
    [TestCase("$J#4A", new[] { "Packet J" }, Description = "capital digits")]
    [TestCase("+-\u0003", new[] { "Ack", "Nak", "Interrupt" })]
    [TestCase("\u00ff\u00f3\u00ff$?#3f\u00f3", new[] { "Interrupt", "Packet ?" }, Description = "telnet's BREAK, and halves of it")]
    [TestCase("hello", new string[0])]
    [TestCase("$lost$g#67", new[] { "Packet g" })]
    [TestCase("$a*b#ed", new[] { "Packet a*b" }, Description = "clients send no runs")]
    [TestCase("$X0,1:\u0003#22", new[] { "Packet X0,1:\u0003" }, Description = "0x03 inside a packet is data")]
    public void Decodes(string stream, string[] frames) =>
        Assert.That(DecodeAll(Encoding.Latin1.GetBytes(stream), expandsRuns: false), Is.EqualTo(frames));

    [Test]
    public void APacketBeyondTheLimitIsReportedAndTheNextIsRead()
    {
        var stream = Encoding.ASCII.GetBytes("$" + new string('a', 17) + "#00$" + new string('b', 16) + "#20");
        Assert.That(DecodeAll(stream, expandsRuns: false, limit: 16), Is.EqualTo(["TooLong", "Packet " + new string('b', 16)]));
    }

    [Test]
    public void AnEndlessPacketTakesNoMemory()
    {
        var decoder = new FrameDecoder(limit: 1024);
        var chunk = Enumerable.Repeat((byte)'a', 64 * 1024).ToArray();
        var start = (ReadOnlySpan<byte>)"$"u8;
        decoder.Decode(ref start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++)
        {
            var input = (ReadOnlySpan<byte>)chunk;
            Assert.That(decoder.Decode(ref input) == FrameKind.None);
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(chunk.Length));
    }

    [TestCase('+', true)]
    [TestCase('$', true)]
    [TestCase('-', true)]
    [TestCase('\u0003', true)]
    [TestCase('G', false)]
    [TestCase('P', false)]
    [TestCase('\u0016', false)]
    public void KnowsItsClientsByTheFirstByte(char first, bool canOpen) =>
        Assert.That(FrameDecoder.CanOpen((byte)first), Is.EqualTo(canOpen));

    private static Gen<byte[]> Bytes() =>
        // Few values, so that runs and characters that need an escape are frequent.
        Gen.OneOf(
            Gen.Elements<byte>((byte)'#', (byte)'$', (byte)'}', (byte)'*', 3, 0, (byte)'0').ArrayOf(),
            Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(),
            Gen.Choose(0, 500).Select(length => new byte[length]));

    private static Gen<byte[]> Garbage() =>
        Gen.Elements<byte>((byte)'#', (byte)'$', (byte)'}', (byte)'*', (byte)'+', (byte)'-', 3, 0, 255, (byte)'0', (byte)'6', (byte)'7',
            (byte)'g', (byte)'~').ArrayOf();

    private static byte[] Encode(ReadOnlySpan<byte> payload)
    {
        var output = new byte[payload.Length + FrameEncoder.Overhead];
        return output[..FrameEncoder.Encode(payload, output)];
    }

    private static List<string> DecodeAll(byte[] stream, bool expandsRuns, int limit = FrameDecoder.PacketSize) =>
        Decode([stream], expandsRuns, limit);

    private static List<string> Decode(IEnumerable<byte[]> pieces, bool expandsRuns = false, int limit = FrameDecoder.PacketSize)
    {
        var decoder = new FrameDecoder(limit, expandsRuns);
        var frames = new List<string>();
        foreach (var piece in pieces)
        {
            var input = (ReadOnlySpan<byte>)piece;
            while (decoder.Decode(ref input) is var kind && kind != FrameKind.None)
                frames.Add(kind == FrameKind.Packet ? "Packet " + Text(decoder.Payload) : kind.ToString());
            Assert.That(input.IsEmpty);
        }
        return frames;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
