using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Starting, attaching to, leaving and killing processes.</summary>
internal static class Processes
{
    /// <summary>Why the program is stopped now.</summary>
    [Packet("?")]
    public static void LastStop(Session session, ReadOnlySpan<byte> arguments)
    {
        if (session.NonStop is not { } mode) StopReplies.Write(session, session.Tracer.LastStop);
        else if (mode.TryTellAgain(out var first)) StopReplies.Write(session, first);
        else session.Reply.Ok();
    }

    /// <summary>Whether the process was attached to: a client that leaves detaches from it, and kills one that it started.</summary>
    [Packet("qAttached", "pid")]
    public static void IsAttached(Session session, ReadOnlySpan<byte> arguments)
    {
        if (TryProcess(session, arguments, out var process)) session.Reply.Text(process.Attached ? '1' : '0');
    }

    /// <summary>Starts a program; without a name the last one, with its arguments if there are none.</summary>
    [Packet("vRun", "filename;argument;…")]
    public static void Run(Session session, ReadOnlySpan<byte> arguments)
    {
        var words = new List<string>();
        // Each separator begins an argument, the last one too: an argument may be empty (gdb's remote.c, extended_remote_run).
        foreach (var part in arguments.Split((byte)';'))
        {
            if (!PacketReader.TryText(arguments[part], out var word))
            {
                Targets.Malformed(session);
                return;
            }
            words.Add(word);
        }
        var settings = session.TracerToStart().Settings;
        if (words[0].Length == 0) words[0] = settings.Program ?? "";
        if (words[0].Length == 0)
        {
            session.Reply.Error(Errno.ENOENT, "no program has been named: use \"set remote exec-file PATH\"");
            return;
        }
        if (TryLaunch(session, words)) StopReplies.Write(session, session.Tracer.LastStop);
    }

    /// <summary>Starts the program again: the way of clients without vRun. There is no reply.</summary>
    [Packet("R", "XX", NeedsStop = true)]
    public static void Restart(Session session, ReadOnlySpan<byte> arguments)
    {
        session.StaySilent();
        if (session.Tracer.Settings.Program is null) return;
        KillAll(session.Tracer);
        TryLaunch(session, session.Tracer.Settings.Arguments);
    }

    [Packet("vAttach", "pid", Needs = [PT_ATTACH])]
    public static void Attach(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var pid) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        AttachTo(session, pid);
    }

    /// <summary>
    /// Attaches to process <paramref name="pid"/>, or takes it over from the debugger that holds it for its next client; 0: there is none.
    /// </summary>
    public static void AttachTo(Session session, int pid)
    {
        var isNonStop = session.NonStop is not null;
        if (session.TryTakeOver(pid))
        {
            session.Tracer.NonStop.Set(isNonStop);
            AnswerAttached(session, wasHeld: true);
            return;
        }
        var error = pid == 0 ? Errno.ESRCH : session.TracerToStart().Attach(pid);
        if (error == Errno.None) AnswerAttached(session, wasHeld: false);
        else session.Reply.Error(error, $"cannot attach to process {pid}: {AttachRefusal.Describe(session.System, pid, error)}");
    }

    private static void AnswerAttached(Session session, bool wasHeld)
    {
        if (session.NonStop is not { } mode)
        {
            StopReplies.Write(session, session.Tracer.LastStop);
            return;
        }
        mode.LetRun(session.Tracer.LastStop.Pid, wasHeld);
        session.Reply.Ok();
    }

    [Packet("vKill", "pid", NeedsStop = true)]
    public static void Kill(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TryProcess(session, arguments, out var process)) return;
        var error = session.Tracer.Kill(process);
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, $"cannot kill process {process.Pid}: {error}");
    }

    /// <summary>Kills everything. gdb does not wait for an answer, lldb wants to hear of the end; an extended session goes on.</summary>
    [Packet("k", NeedsStop = true)]
    public static void KillAll(Session session, ReadOnlySpan<byte> arguments)
    {
        KillAll(session.Tracer);
        session.Reply.Kind = SentKind.Stop;
        session.Reply.Text('X').HexByte(StopReplies.SignalNumber(session, Signals.SIGKILL));
        if (!session.Client.Extended) session.End();
    }

    /// <summary>Leaves one process, or all of them, running.</summary>
    [Packet("D", "pid", Needs = [PT_DETACH], NeedsStop = true)]
    public static void Detach(Session session, ReadOnlySpan<byte> arguments) => Detach(session, arguments, staysStopped: false);

    /// <summary>The same, but stopped, as if by SIGSTOP, until another debugger or SIGCONT comes.</summary>
    [Packet("D1", "pid", Needs = [PT_DETACH], NeedsStop = true)]
    public static void DetachStopped(Session session, ReadOnlySpan<byte> arguments) => Detach(session, arguments, staysStopped: true);

    [Packet("qSupportsDetachAndStayStopped:", Needs = [PT_DETACH])]
    public static void SupportsDetachStopped(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Ok();

    private static void Detach(Session session, ReadOnlySpan<byte> arguments, bool staysStopped)
    {
        var error = Errno.None;
        if (!arguments.IsEmpty)
        {
            if (!TryProcess(session, arguments, out var process)) return;
            error = Leave(session.Tracer, process, staysStopped);
        }
        else
        {
            if (!session.Tracer.HasProcesses) error = Errno.ESRCH;
            while (error == Errno.None && session.Tracer.HasProcesses)
                error = Leave(session.Tracer, session.Tracer.Processes[^1], staysStopped);
        }
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, $"cannot detach: {error}");
    }

    /// <summary>
    /// The signal that stopped the process and that the client has not dealt with goes with it (gdbserver, get_detach_signal).
    /// </summary>
    private static Errno Leave(Tracer tracer, Tracee process, bool staysStopped)
    {
        if (staysStopped) return tracer.Detach(process, 0, staysStopped: true);
        var stop = tracer.LastStop;
        var isOwed = stop.Pid == process.Pid && stop.Kind == StopKind.Signal
            && stop.Signal is not (0 or Signals.SIGTRAP or Signals.SIGSTOP);
        return tracer.Detach(process, isOwed && tracer.ProgramSignals.Contains(stop.Signal) ? stop.Signal : 0);
    }

    private static void KillAll(Tracer tracer)
    {
        while (tracer.HasProcesses && tracer.Kill(tracer.Processes[^1]) == Errno.None) { }
    }

    /// <summary>Starts a program; when that fails the packet is answered with an error.</summary>
    /// <param name="words">argv; the first is also the program's path.</param>
    public static bool TryLaunch(Session session, IReadOnlyList<string> words)
    {
        var tracer = session.TracerToStart();
        (tracer.Settings.Program, tracer.Settings.Arguments) = (words[0], words);
        // lldb can type, gdb cannot.
        session.Console.Renew(takesInput: session.Client.IsLldb);
        var request = tracer.Settings.Request(session.Options.Environment, session.StartDirectory, session.Console.Terminal);
        session.LaunchError = tracer.Launch(request);
        if (session.LaunchError == Errno.None) return true;
        session.Reply.Error(session.LaunchError, LaunchRefusal.Describe(session.System, request, session.LaunchError));
        return false;
    }

    /// <summary>The process that a packet names in hex, or else the selected one.</summary>
    private static bool TryProcess(Session session, ReadOnlySpan<byte> arguments, out Tracee process)
    {
        process = null!;
        if (arguments.IsEmpty)
        {
            if (!Targets.TryCurrent(session, out var thread)) return false;
            process = thread.Process;
            return true;
        }
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var pid) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return false;
        }
        if (!Targets.TryProcess(session, pid, out var named)) return false;
        process = named;
        return true;
    }
}
