using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Breakpoints and watchpoints of the selected thread's process. Each packet may be sent twice and counts once.</summary>
internal static class Breakpoints
{
    [Packet("Z0", "address,kind[;Xlength,bytecode…][;cmds:persist,Xlength,bytecode…]", Advertises = "ConditionalBreakpoints+;BreakpointCommands+")]
    public static void InsertSoftware(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPoint(session, arguments, BreakpointKind.Software, out var process, out var point, out var options)
            || !BreakpointOptions.TryRead(session, options, out var actions)) return;
        if (point.Length != session.Tracer.Layout.Target.BreakpointInstruction.Length)
        {
            session.Reply.Error(Errno.EINVAL, $"there is no breakpoint instruction of kind {point.Length}");
            return;
        }
        var error = process.InsertBreakpoint(point.Address, actions);
        if (error == Errno.EFAULT) error = InsertStandIn(session, process, point.Address, actions);
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, $"cannot write memory at 0x{point.Address:x}");
    }

    [Packet("z0", "address,kind")]
    public static void RemoveSoftware(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryPoint(session, arguments, BreakpointKind.Software, out var process, out var point, out _)) return;
        if (process.HasStandIn(point.Address)) RemoveStandIn(session, process, point.Address);
        else if (process.Breakpoints.Contains(point.Address)) process.RemoveBreakpoint(point.Address);
        // A second removal is none (GDB manual, Packets: idempotent); where nothing is mapped there cannot have been a first one.
        else if (process.Memory.Read(point.Address, stackalloc byte[1], out _) is var error and not Errno.None)
        {
            session.Reply.Error(error, $"cannot read memory at 0x{point.Address:x}");
            return;
        }
        session.Reply.Ok();
    }

    private static Errno InsertStandIn(Session session, Tracee process, ulong address, BreakpointActions? actions)
    {
        var error = Errno.None;
        session.WhileStopped(() => error = process.InsertStandIn(address, actions));
        return error;
    }

    private static void RemoveStandIn(Session session, Tracee process, ulong address) => session.WhileStopped(() => process.RemoveStandIn(address));

    [Packet("Z1", "address,kind[;Xlength,bytecode…][;cmds:…]", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void InsertHardware(Session session, ReadOnlySpan<byte> arguments) => Insert(session, arguments, BreakpointKind.Execute);

    [Packet("z1", "address,kind", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void RemoveHardware(Session session, ReadOnlySpan<byte> arguments) => Remove(session, arguments, BreakpointKind.Execute);

    [Packet("Z2", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void WatchWrites(Session session, ReadOnlySpan<byte> arguments) => Insert(session, arguments, BreakpointKind.Write);

    [Packet("z2", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void UnwatchWrites(Session session, ReadOnlySpan<byte> arguments) => Remove(session, arguments, BreakpointKind.Write);

    [Packet("Z3", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void WatchReads(Session session, ReadOnlySpan<byte> arguments) => Insert(session, arguments, BreakpointKind.Read);

    [Packet("z3", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void UnwatchReads(Session session, ReadOnlySpan<byte> arguments) => Remove(session, arguments, BreakpointKind.Read);

    [Packet("Z4", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void WatchAccesses(Session session, ReadOnlySpan<byte> arguments) => Insert(session, arguments, BreakpointKind.Access);

    [Packet("z4", "address,length", Needs = [PT_SETDBREGS], NeedsStop = true)]
    public static void UnwatchAccesses(Session session, ReadOnlySpan<byte> arguments) => Remove(session, arguments, BreakpointKind.Access);

    /// <summary>How many watchpoints there can be at one time; lldb asks before it sets the first.</summary>
    [Packet("qWatchpointSupportInfo", ":", Needs = [PT_SETDBREGS])]
    public static void WatchpointSupport(Session session, ReadOnlySpan<byte> arguments) =>
        session.Reply.Text("num:"u8).Number(session.Target.DebugSlots).Text(';');

    private static void Insert(Session session, ReadOnlySpan<byte> arguments, BreakpointKind kind)
    {
        if (!TryPoint(session, arguments, kind, out var process, out var point, out var options)
            || !BreakpointOptions.TryRead(session, options, out var actions)) return;
        var result = process.InsertPoint(point, actions, out var error);
        if (error != Errno.None) session.Reply.Error(error, $"the kernel refuses to watch 0x{point.Address:x}");
        else if (result == DebugSlotResult.Inserted) session.Reply.Ok();
        else if (result == DebugSlotResult.Unsupported) session.Reply.Unsupported();
        else session.Reply.Error(Errno.ENOSPC, $"the CPU has {session.Tracer.Layout.Target.DebugSlots} comparators, and too few are free");
    }

    private static void Remove(Session session, ReadOnlySpan<byte> arguments, BreakpointKind kind)
    {
        if (!TryPoint(session, arguments, kind, out var process, out var point, out _)) return;
        process.RemovePoint(point);
        session.Reply.Ok();
    }

    /// <summary>Reads "address,kind", behind which there may be a ';' and <paramref name="options"/>.</summary>
    private static bool TryPoint(
        Session session, ReadOnlySpan<byte> arguments, BreakpointKind kind, out Tracee process, out DebugRegisters.Point point,
        out ReadOnlySpan<byte> options)
    {
        (process, point) = (null!, default);
        var reader = new PacketReader(arguments);
        var isPoint = reader.TryNumber(out var address) & reader.Skip(',') & reader.TryCount(out var length)
            && (reader.IsEmpty || reader.Skip(';'));
        options = reader.Rest;
        if (!isPoint || length == 0)
        {
            Targets.Malformed(session);
            return false;
        }
        if (!Targets.TryCurrent(session, out var thread)) return false;
        // amd64 cannot watch reads alone. gdb then watches accesses by itself; lldb expects it of the server.
        if (kind == BreakpointKind.Read && session.Client.IsLldb && !session.Target.WatchesReads) kind = BreakpointKind.Access;
        (process, point) = (thread.Process, new DebugRegisters.Point(kind, address, length));
        return true;
    }
}
