namespace GdbStub.Sessions;

/// <summary>
/// Sees every packet of one session, escapes undone, on the session's thread: where traces and recordings of the wire attach.
/// </summary>
public interface IPacketLog
{
    void Received(ReadOnlySpan<byte> packet);

    /// <param name="kind">What the sender means by it: data of a guest may begin with any letter.</param>
    void Sent(ReadOnlySpan<byte> packet, SentKind kind);
}

/// <summary>What a packet of the server is.</summary>
public enum SentKind
{
    /// <summary>The reply to a packet.</summary>
    Reply,
    /// <summary>A reply or notification that reports a stop or an end.</summary>
    Stop,
    /// <summary>A reply that reports an error.</summary>
    Error,
    /// <summary>Text for the client's console, before a reply: the letter O and hex digits.</summary>
    Output,
}
