using GdbStub.Sessions;
using GdbStub.Tracing;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Attaching to a program by its name, there already or yet to come (lldb's "process attach --name").</summary>
internal static class NamedAttaching
{
    [Packet("qVAttachOrWaitSupported", Needs = [PT_ATTACH])]
    public static void OrWaitSupported(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

    /// <summary>Attaches to the one process of that name.</summary>
    [Packet("vAttachName", "hex-name", Needs = [PT_ATTACH])]
    public static void Attach(Session session, ReadOnlySpan<byte> arguments)
    {
        if (TryName(session, arguments, out var name))
            Processes.AttachTo(session, new AwaitedProgram(name, session.System).Find(traced: true));
    }

    /// <summary>Attaches to the next process of that name; those that are there now do not count.</summary>
    [Packet("vAttachWait", "hex-name", Needs = [PT_ATTACH])]
    public static void Wait(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryName(session, arguments, out var name)) return;
        var program = new AwaitedProgram(name, session.System);
        program.PassOverPresent();
        session.Await(program);
    }

    /// <summary>Attaches to a process of that name, or to the next one.</summary>
    [Packet("vAttachOrWait", "hex-name", Needs = [PT_ATTACH])]
    public static void AttachOrWait(Session session, ReadOnlySpan<byte> arguments)
    {
        if (TryName(session, arguments, out var name)) session.Await(new AwaitedProgram(name, session.System));
    }

    private static bool TryName(Session session, ReadOnlySpan<byte> arguments, out string name)
    {
        if (PacketReader.TryText(arguments, out name) && name.Length > 0) return true;
        Targets.Malformed(session);
        return false;
    }
}
