namespace EndToEnd.Tests.Harness;

/// <summary>A gdb at work on a list of commands, with a mark before what each of them prints.</summary>
public sealed class GdbSession : IDisposable
{
    // By itself gdb takes a server that has said nothing for two seconds for one that will not: on a busy machine that is soon.
    private static readonly string[] Settings =
    [
        "set confirm off", "set pagination off", "set width 0", "set height 0", "set debuginfod enabled off", "set style enabled off",
        "set remotetimeout 240",
    ];

    private readonly string _home = Directory.CreateTempSubdirectory("gdbstub-gdb-").FullName;
    private readonly ChildProcess _process;

    public GdbSession(Gdb gdb, bool branded, IEnumerable<string> commands)
    {
        var arguments = new List<string> { "-c", "exec \"$0\" \"$@\" 2>&1", gdb.Program!, "-nx", "-batch" };
        foreach (var setting in Settings) arguments.AddRange(["-iex", setting]);
        var script = commands.ToList();
        // What it reads from the server is neutral.
        if (branded && !gdb.KnowsFreeBsd && script.Exists(command => command.StartsWith("file ", StringComparison.Ordinal)))
            arguments.AddRange(["-iex", "set osabi none"]);
        foreach (var command in script) arguments.AddRange(["-ex", $"echo \\n{Transcript.Mark}{Escape(command)}\\n", "-ex", command]);
        // In the repository's root, the place that the guests' debug information is relative to, so that gdb finds the sources.
        _process = new ChildProcess("sh", arguments, new Dictionary<string, string> { ["HOME"] = _home, ["LC_ALL"] = "C" });
    }

    public int Pid => _process.Pid;

    /// <summary>Waits until gdb, or the program through gdb, has printed <paramref name="text"/>.</summary>
    public void WaitFor(string text) => _process.WaitForOutput(text);

    /// <summary>What ^C does at a terminal.</summary>
    public void Interrupt() => _process.Signal("INT");

    /// <summary>Ends gdb as a crash would, so that it says no farewell to the server.</summary>
    public void Vanish() => _process.Signal("KILL");

    /// <summary>Waits for gdb's own end.</summary>
    public Transcript End()
    {
        _process.WaitForEnd();
        return Transcript.OfGdb(_process.Output);
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private static string Escape(string command) =>
        command.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
