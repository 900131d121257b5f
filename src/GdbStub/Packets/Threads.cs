using GdbStub.Sessions;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>Which threads there are, and which one the other packets are about.</summary>
internal static class Threads
{
    /// <summary>Hg: for registers and memory; Hc: for c and s.</summary>
    [Packet("H", "op thread-id")]
    public static void Select(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryLetter(out var operation) || !reader.TryThread(out var id) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        var thread = Targets.Find(session, id);
        switch (operation)
        {
            case 'g' when thread is not null:
                session.Tracer.Select(thread);
                session.Reply.Ok();
                break;
            case 'c' when id.Lwp <= 0 || thread is not null:
                session.Tracer.SelectToResume(id.Lwp > 0 ? thread : null);
                session.Reply.Ok();
                break;
            case 'g' or 'c':
                session.Reply.Error(Errno.ESRCH, "there is no such thread");
                break;
        }
    }

    [Packet("T", "thread-id")]
    public static void IsAlive(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryThread(out var id) || !reader.IsEmpty) Targets.Malformed(session);
        else if (Targets.Find(session, id) is null) session.Reply.Error(Errno.ESRCH, "the thread has ended");
        else session.Reply.Ok();
    }

    [Packet("qC")]
    public static void Current(Session session, ReadOnlySpan<byte> arguments)
    {
        if (Targets.TryCurrent(session, out var thread)) session.Reply.Text("QC"u8).ThreadId(thread.Process.Pid, thread.Lwp);
    }

    /// <summary>All threads of all processes at once.</summary>
    [Packet("qfThreadInfo")]
    public static void FirstInfo(Session session, ReadOnlySpan<byte> arguments)
    {
        var separator = 'm';
        foreach (var process in session.Tracer.Processes)
        {
            foreach (var thread in process.Threads)
            {
                session.Reply.Text(separator).ThreadId(process.Pid, thread.Lwp);
                separator = ',';
            }
        }
        if (!session.Reply.IsEmpty) return;
        // lldb takes an empty list for a process without numbers, and invents process 1.
        if (session.Client.IsLldb) session.Reply.Error(Errno.ESRCH, session.Explanation ?? "there is no process");
        else session.Reply.Text('l');
    }

    [Packet("qsThreadInfo")]
    public static void FurtherInfo(Session session, ReadOnlySpan<byte> arguments) => session.Reply.Text('l');

    [Packet("qThreadExtraInfo", "thread-id")]
    public static void ExtraInfo(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryThread(out var id) || !reader.IsEmpty) Targets.Malformed(session);
        else if (Targets.Find(session, id) is not { } thread) session.Reply.Error(Errno.ESRCH, "there is no such thread");
        else session.Reply.HexText(thread.Name is { Length: > 0 } name ? name : $"lwp {thread.Lwp}");
    }
}
