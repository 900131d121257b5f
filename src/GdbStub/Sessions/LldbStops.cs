using System.Globalization;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Sessions;

/// <summary>Why a thread is stopped, in lldb's words.</summary>
/// <param name="Signal">FreeBSD's number; 0: it has not stopped by itself.</param>
/// <param name="Reason">breakpoint, watchpoint, trace, signal, exec, fork, vfork, vforkdone; null: none.</param>
/// <param name="Description">For people; of a watchpoint and a fork the numbers that lldb reads. Null: none.</param>
public readonly record struct StopDescription(int Signal, string? Reason, string? Description);

/// <summary>
/// What lldb wants to know at a stop beyond gdb's stop reply: every thread with its pc, all general registers, and the reason as a word
/// (LLDB, "GDB Remote Protocol Extensions", Stop Reply Packet Extensions).
/// </summary>
internal static class LldbStops
{
    /// <summary>Longest register that is sent along.</summary>
    public const int ExpeditedBytes = 16;

    /// <summary>Why <paramref name="thread"/> is stopped, if <paramref name="stop"/> was the last event.</summary>
    public static StopDescription Describe(TracedThread thread, in StopEvent stop)
    {
        if (stop.Lwp != thread.Lwp || stop.Pid != thread.Process.Pid) return default;
        return stop.Kind switch
        {
            StopKind.SoftwareBreakpoint or StopKind.HardwareBreakpoint => new(stop.Signal, "breakpoint", null),
            StopKind.Watchpoint => new(stop.Signal, "watchpoint",
                string.Create(CultureInfo.InvariantCulture, $"{stop.WatchStart} 0 {stop.Address}")),
            StopKind.Step => new(stop.Signal, "trace", null),
            StopKind.Exec => new(stop.Signal, "exec", null),
            StopKind.Fork => new(stop.Signal, "fork", Child(stop)),
            StopKind.Vfork => new(stop.Signal, "vfork", Child(stop)),
            StopKind.VforkDone => new(stop.Signal, "vforkdone", null),
            // lldb-server stops with SIGSTOP, and that is what lldb expects when it has launched, attached or interrupted.
            StopKind.Interrupt or StopKind.Launched => new(Signals.SIGSTOP, "signal", null),
            StopKind.Signal when stop.Signal == 0 => new(Signals.SIGSTOP, "signal", null),
            StopKind.Signal => new(stop.Signal, "signal", Text(thread, stop.Signal)),
            _ => new(stop.Signal, null, null),
        };
    }

    /// <summary>Writes the stop reply of <paramref name="thread"/>.</summary>
    public static void Write(Session session, TracedThread thread, in StopDescription why)
    {
        var reply = session.Reply;
        reply.Text('T').HexByte(why.Signal).Text("thread:"u8).ThreadId(thread.Process.Pid, thread.Lwp).Text(';');
        if (thread.Name is { Length: > 0 } name) reply.Text("hexname:"u8).HexText(name).Text(';');
        if (session.Client.ListThreadsInStopReply) WriteThreads(session, thread.Process);
        WriteRegisters(session, thread);
        WriteReason(session, why);
    }

    /// <summary>Reads register <paramref name="number"/> if it is one of those that go with every stop and has a value.</summary>
    /// <param name="value">Room for <see cref="ExpeditedBytes"/>; becomes as long as the register.</param>
    public static bool TryReadExpedited(RegisterLayout layout, TracedThread thread, int number, ref Span<byte> value)
    {
        if (layout.Target.Registers[number].Image != RegisterImage.General) return false;
        value = value[..layout.Bytes(number)];
        return thread.Registers.TryRead(number, value);
    }

    private static void WriteThreads(Session session, Tracee process)
    {
        var reply = session.Reply.Text("threads:"u8);
        for (var index = 0; index < process.Threads.Count; index++)
            reply.Text(index == 0 ? "" : ",").ThreadId(process.Pid, process.Threads[index].Lwp);
        reply.Text(";thread-pcs:"u8);
        for (var index = 0; index < process.Threads.Count; index++)
            reply.Text(index == 0 ? "" : ",").HexNumber(process.Threads[index].Registers.Pc);
        reply.Text(';');
    }

    private static void WriteRegisters(Session session, TracedThread thread)
    {
        var layout = session.Tracer.Layout;
        Span<byte> room = stackalloc byte[ExpeditedBytes];
        for (var number = 0; number < layout.Count; number++)
        {
            var value = room;
            if (TryReadExpedited(layout, thread, number, ref value)) session.Reply.HexByte(number).Text(':').Hex(value).Text(';');
        }
    }

    private static void WriteReason(Session session, in StopDescription why)
    {
        var reply = session.Reply;
        switch (why.Reason)
        {
            case null:
                break;
            case "fork" or "vfork":
                // The word is the key: lldb takes the child from it.
                reply.Text(why.Reason).Text(':').Text(why.Description).Text(';');
                break;
            default:
                reply.Text("reason:"u8).Text(why.Reason).Text(';');
                if (why.Description is not null) reply.Text("description:"u8).HexText(why.Description).Text(';');
                break;
        }
    }

    private static string Child(in StopEvent stop) => string.Create(CultureInfo.InvariantCulture, $"p{stop.Child:x}.{stop.ChildLwp:x}");

    private static string Text(TracedThread thread, int signal) =>
        SignalTexts.Describe(
            thread.ReadSiginfo(out var info) == Errno.None && info.si_signo == signal ? info : new siginfo { si_signo = signal });
}
