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
    private readonly RepeatFilter _repeats = new();
    private bool _acks = true;
    private bool _isOpen;
    private bool _awaitsAck;
    // Frames that were decoded before anybody asked for them, for TryReadAhead.
    private readonly Queue<(FrameKind Kind, byte[] Payload)> _arrived = [];
    // Frames that came while there could be no reply to them, for TryRead.
    private readonly Queue<(FrameKind Kind, byte[] Payload)> _postponed = [];
    // The payload of the last frame that came out of either queue.
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
    /// packet is acknowledged as soon as it is read: a client that waits for its acknowledgement for too long sends the packet again.
    /// </summary>
    public FrameKind TryRead() => _postponed.TryDequeue(out var next) ? Resume(next) : TryReadAhead();

    /// <summary>As <see cref="TryRead"/>, but past everything that has been postponed.</summary>
    public FrameKind TryReadAhead()
    {
        if (_arrived.TryDequeue(out var next)) return Resume(next);
        _resumed = null;
        return TryDecode();
    }

    /// <summary>What <see cref="TryReadAhead"/> has found is for <see cref="TryRead"/>, behind what was postponed before.</summary>
    public void Postpone(FrameKind found) => _postponed.Enqueue((found, Packet.ToArray()));

    /// <summary>
    /// Sends a packet; its escapes are in place. While packets are acknowledged, the one before must have arrived: a client that asks for
    /// one again does not name it (GDB manual, Packet Acknowledgment).
    /// </summary>
    public void Send(ReadOnlySpan<byte> payload)
    {
        // A client that is turned away before it has been listened to gets that word alone.
        if (_acks && _isOpen) TakeArrived();
        if (_awaitsAck) AwaitAcknowledgement();
        Write(payload, isNotification: false);
        _awaitsAck = _acks;
        _repeats.Answered();
    }

    /// <summary>Sends a notification, which is neither acknowledged nor repeated (GDB manual, Notification Packets).</summary>
    public void Notify(ReadOnlySpan<byte> payload) => Write(payload, isNotification: true);

    /// <summary>Gives the client up.</summary>
    public void Close() => connection.Abort();

    /// <summary>Makes the frame where it is sent from: one send(2).</summary>
    private void Write(ReadOnlySpan<byte> payload, bool isNotification)
    {
        var output = connection.Output.GetSpan(payload.Length + FrameEncoder.Overhead);
        var length = FrameEncoder.Encode(payload, output, isNotification);
        if (!isNotification) _last.ResetWrittenCount();
        if (_acks && !isNotification) _last.Write(output[..length]);
        connection.Output.Advance(length);
        connection.Flush();
    }

    private void Write(byte sign)
    {
        connection.Output.Write([sign]);
        connection.Flush();
    }

    private FrameKind Resume((FrameKind Kind, byte[] Payload) next)
    {
        _resumed = next.Payload;
        return next.Kind;
    }

    /// <summary>
    /// Decodes what the client sent before it could have read the frame that is about to be sent. A gdb that waits for longer than its
    /// "remotetimeout" sends the packet again, or a '-' to have the reply again (gdb's remote.c, putpkt_binary and getpkt): of a frame that
    /// was not sent yet, neither asks for a second copy.
    /// </summary>
    private void TakeArrived()
    {
        // What is in the queue already is enough for now: a client that sends without end is answered frame by frame.
        if (_arrived.Count > 0) return;
        KeepDecoded();
        if (_arrived.Count == 0 && connection.Receive(TimeSpan.Zero)) KeepDecoded();
    }

    private void KeepDecoded()
    {
        while (TryDecode() is var found && found != FrameKind.None) Keep(found);
    }

    private void AwaitAcknowledgement()
    {
        while (_awaitsAck && _arrived.Count == 0)
        {
            if (TryDecode() is var found && found != FrameKind.None) Keep(found);
            else if (_awaitsAck && !connection.Receive(TimeToAcknowledge)) return;
        }
    }

    private void Keep(FrameKind found) => _arrived.Enqueue((found, _decoder.Payload.ToArray()));

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
                Write((byte)'-');
                return FrameKind.None;
            case FrameKind.Nak:
                if (!_awaitsAck) return FrameKind.None;
                connection.Output.Write(_last.WrittenSpan);
                connection.Flush();
                return FrameKind.None;
            case FrameKind.Ack:
                _repeats.Acknowledged(_awaitsAck);
                _awaitsAck = false;
                return FrameKind.None;
            case FrameKind.Packet or FrameKind.TooLong when _acks:
                Write((byte)'+');
                if (found == FrameKind.Packet && _repeats.IsRepeat(_decoder.Payload)) return FrameKind.None;
                // A client that has gone on to another packet has read the last frame.
                _awaitsAck = false;
                return found;
            case FrameKind.Packet or FrameKind.TooLong or FrameKind.Interrupt:
                return found;
            default:
                return FrameKind.None;
        }
    }
}
