using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>
/// What may follow a breakpoint's address and kind: "X" expressions that are conditions, and "cmds:" with those that are commands
/// (GDB manual, Packets, Z0).
/// </summary>
internal static class BreakpointOptions
{
    /// <summary>No client has nearly so many, nor such long ones.</summary>
    private const int MostExpressions = 64;
    private const int MostBytes = 4096;

    /// <summary>Reads and compiles; else the packet is answered with an error.</summary>
    /// <param name="actions">Null when there is nothing to read.</param>
    public static bool TryRead(Session session, ReadOnlySpan<byte> options, out BreakpointActions? actions)
    {
        actions = null;
        if (options.IsEmpty) return true;
        var conditions = new List<AgentExpression?>();
        var commands = new List<AgentExpression>();
        var reader = new PacketReader(options);
        while (!reader.IsEmpty)
        {
            var section = new PacketReader(reader.Until(';'));
            var areCommands = section.Rest.StartsWith("cmds:"u8);
            if (areCommands && !SkipPersistence(ref section) || section.IsEmpty)
            {
                Targets.Malformed(session);
                return false;
            }
            while (!section.IsEmpty)
            {
                if (conditions.Count + commands.Count == MostExpressions || !TryExpression(ref section, session, out var expression, out var refusal))
                {
                    Targets.Malformed(session);
                    return false;
                }
                // A condition that cannot be evaluated lets every hit be reported, and the client asks it again. A command would be lost.
                if (!areCommands) conditions.Add(expression);
                else if (expression is not null) commands.Add(expression);
                else
                {
                    session.Reply.Error(Errno.EOPNOTSUPP, refusal);
                    return false;
                }
            }
        }
        actions = new BreakpointActions(conditions, commands);
        return true;
    }

    /// <summary>"cmds:1,": whether the commands outlive the connection. They never do: no breakpoint does.</summary>
    private static bool SkipPersistence(ref PacketReader section)
    {
        section = new PacketReader(section.Rest["cmds:".Length..]);
        return section.TryCount(out _) && section.Skip(',');
    }

    /// <summary>"Xlength,hex".</summary>
    private static bool TryExpression(ref PacketReader reader, Session session, out AgentExpression? expression, out string? refusal)
    {
        (expression, refusal) = (null, null);
        if (!reader.Skip('X') || !reader.TryCount(out var length) || !reader.Skip(',') || length is 0 or > MostBytes
            || reader.Rest.Length < length * 2) return false;
        var bytecode = new byte[length];
        if (!PacketReader.TryBytes(reader.Rest[..(length * 2)], bytecode)) return false;
        reader = new PacketReader(reader.Rest[(length * 2)..]);
        expression = AgentExpression.Compile(bytecode, session.Tracer.Layout, out refusal);
        return true;
    }
}
