using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Packets;

/// <summary>Who the processes are: the one being debugged, and all others of the machine.</summary>
internal static class ProcessInformation
{
    /// <summary>The debugged process, its numbers in hex.</summary>
    [Packet("qProcessInfo")]
    public static void OfDebuggee(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!Targets.TryCurrent(session, out var thread)) return;
        var error = session.System.ReadProcess(thread.Process.Pid, out var process);
        if (error != Errno.None)
        {
            session.Reply.Error(error, "the kernel does not know the process");
            return;
        }
        session.Reply.Text("pid:"u8).HexNumber((ulong)process.ki_pid).Text(";parent-pid:"u8).HexNumber((ulong)process.ki_ppid)
            .Text(";real-uid:"u8).HexNumber(process.ki_ruid).Text(";real-gid:"u8).HexNumber(process.ki_rgid)
            .Text(";effective-uid:"u8).HexNumber(process.ki_uid).Text(";effective-gid:"u8).HexNumber(process.ki_svgid)
            .Text(";triple:"u8).HexText(session.System.Triple(session.Target)).Text(";ostype:freebsd;endian:little;ptrsize:8;"u8);
    }

    /// <summary>Any process, its numbers in decimal.</summary>
    [Packet("qProcessInfoPID", "pid")]
    public static void OfProcess(Session session, ReadOnlySpan<byte> arguments)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryDecimal(out var pid) || !reader.IsEmpty)
        {
            Targets.Malformed(session);
            return;
        }
        var error = session.System.ReadProcess(pid, out var process);
        if (error == Errno.None) Write(session, process);
        else session.Reply.Error(error, $"there is no process {pid}");
    }

    /// <summary>The first process that fits, its numbers in decimal; the others follow with qsProcessInfo.</summary>
    [Packet("qfProcessInfo", "[key:value;…]")]
    public static void First(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!ProcessFilter.TryRead(arguments, out var filter))
        {
            Targets.Malformed(session);
            return;
        }
        session.ProcessList.Clear();
        foreach (var process in session.System.ReadProcesses())
            if (filter.Fits(session.System, process)) session.ProcessList.Enqueue(process.ki_pid);
        Next(session, default);
    }

    [Packet("qsProcessInfo")]
    public static void Next(Session session, ReadOnlySpan<byte> arguments)
    {
        while (session.ProcessList.TryDequeue(out var pid))
        {
            // One that has ended since is passed over.
            if (session.System.ReadProcess(pid, out var process) != Errno.None) continue;
            Write(session, process);
            return;
        }
        session.Reply.Error(Errno.ESRCH, "there are no more processes");
    }

    [Packet("qUserName", "uid")]
    public static void UserName(Session session, ReadOnlySpan<byte> arguments) => AnswerName(session, arguments, "/etc/passwd", "root");

    [Packet("qGroupName", "gid")]
    public static void GroupName(Session session, ReadOnlySpan<byte> arguments) => AnswerName(session, arguments, "/etc/group", "wheel");

    private static void Write(Session session, in kinfo_proc process)
    {
        var reply = session.Reply;
        reply.Text("pid:"u8).Number(process.ki_pid).Text(";ppid:"u8).Number(process.ki_ppid)
            .Text(";uid:"u8).Number(process.ki_ruid).Text(";gid:"u8).Number(process.ki_rgid)
            .Text(";euid:"u8).Number(process.ki_uid).Text(";egid:"u8).Number(process.ki_svgid)
            .Text(";name:"u8).HexText(PathOrCommand(session.System, process));
        if (session.System.ReadArguments(process.ki_pid, out var words) == Errno.None && words.Length > 0)
        {
            reply.Text(";args:"u8);
            for (var index = 0; index < words.Length; index++) reply.Text(index == 0 ? "" : "-").HexText(words[index]);
        }
        reply.Text(";triple:"u8).HexText(session.System.Triple(session.Target)).Text(';');
    }

    /// <summary>The program's path; of a process that executes none, as the kernel's own, the command's name.</summary>
    internal static string PathOrCommand(SystemCalls system, in kinfo_proc process) =>
        system.ReadPathname(process.ki_pid, out var path) == Errno.None && path.Length > 0 ? path : process.ki_comm.ToString();

    /// <summary>The name of a number in the guest's own tables; of number 0, which every FreeBSD has, also without a table.</summary>
    private static void AnswerName(Session session, ReadOnlySpan<byte> arguments, string table, string nameOfZero)
    {
        var reader = new PacketReader(arguments);
        if (!reader.TryDecimal(out var number) || !reader.IsEmpty) Targets.Malformed(session);
        else if (GuestAccounts.Find(session.System, table, number) is { } name) session.Reply.HexText(name);
        else if (number == 0) session.Reply.HexText(nameOfZero);
        else session.Reply.Error(Errno.ENOENT, $"{number} is not in {table}");
    }
}
