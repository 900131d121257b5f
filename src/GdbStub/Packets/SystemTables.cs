using System.Globalization;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Packets;

/// <summary>Tables of the system for "info os" (GDB manual, Operating System Information): columns by name, a row for each thing.</summary>
internal static class SystemTables
{
    private static readonly Table[] Tables =
    [
        new("processes", "Processes", "Listing of all processes", AddProcesses),
        new("procgroups", "Process groups", "Listing of all process groups", AddGroups),
        new("threads", "Threads", "Listing of all threads", AddThreads),
        new("files", "File descriptors", "Listing of all file descriptors", AddFiles),
        new("vmmap", "Memory maps", "Listing of all mappings of all processes", AddMaps),
        new("cpus", "CPUs", "Listing of all processors", AddProcessors),
    ];

    [Packet("qXfer:osdata:read:", "type:offset,length", Advertises = "qXfer:osdata:read+")]
    public static void Read(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!Transfers.TryPiece(session, arguments, out var annex, out var piece)) return;
        var type = GuestText.Of(annex);
        var text = new StringBuilder();
        if (type.Length == 0 || type == "types")
        {
            text.Append("<osdata type=\"types\">\n");
            foreach (var table in Tables) AddRow(text, ("Type", table.Type), ("Description", table.Description), ("Title", table.Title));
        }
        else if (Array.Find(Tables, table => table.Type == type) is { } table)
        {
            text.Append("<osdata type=\"").Append(type).Append("\">\n");
            table.AddRows(session.System, text);
        }
        else
        {
            session.Reply.Error(Errno.ENOENT, $"there is no table {type}");
            return;
        }
        Transfers.Send(session, Encoding.UTF8.GetBytes(text.Append("</osdata>\n").ToString()), piece);
    }

    private static void AddProcesses(SystemCalls system, StringBuilder text)
    {
        foreach (var process in system.ReadProcesses())
        {
            var hasArguments = system.ReadArguments(process.ki_pid, out var arguments) == Errno.None && arguments.Length > 0;
            AddRow(
                text, ("pid", Number(process.ki_pid)), ("ppid", Number(process.ki_ppid)),
                ("user", GuestAccounts.Find(system, "/etc/passwd", (int)process.ki_uid) ?? Number(process.ki_uid)),
                ("state", ProcStat.State(process)), ("threads", Number(process.ki_numthreads)),
                ("command", hasArguments ? string.Join(' ', arguments) : process.ki_comm.ToString()));
        }
    }

    private static void AddGroups(SystemCalls system, StringBuilder text)
    {
        var processes = system.ReadProcesses();
        foreach (var process in processes.OrderBy(process => process.ki_pgid).ThenBy(process => process.ki_pid))
        {
            var leader = Array.Find(processes, other => other.ki_pid == process.ki_pgid);
            AddRow(
                text, ("pgid", Number(process.ki_pgid)), ("leader command", leader.ki_comm.ToString()), ("pid", Number(process.ki_pid)),
                ("command", process.ki_comm.ToString()));
        }
    }

    private static void AddThreads(SystemCalls system, StringBuilder text)
    {
        foreach (var process in system.ReadProcesses())
            foreach (var thread in system.ReadThreads(process.ki_pid))
                AddRow(
                    text, ("pid", Number(thread.ki_pid)), ("command", thread.ki_comm.ToString()), ("tid", Number(thread.ki_tid)),
                    ("name", thread.ki_tdname.ToString()), ("wait channel", thread.ki_wmesg.ToString()));
    }

    private static void AddFiles(SystemCalls system, StringBuilder text)
    {
        foreach (var process in system.ReadProcesses())
            foreach (var (file, path) in system.ReadFiles(process.ki_pid))
                AddRow(
                    text, ("pid", Number(process.ki_pid)), ("command", process.ki_comm.ToString()),
                    ("file descriptor", ProcStat.Descriptor(file.kf_fd)),
                    ("offset", Number(file.kf_offset)), ("name", path));
    }

    private static void AddMaps(SystemCalls system, StringBuilder text)
    {
        foreach (var process in system.ReadProcesses())
            foreach (var (entry, path) in system.ReadMap(process.ki_pid))
                AddRow(
                    text, ("pid", Number(process.ki_pid)), ("start", $"0x{entry.kve_start:x}"), ("end", $"0x{entry.kve_end:x}"),
                    ("protection", ProcStat.Protection(entry)), ("path", path));
    }

    private static void AddProcessors(SystemCalls system, StringBuilder text)
    {
        for (var processor = 0; processor < system.Processors(); processor++)
            AddRow(text, ("processor", Number(processor)), ("model name", system.ProcessorModel()));
    }

    private static void AddRow(StringBuilder text, params ReadOnlySpan<(string Name, string Value)> columns)
    {
        text.Append("<item>");
        foreach (var (name, value) in columns)
            text.Append("<column name=\"").Append(name).Append("\">").Append(GuestText.Xml(value)).Append("</column>");
        text.Append("</item>\n");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>One table.</summary>
    /// <param name="Type">What the user types after "info os".</param>
    private sealed record Table(string Type, string Title, string Description, Action<SystemCalls, StringBuilder> AddRows);
}
