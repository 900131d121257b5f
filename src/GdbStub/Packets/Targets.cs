using System.Diagnostics.CodeAnalysis;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Which process or thread a packet is about, with the answer for packets that are about none.</summary>
internal static class Targets
{
    /// <summary>The thread that Hg selected; else the packet is answered with an error.</summary>
    public static bool TryCurrent(Session session, [NotNullWhen(true)] out TracedThread? thread)
    {
        thread = session.Tracer.Current;
        if (thread is null) session.Reply.Error(Errno.ESRCH, session.Explanation ?? "there is no process");
        return thread is not null;
    }

    /// <summary>
    /// The thread of a register packet's end, ";thread:ID;", or where there is none the selected one; else the packet is answered with an
    /// error.
    /// </summary>
    public static bool TryThread(Session session, ref PacketReader reader, [NotNullWhen(true)] out TracedThread? thread)
    {
        reader.Skip(';');
        if (reader.IsEmpty) return TryCurrent(session, out thread);
        thread = null;
        var isThread = reader.Until(':').SequenceEqual("thread"u8) & reader.TryThread(out var id);
        reader.Skip(';');
        if (!isThread || !reader.IsEmpty)
        {
            Malformed(session);
            return false;
        }
        thread = Find(session, id);
        if (thread is null) session.Reply.Error(Errno.ESRCH, "there is no such thread");
        return thread is not null;
    }

    /// <summary>The thread that <paramref name="id"/> means; of several, the selected one or the first. Null if there is none.</summary>
    public static TracedThread? Find(Session session, ThreadId id)
    {
        var tracer = session.Tracer;
        if (id.Lwp > 0)
        {
            var named = tracer.FindThread(id.Lwp);
            return named is not null && (id.Pid <= 0 || named.Process.Pid == id.Pid) ? named : null;
        }
        if (tracer.Current is { } current && (id.Pid <= 0 || current.Process.Pid == id.Pid)) return current;
        var process = id.Pid > 0 ? tracer.FindProcess(id.Pid) : tracer.HasProcesses ? tracer.Processes[0] : null;
        return process is { Threads.Count: > 0 } ? process.Threads[0] : null;
    }

    /// <summary>The process with this id; else the packet is answered with an error.</summary>
    public static bool TryProcess(Session session, int pid, [NotNullWhen(true)] out Tracee? process)
    {
        process = session.Tracer.FindProcess(pid);
        if (process is null) session.Reply.Error(Errno.ESRCH, $"process {pid} is not being debugged");
        return process is not null;
    }

    /// <summary>The packet does not follow its grammar.</summary>
    public static void Malformed(Session session) => session.Reply.Error(Errno.EINVAL, "malformed packet");
}
