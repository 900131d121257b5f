using System.Text;
using GdbStub.Frames;
using NUnit.Framework;

namespace GdbStub.Tests.Whole;

/// <summary>
/// A client that sends generated packets, some of them mutated, and behind each an echo: it fails when the echo does not come back, or when
/// a packet that was whole had no reply or several.
/// </summary>
internal sealed class FuzzClient
{
    // How the clients that there are begin, and one that says nothing of itself.
    private static readonly string[][] Beginnings =
    [
        [Packets.PacketClient.Gdb13, "QStartNoAckMode", "?"],
        [Packets.PacketClient.Gdb16, "QStartNoAckMode", "?"],
        ["QStartNoAckMode", "qSupported:multiprocess+;fork-events+;vfork-events+", "QThreadSuffixSupported", "QListThreadsInStopReply",
            "QEnableErrorStrings", "?"],
        ["?"],
        ["qC"],
    ];

    private readonly Random _random;
    private readonly Queue<string> _beginning;
    private readonly PacketGenerator _generator;
    private readonly FrameDecoder _decoder = new(int.MaxValue, expandsRuns: true);
    private readonly int _packets;
    private int _sent;
    private int _echo;
    private int _replies;
    private bool _isEchoed = true;
    private bool _echoIsDue;
    private bool _isWhole;
    private byte[] _last = [];

    /// <param name="packets">How many to send before it leaves.</param>
    public FuzzClient(Random random, IReadOnlyList<string> names, int packets)
    {
        (_random, _packets) = (random, packets);
        _generator = new PacketGenerator(random, names);
        _beginning = new Queue<string>(Beginnings[random.Next(Beginnings.Length)]);
        Connection = new ScriptedConnection(Next, Received) { Patience = random.Next(4) };
    }

    public ScriptedConnection Connection { get; }

    public int Sent => _sent;

    /// <summary>What it said last, for the report of a failure.</summary>
    public string Last => Encoding.Latin1.GetString(_last);

    /// <summary>All that it has said, mutated as it was, but for the echoes.</summary>
    public List<string> History { get; } = [];

    /// <summary>
    /// The packet behind each other packet, whose reply shows that the server has read that one. The generator makes echoes of numbers alone: if it
    /// made this one, the server would take the client's for a repetition.
    /// </summary>
    private byte[] Echo => Encoding.ASCII.GetBytes($"qEcho:own{_echo:x}");

    private byte[]? Next()
    {
        if (_echoIsDue)
        {
            _echoIsDue = _isEchoed = false;
            _echo++;
            // A frame that was left open is closed first.
            return [.. "#00"u8, .. Frame(Echo)];
        }
        Assert.That(_isEchoed, Is.True, () => $"no reply to the echo behind {Last}");
        if (_isWhole && _last.Length > 0) Assert.That(_replies, Is.EqualTo(IsSilent(_last) ? 0 : 1), () => $"replies to {Last}");
        _isWhole = true;
        _replies = 0;
        if (_sent == _packets) return null;
        if (_beginning.TryDequeue(out var first)) return Frame(_last = Encoding.ASCII.GetBytes(first));
        _sent++;
        _echoIsDue = true;
        var payload = _generator.Next();
        _last = payload;
        _isWhole = _random.Next(3) > 0;
        var bytes = _isWhole ? Frame(payload) : Mutated(payload);
        History.Add(Encoding.Latin1.GetString(bytes));
        return bytes;
    }

    /// <summary>
    /// Only R has no reply by the protocol. A client that says no more than an acknowledged qSupported gets each packet acknowledged: signs
    /// are no replies.
    /// </summary>
    private static bool IsSilent(byte[] payload) => payload.Length > 0 && payload[0] == 'R';

    private byte[] Frame(ReadOnlySpan<byte> payload) => ScriptedConnection.Frame(payload);

    private byte[] Mutated(byte[] payload)
    {
        var bytes = Frame(payload).ToList();
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var at = _random.Next(bytes.Count);
            switch (_random.Next(8))
            {
                case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: bytes.RemoveRange(at, bytes.Count - at); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)_random.Next(256)); break;
                case 4: bytes.InsertRange(at, Frame(payload)); break;
                case 5: bytes.Insert(at, "+-$\u0003#}*"u8[_random.Next(7)]); break;
                case 6: return Frame([.. payload[..(at % (payload.Length + 1))]]);
                default: return Frame([.. payload, .. payload, .. payload]);
            }
            if (bytes.Count == 0) bytes.Add((byte)'+');
        }
        return [.. bytes];
    }

    private void Received(ReadOnlyMemory<byte> sent)
    {
        for (var rest = sent.Span; !rest.IsEmpty;)
        {
            if (_decoder.Decode(ref rest) != FrameKind.Packet) continue;
            var payload = _decoder.Payload;
            if (payload is [(byte)'O', _, ..] && !payload.SequenceEqual("OK"u8)) continue;
            if (!_isEchoed && payload.SequenceEqual(Echo)) _isEchoed = true;
            else _replies++;
            Learn(payload);
        }
    }

    /// <summary>Where the program stands, so that packets meet it.</summary>
    private void Learn(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload[0] != 'T' || payload.IndexOf("thread:p"u8) is var at && at < 0) return;
        var id = Encoding.ASCII.GetString(payload[(at + 8)..]).Split(';')[0].Split('.');
        if (id.Length == 2 && int.TryParse(id[0], System.Globalization.NumberStyles.HexNumber, null, out var pid)
            && int.TryParse(id[1], System.Globalization.NumberStyles.HexNumber, null, out var lwp)) (_generator.Pid, _generator.Thread) = (pid, lwp);
        var pc = payload.IndexOf(";10:"u8);
        if (pc < 0 || payload.Length < pc + 20) return;
        var address = BitConverter.ToUInt64(Convert.FromHexString(payload.Slice(pc + 4, 16)));
        if (_generator.Addresses.Count < 40) _generator.Addresses.Add(address);
        else _generator.Addresses[_random.Next(6, 40)] = address;
    }
}
