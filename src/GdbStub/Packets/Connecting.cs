using GdbStub.Frames;
using GdbStub.Sessions;

namespace GdbStub.Packets;

/// <summary>How client and server come to terms: features, acknowledgements, extended mode (GDB manual, General Query Packets).</summary>
internal static class Connecting
{
    private const string Features =
        "multiprocess+;swbreak+;hwbreak+;fork-events+;vfork-events+;exec-events+;no-resumed+;vContSupported+";

    [Packet("qSupported", "feature;feature…", Advertises = Features)]
    public static void Supported(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Client.Agree(arguments);
        session.Agree();
        session.Reply.Text("PacketSize="u8).HexNumber(FrameDecoder.PacketSize).Text(';').Text(session.Packets.Supported);
    }

    [Packet("QStartNoAckMode", Advertises = "QStartNoAckMode+")]
    public static void StartNoAckMode(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Reply.Ok();
        session.EndAcks();
    }

    /// <summary>Extended mode: the server outlives what it debugs. It is about the program there is, which the client takes by it.</summary>
    [Packet("!")]
    public static void ExtendedMode(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Client.Extended = true;
        session.Engage();
        session.Reply.Ok();
    }

    /// <summary>The client offers to look symbols up; the server needs none.</summary>
    [Packet("qSymbol", ":")]
    public static void Symbol(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();
}
