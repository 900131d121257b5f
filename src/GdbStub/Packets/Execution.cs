using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Resuming: the reply is the next stop. No packet steps over a breakpoint by itself: the client takes it out first.</summary>
internal static class Execution
{
    private const int MostActionsOnStack = 16;

    [Packet("c", "[address]")]
    public static void Continue(Session session, ReadOnlySpan<byte> arguments) => ResumeAt(session, arguments, ResumeKind.Continue, 0);

    [Packet("s", "[address]")]
    public static void Step(Session session, ReadOnlySpan<byte> arguments) => ResumeAt(session, arguments, ResumeKind.Step, 0);

    [Packet("C", "signal[;address]")]
    public static void ContinueWithSignal(Session session, ReadOnlySpan<byte> arguments) =>
        ResumeWithSignal(session, arguments, ResumeKind.Continue);

    [Packet("S", "signal[;address]")]
    public static void StepWithSignal(Session session, ReadOnlySpan<byte> arguments) =>
        ResumeWithSignal(session, arguments, ResumeKind.Step);

    [Packet("vCont?")]
    public static void Actions(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Text("vCont;c;C;s;S;t;r"u8);

    [Packet("vCont", "action[:thread-id]…")]
    public static void Resume(Session session, ReadOnlySpan<byte> arguments)
    {
        var count = arguments.Count((byte)';') + 1;
        var actions = count <= MostActionsOnStack ? stackalloc ResumeAction[count] : new ResumeAction[count];
        var reader = new PacketReader(arguments);
        foreach (ref var action in actions)
        {
            if (TryAction(session, reader.Until(';'), out action)) continue;
            Targets.Malformed(session);
            return;
        }
        Resume(session, actions);
    }

    /// <summary>One action of vCont: a letter, its signal or range, and the threads that it is for.</summary>
    private static bool TryAction(Session session, ReadOnlySpan<byte> text, out ResumeAction action)
    {
        action = default;
        var reader = new PacketReader(text);
        if (!reader.TryLetter(out var letter)) return false;
        var signal = 0;
        ulong start = 0, end = 0;
        switch (letter)
        {
            case 'c' or 's' or 't': break;
            case 'C' or 'S' when reader.TryCount(out var number) && StopReplies.TrySignal(session, number, out signal): break;
            case 'r' when reader.TryNumber(out start) && reader.Skip(',') && reader.TryNumber(out end): break;
            default: return false;
        }
        var id = new ThreadId(-1, -1);
        if (reader.Skip(':') && !reader.TryThread(out id) || !reader.IsEmpty) return false;
        if (id.Lwp == 0)
        {
            if (Targets.Find(session, id) is not { } any) return false;
            id = new ThreadId(any.Process.Pid, any.Lwp);
        }
        action = new ResumeAction(KindOf(letter), id.Pid == 0 ? -1 : id.Pid, id.Lwp, signal, start, end);
        return true;
    }

    private static ResumeKind KindOf(char letter) => letter switch
    {
        'c' or 'C' => ResumeKind.Continue,
        's' or 'S' => ResumeKind.Step,
        'r' => ResumeKind.StepRange,
        _ => ResumeKind.Stay,
    };

    private static void ResumeWithSignal(Session session, ReadOnlySpan<byte> arguments, ResumeKind kind)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryCount(out var number) || !reader.IsEmpty && !reader.Skip(';')) Targets.Malformed(session);
        else if (!StopReplies.TrySignal(session, number, out var signal)) session.Reply.Error(Errno.EINVAL, "FreeBSD has no such signal");
        else ResumeAt(session, reader.Rest, kind, signal);
    }

    /// <summary>The packets older than vCont: about the thread that Hc named, or the selected one with all others running.</summary>
    private static void ResumeAt(Session session, ReadOnlySpan<byte> address, ResumeKind kind, int signal)
    {
        var reader = new PacketReader(address);
        ulong pc = 0;
        if (!address.IsEmpty && (!reader.TryNumber(out pc) || !reader.IsEmpty))
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var only = session.Tracer.CurrentToResume;
        thread = only ?? thread;
        if (!address.IsEmpty && thread.Registers.SetPc(pc) is var error && error != Errno.None)
        {
            session.Reply.Error(error, "the kernel refuses the pc");
            return;
        }
        var first = new ResumeAction(kind, thread.Process.Pid, thread.Lwp, signal);
        if (only is not null) Resume(session, [first]);
        else Resume(session, [first, new ResumeAction(ResumeKind.Continue, thread.Process.Pid, -1)]);
    }

    private static void Resume(Session session, ReadOnlySpan<ResumeAction> actions)
    {
        if (session.NonStop is { } mode)
        {
            // What has ended meanwhile is not there to be resumed or stopped: its end is on the way (gdbserver, handle_v_cont).
            mode.Resume(actions);
            session.Reply.Ok();
        }
        else if (!session.Tracer.HasProcesses) session.Reply.Error(Errno.ESRCH, session.Explanation ?? "there is no process");
        else if (session.Tracer.Resume(actions) != Errno.None) session.Reply.Error(Errno.ESRCH, "no thread was resumed");
        else session.Defer();
    }
}
