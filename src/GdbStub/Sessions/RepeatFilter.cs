namespace GdbStub.Sessions;

/// <summary>
/// Finds packets that a client sent a second time because it did not see the first one acknowledged in time (GDB manual, Packet
/// Acknowledgment). A second reply to such a packet would be taken for the reply to the next one.
/// </summary>
internal sealed class RepeatFilter
{
    private byte[] _packet = [];
    private int _length;
    // No frame that was sent since the packet came has been acknowledged.
    private bool _mayBeRepeated;
    private bool _isAnswered;
    private bool _clientAcknowledges;

    /// <summary>A frame has been sent.</summary>
    public void Answered() => _isAnswered = true;

    /// <summary>An acknowledgement has come.</summary>
    /// <param name="isAwaited">It can be for a frame that was sent since the last packet came.</param>
    public void Acknowledged(bool isAwaited)
    {
        _clientAcknowledges = true;
        if (isAwaited) _mayBeRepeated = false;
    }

    /// <summary>
    /// Whether <paramref name="packet"/> is the one before once more. One that comes behind its reply is that only from a client that
    /// acknowledges what it reads: of others, the reply says as little as a packet.
    /// </summary>
    public bool IsRepeat(ReadOnlySpan<byte> packet)
    {
        if (_mayBeRepeated && (!_isAnswered || _clientAcknowledges) && packet.SequenceEqual(_packet.AsSpan(0, _length))) return true;
        if (_packet.Length < packet.Length) _packet = new byte[packet.Length];
        packet.CopyTo(_packet);
        _length = packet.Length;
        (_mayBeRepeated, _isAnswered) = (true, false);
        return false;
    }
}
