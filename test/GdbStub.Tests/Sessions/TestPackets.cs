using System.Text;
using GdbStub.Packets;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Tests.Sessions;

/// <summary>A few packets, so that sessions can be tested without the real ones.</summary>
internal static class TestPackets
{
    public static PacketTable Table => new([typeof(TestPackets)], _ => true);

    [Packet("?")]
    public static void Status(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.Explanation is { } explanation) session.Reply.Error(Errno.ESRCH, explanation);
        else StopReplies.Write(session, session.Tracer.LastStop);
    }

    [Packet("c")]
    public static void Continue(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.Tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]) == Errno.None) session.Defer();
        else session.Reply.Error(Errno.ESRCH);
    }

    [Packet("echo")]
    public static void Echo(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Binary(arguments);

    [Packet("print")]
    public static void Print(Session session, ReadOnlySpan<byte> arguments)
    {
        session.Print(Encoding.ASCII.GetString(arguments));
        session.Reply.Ok();
    }

    [Packet("QStartNoAckMode")]
    public static void EndAcks(Session session, ReadOnlySpan<byte> arguments)
    {
        session.EndAcks();
        session.Reply.Ok();
    }

    [Packet("k")]
    public static void Kill(Session session, ReadOnlySpan<byte> arguments)
    {
        while (session.Tracer.HasProcesses) session.Tracer.Kill(session.Tracer.Processes[0]);
        session.End();
    }

    [Packet("bug")]
    public static void Bug(Session session, ReadOnlySpan<byte> arguments) => throw new InvalidOperationException("a bug for the test");
}
