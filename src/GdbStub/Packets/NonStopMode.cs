using GdbStub.Sessions;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>
/// Non-stop mode: threads stop one by one, and the client is notified of it while it talks (GDB manual, Remote Non-Stop).
/// </summary>
internal static class NonStopMode
{
    /// <summary>Switches the mode; all-stop is how every connection begins.</summary>
    [Packet("QNonStop", "0|1", Advertises = "QNonStop+", Needs = [PT_SUSPEND, PT_SETSTEP, PT_LWP_EVENTS])]
    public static void Switch(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!arguments.SequenceEqual("0"u8) && !arguments.SequenceEqual("1"u8))
        {
            Targets.Malformed(session);
            return;
        }
        // A client that only says that all is as usual decides nothing by it.
        if (arguments[0] == (byte)'1') session.Tracer.NonStop.Set(isOn: true);
        else session.NonStop?.Set(isOn: false);
        session.Reply.Ok();
    }

    /// <summary>The client has taken the stop that it was told of: the next one, or OK when there is no more.</summary>
    [Packet("vStopped", Needs = [PT_SUSPEND, PT_SETSTEP, PT_LWP_EVENTS])]
    public static void Acknowledge(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.NonStop is { } mode && mode.TryAcknowledge(out var next)) StopReplies.Write(session, next);
        else session.Reply.Ok();
    }

    /// <summary>^C of a client in non-stop mode: one thread stops.</summary>
    [Packet("vCtrlC", Needs = [PT_SUSPEND, PT_SETSTEP, PT_LWP_EVENTS])]
    public static void Interrupt(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.NonStop is not { } mode)
        {
            session.Reply.Error(Errno.EINVAL, "this is for non-stop mode; all-stop mode has the byte 0x03");
            return;
        }
        mode.Interrupt();
        session.Reply.Ok();
    }
}
