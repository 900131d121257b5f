using System.Buffers;
using System.Diagnostics;
using GdbStub.Frames;
using GdbStub.Transports;

namespace GdbStub.Sessions;

/// <summary>The frames of one connection: reads them, acknowledges packets, and repeats what the client did not get.</summary>
public sealed class Link(Connection connection)
{
    // A client acknowledges what it reads. One that does not within this time has given up, or never meant to.
    private static readonly TimeSpan TimeToAcknowledge = TimeSpan.FromSeconds(10);

    private readonly FrameDecoder _decoder = new(FrameDecoder.PacketSize);
    // While packets are acknowledged the last frame sent stays here until the next one, for a client that asks for it again.
    private readonly ArrayBufferWriter<byte> _last = new();
    private bool _acks = true;
    // How many packets have been read and not yet been acknowledged.
    private int _owedAcks;
    private bool _isOpen;
    private bool _awaitsAck;
    // What came in place of an acknowledgement, for the next TryRead.
    private FrameKind _early;
    // What came while there could be no reply, and the one of them that TryRead has given out.
    private readonly Queue<(FrameKind Kind, byte[] Payload)> _postponed = [];
    private byte[]? _resumed;

    /// <summary>The packet that <see cref="TryRead"/> or <see cref="TryReadAhead"/> found; valid until either is called again.</summary>
    public ReadOnlySpan<byte> Packet => _resumed is { } payload ? payload : _decoder.Payload;

    /// <summary>Whether <see cref="TryRead"/> gives something that was postponed.</summary>
    public bool HasPostponed => _postponed.Count > 0;

    public bool IsClosed => connection.IsClosed;

    /// <summary>True when the client's first byte was none of this protocol; then the connection is closed.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>QStartNoAckMode: from now on packets are neither acknowledged nor checked.</summary>
    public void EndAcks() => (_acks, _awaitsAck) = (false, false);

    /// <summary>
    /// Waits for the client's first packet, which is then <see cref="Packet"/>. Who only looks whether somebody listens costs nothing, and
    /// changes nothing.
    /// </summary>
    /// <returns>False when none came in the time: the client is gone, silent, or <see cref="IsForeign"/>.</returns>
    public bool Open(TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryRead() == FrameKind.Packet) return true;
            var left = timeout - Stopwatch.GetElapsedTime(started);
            if (IsForeign || left <= TimeSpan.Zero || !Receive(left)) return false;
        }
    }

    /// <summary>Waits up to <paramref name="timeout"/> for more bytes; false when none came or the client is gone.</summary>
    public bool Receive(TimeSpan timeout) => connection.Receive(timeout);

    /// <summary>
    /// The next packet, over-long packet or interrupt among the bytes received; <see cref="FrameKind.None"/> when there is none yet. A
    /// packet's acknowledgement leaves with the reply or with <see cref="Flush"/>.
    /// </summary>
    public FrameKind TryRead()
    {
        if (!_postponed.TryDequeue(out var next)) return TryReadAhead();
        _resumed = next.Payload;
        return next.Kind;
    }

    /// <summary>As <see cref="TryRead"/>, but past everything that has been postponed.</summary>
    public FrameKind TryReadAhead()
    {
        _resumed = null;
        var early = _early;
        _early = FrameKind.None;
        return early != FrameKind.None ? early : TryDecode();
    }

    /// <summary>What <see cref="TryReadAhead"/> has found is for <see cref="TryRead"/>, behind what was postponed before.</summary>
    public void Postpone(FrameKind found) => _postponed.Enqueue((found, _decoder.Payload.ToArray()));

    /// <summary>
    /// Sends a packet; its escapes are in place. While packets are acknowledged, the one before must have arrived: a client that asks for
    /// one again does not say for which (GDB manual, Packet Acknowledgment).
    /// </summary>
    public void Send(ReadOnlySpan<byte> payload)
    {
        if (_awaitsAck) AwaitAcknowledgement();
        Write(payload, isNotification: false);
        _awaitsAck = _acks;
    }

    /// <summary>Sends a notification, which is neither acknowledged nor repeated (GDB manual, Notification Packets).</summary>
    public void Notify(ReadOnlySpan<byte> payload) => Write(payload, isNotification: true);

    /// <summary>Sends the acknowledgements that are due.</summary>
    public void Flush()
    {
        if (_owedAcks == 0) return;
        connection.Output.GetSpan(_owedAcks)[.._owedAcks].Fill((byte)'+');
        connection.Output.Advance(_owedAcks);
        _owedAcks = 0;
        connection.Flush();
    }

    /// <summary>Gives the client up.</summary>
    public void Close() => connection.Abort();

    /// <summary>Makes the frame where it is sent from, in one piece with the acknowledgements that are due: one send(2).</summary>
    private void Write(ReadOnlySpan<byte> payload, bool isNotification)
    {
        var output = connection.Output.GetSpan(_owedAcks + payload.Length + FrameEncoder.Overhead);
        output[.._owedAcks].Fill((byte)'+');
        var length = FrameEncoder.Encode(payload, output[_owedAcks..], isNotification);
        if (!isNotification) _last.ResetWrittenCount();
        if (_acks && !isNotification) _last.Write(output.Slice(_owedAcks, length));
        connection.Output.Advance(_owedAcks + length);
        _owedAcks = 0;
        connection.Flush();
    }

    private void AwaitAcknowledgement()
    {
        while (_awaitsAck && _early == FrameKind.None)
        {
            _early = TryDecode();
            if (_awaitsAck && _early == FrameKind.None && !connection.Receive(TimeToAcknowledge)) return;
        }
    }

    private FrameKind TryDecode()
    {
        while (connection.Input.TryRead(out var received))
        {
            var found = FrameKind.None;
            long used = 0;
            foreach (var segment in received.Buffer)
            {
                var bytes = segment.Span;
                if (!_isOpen && !IsOpenedBy(bytes)) break;
                found = _decoder.Decode(ref bytes);
                used += segment.Length - bytes.Length;
                if (found != FrameKind.None) break;
            }
            connection.Input.AdvanceTo(received.Buffer.GetPosition(used));
            if (IsForeign || (found == FrameKind.None && used == received.Buffer.Length)) return FrameKind.None;
            if (Settle(found) is var frame && frame != FrameKind.None) return frame;
        }
        return FrameKind.None;
    }

    private bool IsOpenedBy(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty) (_isOpen, IsForeign) = (FrameDecoder.CanOpen(bytes[0]), !FrameDecoder.CanOpen(bytes[0]));
        return !IsForeign;
    }

    /// <summary>Deals with what concerns the frames alone; <see cref="FrameKind.None"/> when that was all.</summary>
    private FrameKind Settle(FrameKind found)
    {
        switch (found)
        {
            // Without acknowledgements nobody would hear of it, and the stream is a reliable one (GDB manual, Packet Acknowledgment).
            case FrameKind.BadChecksum when !_acks:
                return FrameKind.Packet;
            case FrameKind.BadChecksum:
                Flush();
                connection.Output.Write("-"u8);
                connection.Flush();
                return FrameKind.None;
            case FrameKind.Nak:
                connection.Output.Write(_last.WrittenSpan);
                connection.Flush();
                return FrameKind.None;
            case FrameKind.Ack:
                _awaitsAck = false;
                return FrameKind.None;
            case FrameKind.Packet or FrameKind.TooLong:
                // Who has gone on to another packet has read the last one.
                _awaitsAck = false;
                if (_acks) _owedAcks++;
                return found;
            case FrameKind.Interrupt:
                return found;
            default:
                return FrameKind.None;
        }
    }
}
