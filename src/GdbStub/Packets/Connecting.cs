using GdbStub.Frames;
using GdbStub.Sessions;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>How client and server come to terms: features, acknowledgements, extended mode (GDB manual, General Query Packets).</summary>
internal static class Connecting
{
    [Packet("qSupported", "feature;feature…", Advertises = "multiprocess+;swbreak+;hwbreak+;no-resumed+;vContSupported+")]
    [Feature("fork-events+", Needs = [PT_FOLLOW_FORK])]
    [Feature("vfork-events+", Needs = [PT_SET_EVENT_MASK])]
    [Feature("exec-events+", Needs = [PT_LWPINFO])]
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

    /// <summary>
    /// Extended mode: the server outlives what it debugs. It is about the program there is, which the client takes by it.
    /// </summary>
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
