namespace GdbStub.Sessions;

/// <summary>
/// Sees every packet of one session, escapes undone, on the session's thread: where traces and recordings of the wire attach.
/// </summary>
public interface IPacketLog
{
    void Received(ReadOnlySpan<byte> packet);

    void Sent(ReadOnlySpan<byte> reply);
}
