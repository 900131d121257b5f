using System.Buffers;

namespace GdbStub.Frames;

/// <summary>
/// Takes frames out of a stream of bytes, however it is cut (GDB manual, Overview). It never fails: what is no frame is skipped.
/// </summary>
/// <param name="limit">The longest payload accepted, in bytes as sent.</param>
/// <param name="expandsRuns">Undo run-length encoding, as clients must; servers take '*' for itself, since clients do not send
/// runs.</param>
public sealed class FrameDecoder(int limit, bool expandsRuns = false)
{
    /// <summary>The payload that the server announces as PacketSize, and accepts.</summary>
    public const int PacketSize = 0x20000;

    private const byte Escape = (byte)'}', Break = 0xf3;
    private static readonly SearchValues<byte> Special = SearchValues.Create("$#}"u8);
    private static readonly SearchValues<byte> SpecialWithRuns = SearchValues.Create("$#}*"u8);

    private readonly SearchValues<byte> _special = expandsRuns ? SpecialWithRuns : Special;
    private byte[] _payload = new byte[1024];
    private int _length;
    private int _received;
    private bool _tooLong;
    private byte _sum;
    private int _firstDigit;
    private State _state;

    private enum State
    {
        Between,
        Command,
        Payload,
        Escaped,
        Run,
        FirstDigit,
        SecondDigit,
    }

    /// <summary>The packet just found, escapes and runs undone; valid until the next <see cref="Decode"/>.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _length);

    /// <summary>
    /// Whether a client of this protocol can begin with <paramref name="first"/>: a web page that posts to loopback begins otherwise.
    /// </summary>
    public static bool CanOpen(byte first) => first is (byte)'+' or (byte)'-' or (byte)'$' or 3;

    /// <summary>
    /// Takes the next frame off the front of <paramref name="input"/>; <see cref="FrameKind.None"/> when all of it is used.
    /// </summary>
    public FrameKind Decode(ref ReadOnlySpan<byte> input)
    {
        for (var used = 0; used < input.Length; used++)
        {
            if (_state == State.Payload)
            {
                used += TakePlain(input[used..]);
                if (used == input.Length) break;
            }
            var found = Take(input[used]);
            if (found == FrameKind.None) continue;
            input = input[(used + 1)..];
            return found;
        }
        input = default;
        return FrameKind.None;
    }

    /// <summary>Takes the bytes that stand for themselves, many at a time.</summary>
    private int TakePlain(ReadOnlySpan<byte> input)
    {
        var count = input.IndexOfAny(_special);
        if (count < 0) count = input.Length;
        var plain = input[..count];
        _sum += FrameEncoder.Checksum(plain);
        if (Receive(count))
        {
            Reserve(count);
            plain.CopyTo(_payload.AsSpan(_length));
            _length += count;
        }
        return count;
    }

    private FrameKind Take(byte value)
    {
        switch (_state)
        {
            case State.Between: return TakeBetween(value);
            case State.Command: return TakeCommand(value);
            case State.FirstDigit: return TakeFirstDigit(value);
            case State.SecondDigit: return TakeSecondDigit(value);
            default: return TakePayload(value);
        }
    }

    private FrameKind TakeBetween(byte value)
    {
        switch (value)
        {
            case (byte)'$': Start(); return FrameKind.None;
            case (byte)'+': return FrameKind.Ack;
            case (byte)'-': return FrameKind.Nak;
            case 3: return FrameKind.Interrupt;
            // Telnet's IAC BREAK: what gdb sends over TCP after "set remote interrupt-sequence BREAK".
            case 0xff: _state = State.Command; return FrameKind.None;
            default: return FrameKind.None;
        }
    }

    private FrameKind TakeCommand(byte value)
    {
        _state = State.Between;
        return value == Break ? FrameKind.Interrupt : TakeBetween(value);
    }

    private FrameKind TakePayload(byte value)
    {
        // Neither may occur inside a packet, even escaped: a '$' means that the end of the packet before it was lost.
        if (value == '$')
        {
            Start();
            return FrameKind.None;
        }
        if (value == '#')
        {
            _state = State.FirstDigit;
            return FrameKind.None;
        }
        _sum += value;
        if (Receive(1)) Append(value);
        return FrameKind.None;
    }

    /// <summary>Counts payload bytes; false once they are more than the limit.</summary>
    private bool Receive(int count)
    {
        if (count > limit - _received) _tooLong = true;
        else _received += count;
        return !_tooLong;
    }

    private void Append(byte value)
    {
        if (_state == State.Escaped)
        {
            _state = State.Payload;
            Store((byte)(value ^ 0x20));
        }
        else if (_state == State.Run)
        {
            _state = State.Payload;
            if (_length == 0) return;
            var repeated = _payload[_length - 1];
            for (var count = value - 29; count > 0; count--) Store(repeated);
        }
        else if (value == Escape)
        {
            _state = State.Escaped;
        }
        else if (value == '*' && expandsRuns)
        {
            _state = State.Run;
        }
        else
        {
            Store(value);
        }
    }

    private FrameKind TakeFirstDigit(byte value)
    {
        _firstDigit = Digit(value);
        _state = State.SecondDigit;
        return FrameKind.None;
    }

    private FrameKind TakeSecondDigit(byte value)
    {
        _state = State.Between;
        if (_tooLong) return FrameKind.TooLong;
        var second = Digit(value);
        return _firstDigit >= 0 && second >= 0 && _firstDigit << 4 == (_sum & 0xf0) && second == (_sum & 15) ? FrameKind.Packet
            : FrameKind.BadChecksum;
    }

    private void Start()
    {
        _state = State.Payload;
        _length = _received = 0;
        _tooLong = false;
        _sum = 0;
    }

    private void Store(byte value)
    {
        Reserve(1);
        _payload[_length++] = value;
    }

    private void Reserve(int count)
    {
        if (_payload.Length - _length < count) Array.Resize(ref _payload, Math.Max(_payload.Length * 2, _length + count));
    }

    private static int Digit(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };
}
