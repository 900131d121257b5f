using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Packets;

/// <summary>Which events the client wants to hear of.</summary>
internal static class EventFilters
{
    /// <summary>Signals that go to the program without a stop; each such packet replaces the last.</summary>
    [Packet("QPassSignals", "signal;signal…", Advertises = "QPassSignals+")]
    public static void PassSignals(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TrySignals(session, arguments, out var signals)) return;
        session.Tracer.PassSignals = signals;
        session.Reply.Ok();
    }

    /// <summary>Signals that a program may be given when the client leaves it.</summary>
    [Packet("QProgramSignals", "signal;signal…", Advertises = "QProgramSignals+")]
    public static void ProgramSignals(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TrySignals(session, arguments, out var signals)) return;
        session.Tracer.ProgramSignals = signals;
        session.Reply.Ok();
    }

    /// <summary>Births and ends of threads are reported.</summary>
    [Packet("QThreadEvents", "0|1", Advertises = "QThreadEvents+", Needs = [PT_LWP_EVENTS])]
    public static void ThreadEvents(Session session, ReadOnlySpan<byte> arguments)
    {
        if (arguments.SequenceEqual("1"u8)) session.Tracer.Events |= ReportedEvents.Threads;
        else if (arguments.SequenceEqual("0"u8)) session.Tracer.Events &= ~ReportedEvents.Threads;
        else
        {
            Targets.Malformed(session);
            return;
        }
        session.Reply.Ok();
    }

    /// <summary>
    /// What is reported of single threads: of each the last options that fit it; what fits none keeps its own, and new threads have none.
    /// </summary>
    [Packet("QThreadOptions", "options[:thread-id];…", Advertises = "QThreadOptions=3", Needs = [PT_LWP_EVENTS])]
    public static void SetThreadOptions(Session session, ReadOnlySpan<byte> arguments)
    {
        // All of it is read before any of it holds.
        if (!TryOptions(session, arguments, apply: false))
        {
            Targets.Malformed(session);
            return;
        }
        TryOptions(session, arguments, apply: true);
        session.Reply.Ok();
    }

    private static bool TryOptions(Session session, ReadOnlySpan<byte> arguments, bool apply)
    {
        var reader = new PacketReader(arguments);
        do
        {
            var entry = new PacketReader(reader.Until(';'));
            var id = new ThreadId(-1, -1);
            if (!entry.TryCount(out var options) || (options & ~3) != 0) return false;
            if (entry.Skip(':') && !entry.TryThread(out id) || !entry.IsEmpty) return false;
            if (apply) Set(session.Tracer, id, (ThreadOptions)options);
        }
        while (!reader.IsEmpty);
        return true;
    }

    private static void Set(Tracer tracer, ThreadId id, ThreadOptions options)
    {
        foreach (var process in tracer.Processes)
        {
            if (id.Pid > 0 && id.Pid != process.Pid) continue;
            foreach (var thread in process.Threads)
                if (id.Lwp <= 0 || id.Lwp == thread.Lwp) thread.Options = options;
        }
    }

    /// <summary>
    /// The beginning and the end of system calls of the selected thread's process are reported: of all, or of those whose numbers are
    /// given.
    /// </summary>
    [Packet("QCatchSyscalls", "0|1[;number…]", Advertises = "QCatchSyscalls+", Needs = [PT_SET_EVENT_MASK], NeedsStop = true)]
    public static void CatchSyscalls(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!TrySyscalls(arguments, out var filter))
        {
            Targets.Malformed(session);
            return;
        }
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = session.Tracer.CatchSyscalls(thread.Process, filter);
        if (error == Errno.None) session.Reply.Ok();
        else session.Reply.Error(error, $"system calls cannot be caught: {error}");
    }

    private static bool TrySyscalls(ReadOnlySpan<byte> arguments, out SyscallFilter? filter)
    {
        var reader = new PacketReader(arguments);
        filter = null;
        if (!reader.TryLetter(out var isOn) || isOn is not ('0' or '1')) return false;
        if (reader.IsEmpty)
        {
            if (isOn == '1') filter = SyscallFilter.All;
            return true;
        }
        var numbers = new HashSet<int>();
        while (reader.Skip(';'))
        {
            if (isOn == '0' || !reader.TryCount(out var number)) return false;
            numbers.Add(number);
        }
        filter = new SyscallFilter(numbers);
        return reader.IsEmpty;
    }

    /// <summary>Reads "e;10;14;": the client's numbers, of which some are no signals of FreeBSD.</summary>
    private static bool TrySignals(Session session, ReadOnlySpan<byte> arguments, out sigset signals)
    {
        signals = default;
        var reader = new PacketReader(arguments);
        while (!reader.IsEmpty)
        {
            if (!reader.TryCount(out var number) || !reader.IsEmpty && !reader.Skip(';'))
            {
                Targets.Malformed(session);
                return false;
            }
            if (number != 0 && StopReplies.TrySignal(session, number, out var signal)) signals = signals.With(signal);
        }
        return true;
    }
}
