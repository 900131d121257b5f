using System.Globalization;
using System.Text;
using GdbStub.Sessions;
using GdbStub.Tracing;
using TraceKernel.Abi;

namespace GdbStub.Packets;

/// <summary>What a user can ask of the server itself: "monitor COMMAND".</summary>
internal static class Monitor
{
    private const int LongestInstruction = 16;

    private static readonly Command[] Commands =
    [
        new("help", "", "this list", Help),
        new("ps", "", "all processes", (session, _) => ProcStat.Processes(session.System)),
        new("procstat", "-t|-v|-f|-i|-c [PID]", "threads, memory map, files, signals or command line of a process", ShowProcess),
        new("vmmap", "[PID]", "the memory map of a process, as procstat -v", ShowMap),
        new("maps", "[PID]", "the same", ShowMap),
        new("processes", "", "the processes being debugged and their threads", ShowProcesses),
        new("breakpoints", "", "the breakpoints that are in the program now", ShowBreakpoints),
        new("disassemble", "[ADDRESS [COUNT]]", "instructions as the server reads them; at the pc, 8 of them", Disassemble),
        new("syscalls", "[NAME|NUMBER]", "the system calls that threads are stopped in, with arguments and results; or a prototype",
            MonitorSyscalls.Show),
        new("gcore", "[PATH]", "save a core file of the current process in the guest, for \"remote get\"", Cores.SaveForUser),
        new("trace", "[on|off]", "keep packets and the ptrace requests that they become; without a word, show what was kept",
            MonitorServer.Trace),
        new("personality", "", "which kernel this is", MonitorServer.ShowPersonality),
        new("stats", "", "what is debugged here, and what this server has done since it started", MonitorServer.ShowStatistics),
        new("error", "", "what was wrong last, for a client that shows no words (gdb before 16)",
            (session, _) => session.Reply.LastError is { } error ? $"{error}\n" : "There was no error.\n"),
        new("client", "", "what the client has said it understands", MonitorServer.ShowClient),
        new("exit", "", "end this server, if it has this client alone", MonitorServer.Exit),
        new("doctor", "", "what this client cannot use here, and the remedy", MonitorServer.ShowRemedies),
    ];

    [Packet("qRcmd", "hex-command", NeedsStop = true)]
    public static void Run(Session session, ReadOnlySpan<byte> arguments)
    {
        if (!PacketReader.TryText(arguments, out var line))
        {
            Targets.Malformed(session);
            return;
        }
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words.Length == 0 ? "help" : words[0];
        foreach (var command in Commands)
        {
            if (command.Name != name) continue;
            if (command.Run(session, words) is { Length: > 0 } text) session.Print(GuestText.ForTerminal(text));
            session.Reply.Ok();
            return;
        }
        session.Print(GuestText.ForTerminal($"\"{name}\" is no command of this server; \"monitor help\" lists them.\n"));
        session.Reply.Ok();
    }

    private static string Help(Session session, string[] words)
    {
        var text = new StringBuilder();
        foreach (var command in Commands)
            text.Append(CultureInfo.InvariantCulture, $"{$"monitor {command.Name} {command.Arguments}",-42}{command.Description}\n");
        return text.ToString();
    }

    private static string ShowProcesses(Session session, string[] words)
    {
        var text = new StringBuilder();
        foreach (var process in session.Tracer.Processes)
        {
            _ = session.System.ReadPathname(process.Pid, out var path);
            text.Append(CultureInfo.InvariantCulture, $"process {process.Pid} {path}{(process.Attached ? " (attached)" : "")}\n");
            foreach (var thread in process.Threads)
                text.Append(CultureInfo.InvariantCulture, $"  thread {thread.Lwp} \"{thread.Name}\" at 0x{thread.Registers.Pc:x}\n");
        }
        return text.Length == 0 ? "There is no process.\n" : text.ToString();
    }

    private static string ShowMap(Session session, string[] words) => ShowProcess(session, [words[0], "-v", .. words[1..]]);

    private static string ShowProcess(Session session, string[] words)
    {
        const string usage = "monitor procstat -t|-v|-f|-i|-c [PID]\n";
        if (words.Length is < 2 or > 3) return usage;
        var pid = session.Tracer.Current?.Process.Pid ?? 0;
        if (words.Length == 3 && !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out pid)) return usage;
        if (session.System.ReadProcess(pid, out _) != Errno.None)
            return pid == 0 ? "There is no process.\n" : $"There is no process {pid}.\n";
        return words[1] switch
        {
            "-t" => ProcStat.Threads(session.System, pid),
            "-v" => ProcStat.Map(session.System, pid),
            "-f" => ProcStat.Files(session.System, pid),
            "-i" => ProcStat.Signals(session.System, pid),
            "-c" => ProcStat.Arguments(session.System, pid),
            _ => usage,
        };
    }

    private static string ShowBreakpoints(Session session, string[] words)
    {
        var text = new StringBuilder();
        foreach (var process in session.Tracer.Processes)
        {
            foreach (var address in process.Breakpoints.Addresses)
                text.Append(CultureInfo.InvariantCulture, $"process {process.Pid}: breakpoint at 0x{address:x}\n");
            foreach (var point in process.DebugRegisters.Points)
                text.Append(CultureInfo.InvariantCulture,
                    $"process {process.Pid}: {Describe(point.Kind)} 0x{point.Address:x}, {point.Length} bytes\n");
        }
        return text.Length == 0 ? "There is no breakpoint in the program. gdb takes its own out at every stop.\n" : text.ToString();
    }

    private static string Describe(BreakpointKind kind) => kind switch
    {
        BreakpointKind.Execute => "hardware breakpoint at",
        BreakpointKind.Write => "writes watched at",
        BreakpointKind.Read => "reads watched at",
        _ => "accesses watched at",
    };

    private static string Disassemble(Session session, string[] words)
    {
        if (session.Tracer.Current is not { } thread) return "There is no process.\n";
        var address = thread.Registers.Pc;
        var count = 8;
        if (words.Length > 1 && !TryAddress(words[1], out address)) return $"\"{words[1]}\" is no address.\n";
        if (words.Length > 2 && (!int.TryParse(words[2], CultureInfo.InvariantCulture, out count) || count is < 1 or > 1000))
            return $"\"{words[2]}\" is no number from 1 to 1000.\n";
        var text = new StringBuilder();
        Span<byte> code = stackalloc byte[LongestInstruction];
        for (; count > 0; count--)
        {
            if (thread.Process.Memory.Read(address, code, out var read) != Errno.None)
                return text.Append(CultureInfo.InvariantCulture, $"0x{address:x}: cannot be read\n").ToString();
            var instruction = session.Tracer.Layout.Target.Disassemble(code[..read], address, out var length);
            if (length == 0) return text.Append(CultureInfo.InvariantCulture, $"0x{address:x}: no instruction\n").ToString();
            text.Append(CultureInfo.InvariantCulture, $"0x{address:x}: {instruction}\n");
            address += (ulong)length;
        }
        return text.ToString();
    }

    private static bool TryAddress(string word, out ulong address) => ulong.TryParse(
        word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? word.AsSpan(2) : word, NumberStyles.HexNumber,
        CultureInfo.InvariantCulture,
        out address);

    /// <summary>One command.</summary>
    /// <param name="Run">Gets the words of the command line and returns the text to show.</param>
    private sealed record Command(string Name, string Arguments, string Description, Func<Session, string[], string> Run);
}
