using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Sessions;

/// <summary>Stop reply packets: what a process did, as the client expects to read it (GDB manual, Stop Reply Packets).</summary>
public static class StopReplies
{
    /// <summary>Longest register that is sent along.</summary>
    private const int ExpeditedBytes = 16;

    /// <summary>Writes the reply for <paramref name="stop"/>.</summary>
    public static void Write(Session session, in StopEvent stop)
    {
        session.Reply.Kind = SentKind.Stop;
        switch (stop.Kind)
        {
            // lldb would take the end of a process for the end of the next one that it starts here.
            case StopKind.None when session.Client.IsLldb: session.Reply.Error(
                Errno.ESRCH, session.Explanation ?? "there is no process"); break;
            // gdbserver's answer where there is nothing to debug.
            case StopKind.None: session.Reply.Text("W00"u8); break;
            case StopKind.NoResumed: session.Reply.Text('N'); break;
            case StopKind.Exited: WriteEnd(session, 'W', stop.ExitCode, stop.Pid); break;
            case StopKind.Killed: WriteEnd(session, 'X', SignalNumber(session, stop.Signal), stop.Pid); break;
            case StopKind.ThreadExited: session.Reply.Text("w00;"u8).ThreadId(stop.Pid, stop.Lwp); break;
            default: WriteStop(session, stop); break;
        }
    }

    /// <summary>FreeBSD's <paramref name="signal"/> in the client's numbering.</summary>
    public static int SignalNumber(Session session, int signal) => session.Client.ThreadSuffix ? signal : SignalNumbers.ToGdb(signal);

    /// <summary>The client's <paramref name="number"/> as FreeBSD's signal; false if there is none.</summary>
    public static bool TrySignal(Session session, int number, out int signal)
    {
        if (!session.Client.ThreadSuffix) return SignalNumbers.TryFromGdb(number, out signal);
        signal = number;
        return number is >= 0 and <= Signals.MaximumSignal;
    }

    private static void WriteEnd(Session session, char letter, int code, int pid)
    {
        session.Reply.Text(letter).HexByte(code);
        if (session.Client.Multiprocess) session.Reply.Text(";process:"u8).HexNumber((ulong)pid);
    }

    private static void WriteStop(Session session, in StopEvent stop)
    {
        var reply = session.Reply;
        var thread = session.Tracer.FindProcess(stop.Pid)?.FindThread(stop.Lwp);
        if (session.Client.IsLldb && thread is not null)
        {
            LldbStops.Write(session, thread, LldbStops.Describe(thread, stop));
            return;
        }
        // gdb expects its own SIGINT after an interrupt.
        reply.Text('T').HexByte(stop.Kind == StopKind.Interrupt ? Signals.SIGINT : SignalNumber(session, stop.Signal));
        WriteReason(session, stop);
        if (thread is not null) WriteRegisters(session, thread);
        reply.Text("thread:"u8).ThreadId(stop.Pid, stop.Lwp).Text(";core:0;"u8);
    }

    private static void WriteReason(Session session, in StopEvent stop)
    {
        var reply = session.Reply;
        var client = session.Client;
        switch (stop.Kind)
        {
            case StopKind.SoftwareBreakpoint when client.SwBreak: reply.Text("swbreak:;"u8); break;
            case StopKind.HardwareBreakpoint when client.HwBreak: reply.Text("hwbreak:;"u8); break;
            case StopKind.Watchpoint: reply.Text(WatchReason(stop.Watch)).HexNumber(stop.Address).Text(';'); break;
            case StopKind.Fork: reply.Text("fork:"u8).ThreadId(stop.Child, stop.ChildLwp).Text(';'); break;
            case StopKind.Vfork: reply.Text("vfork:"u8).ThreadId(stop.Child, stop.ChildLwp).Text(';'); break;
            case StopKind.VforkDone: reply.Text("vforkdone:;"u8); break;
            case StopKind.LibrariesChanged: reply.Text("library:;"u8); break;
            case StopKind.Cloned: reply.Text("clone:"u8).ThreadId(stop.Child, stop.ChildLwp).Text(';'); break;
            case StopKind.ThreadCreated: reply.Text("create:;"u8); break;
            case StopKind.SyscallEntry: reply.Text("syscall_entry:"u8).HexNumber((ulong)stop.Syscall).Text(';'); break;
            case StopKind.SyscallReturn: reply.Text("syscall_return:"u8).HexNumber((ulong)stop.Syscall).Text(';'); break;
            case StopKind.Exec:
                _ = session.Tracer.System.ReadPathname(stop.Pid, out var path);
                reply.Text("exec:"u8).HexText(path).Text(';');
                break;
        }
    }

    private static ReadOnlySpan<byte> WatchReason(BreakpointKind kind) => kind switch
    {
        BreakpointKind.Read => "rwatch:"u8,
        BreakpointKind.Access => "awatch:"u8,
        _ => "watch:"u8,
    };

    /// <summary>The registers that every debugger wants at every stop: frame pointer, stack pointer and pc, in their order.</summary>
    private static void WriteRegisters(Session session, TracedThread thread)
    {
        var layout = session.Tracer.Layout;
        var target = layout.Target;
        Span<byte> value = stackalloc byte[ExpeditedBytes];
        foreach (var number in (ReadOnlySpan<int>)[target.FpNumber, target.SpNumber, target.PcNumber])
        {
            var bytes = value[..layout.Bytes(number)];
            if (thread.Registers.TryRead(number, bytes)) session.Reply.HexByte(number).Text(':').Hex(bytes).Text(';');
        }
    }
}
