using System.Text;
using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>In its steady state a session makes no garbage: neither for a packet, nor for a step, a stop or a condition.</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    private const int Warm = 2000, Counted = 1000, Windows = 3;

    [TestCase("qC")]
    [TestCase("g")]
    [TestCase("p10")]
    [TestCase("P0=0000000000000000")]
    [TestCase("mPC,40")]
    [TestCase("mPC,4000")]
    [TestCase("xPC,4000")]
    [TestCase("MPC,1:90")]
    [TestCase("XPC,1:\u0090")]
    [TestCase("s")]
    [TestCase("vCont;s")]
    [TestCase("HgTHREAD")]
    [TestCase("TTHREAD")]
    [TestCase("?")]
    [TestCase("QPassSignals:e;10;14;17;1a;1b;1c;21;24;25;2c;4c;97")]
    [TestCase("z0,PC,1", "s", "Z0,PC,1", "c", Description = "a breakpoint hit and passed")]
    [TestCase("P10=RIP", "vCont;rLOOP,END", Description = "a line of a hundred instructions")]
    [TestCase("qSearch:memory:PC;10;x")]
    [TestCase("qXfer:siginfo:write::20:x")]
    public void NothingIsAllocated(params string[] packets)
    {
        using var server = new WholeServer();
        var client = new CountingClient(packets);
        server.Serve(client.Connection);
        TestContext.Out.WriteLine($"bytes in each {Counted} rounds: {string.Join(' ', client.Allocated)}");
        // Now and then a collection has the pools begin anew; what a packet allocates is there every time.
        Assert.That(client.Allocated.Min(), Is.Zero);
    }

    /// <summary>Sets a program up that loops for ever, sends the same packets many times and counts what that allocates.</summary>
    private sealed class CountingClient
    {
        // mov ecx, 50; dec ecx; jne; nop; jmp: a hundred instructions, then a place to stop at.
        private const string Loop = "b932000000ffc975fc90ebf4";
        private readonly List<byte[]> _frames = [];
        private readonly string[] _packets;
        private readonly FrameDecoder _decoder = new(FrameDecoder.PacketSize, expandsRuns: true);
        private int _sent = -1;
        private string _last = "";
        private IEnumerator<string>? _beginning;
        private bool _keeps = true;
        private long _before;

        public CountingClient(string[] packets)
        {
            _packets = packets;
            Connection = new ScriptedConnection(Next, Received);
        }

        public ScriptedConnection Connection { get; }

        /// <summary>The bytes of each window.</summary>
        public List<long> Allocated { get; } = new(Windows);

        private byte[]? Next()
        {
            _beginning ??= Begin().GetEnumerator();
            if (_sent < 0)
            {
                if (_beginning.MoveNext()) return ScriptedConnection.Frame(Encoding.Latin1.GetBytes(_beginning.Current));
                _keeps = false;
                _sent = 0;
            }
            var (round, inRound) = (_sent / _frames.Count, _sent % _frames.Count);
            if (inRound == 0 && round >= Warm && (round - Warm) % Counted == 0)
            {
                var now = GC.GetAllocatedBytesForCurrentThread();
                if (round > Warm) Allocated.Add(now - _before);
                if (Allocated.Count == Windows) return null;
                _before = GC.GetAllocatedBytesForCurrentThread();
            }
            return _frames[_sent++ % _frames.Count];
        }

        private IEnumerable<string> Begin()
        {
            yield return "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+";
            yield return "QStartNoAckMode";
            yield return "?";
            var thread = _last[(_last.IndexOf("thread:", StringComparison.Ordinal) + 7)..].Split(';')[0];
            yield return "p10";
            var pc = BitConverter.ToUInt64(Convert.FromHexString(_last));
            yield return $"M{pc:x},{Loop.Length / 2:x}:{Loop}";
            Assert.That(_last, Is.EqualTo("OK"));
            if (_packets.Length > 2)
            {
                yield return $"Z0,{pc + 9:x},1";
                yield return "c";
                Assert.That(_last, Does.StartWith("T05swbreak"));
            }
            foreach (var packet in _packets)
            {
                var text = packet.Replace("LOOP", $"{pc:x}", StringComparison.Ordinal).Replace("END", $"{pc + 9:x}", StringComparison.Ordinal)
                    .Replace("RIP", Convert.ToHexStringLower(BitConverter.GetBytes(pc)), StringComparison.Ordinal)
                    .Replace("PC", $"{pc + 9:x}", StringComparison.Ordinal).Replace("THREAD", thread, StringComparison.Ordinal);
                _frames.Add(ScriptedConnection.Frame(Encoding.Latin1.GetBytes(text)));
            }
        }

        private void Received(ReadOnlyMemory<byte> bytes)
        {
            if (!_keeps) return;
            for (var rest = bytes.Span; !rest.IsEmpty;)
                if (_decoder.Decode(ref rest) == FrameKind.Packet) _last = Encoding.Latin1.GetString(_decoder.Payload);
        }
    }
}
