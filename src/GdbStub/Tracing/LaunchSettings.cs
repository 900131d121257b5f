using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>How the next program is to be started: what "set args", "set environment" and "set cwd" of a debugger change.</summary>
public sealed class LaunchSettings
{
    // A null value is a variable to be removed.
    private readonly Dictionary<string, string?> _changes = new(StringComparer.Ordinal);

    /// <summary>Path of the program that was started last, as the guest sees it; null: none yet.</summary>
    public string? Program { get; set; }

    /// <summary>argv, argv[0] included.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Paths of standard input, output and error; null: the session's terminal.</summary>
    public string?[] Streams { get; } = new string?[3];

    /// <summary>What becomes of the program when its client is gone without a word.</summary>
    public LostClient OnLostClient { get; set; }

    /// <summary>Where the program starts; null: where the server says.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>Sets the variable of NAME=value; false when there is no name.</summary>
    public bool SetVariable(string assignment)
    {
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) return false;
        _changes[assignment[..equals]] = assignment[(equals + 1)..];
        return true;
    }

    public void UnsetVariable(string name) => _changes[name] = null;

    /// <summary>Takes over what <paramref name="later"/> says.</summary>
    public void Add(LaunchSettings later)
    {
        foreach (var (name, value) in later._changes) _changes[name] = value;
        Program = later.Program ?? Program;
        if (later.Arguments.Count > 0) Arguments = later.Arguments;
        WorkingDirectory = later.WorkingDirectory ?? WorkingDirectory;
        OnLostClient = later.OnLostClient;
        for (var stream = 0; stream < Streams.Length; stream++) Streams[stream] = later.Streams[stream] ?? Streams[stream];
    }

    /// <summary>"~" and "~/PATH" as a shell has them in the program's environment (gdbserver, set_inferior_cwd by gdb_tilde_expand).</summary>
    private static string Expand(string directory, string[] variables)
    {
        const string home = "HOME=";
        if (directory != "~" && !directory.StartsWith("~/", StringComparison.Ordinal)) return directory;
        var value = Array.FindLast(variables, variable => variable.StartsWith(home, StringComparison.Ordinal))?[home.Length..];
        return (value is { Length: > 0 } ? value.TrimEnd('/') : "") + (directory.Length > 1 ? directory[1..] : value is { Length: > 1 } ? "" : "/");
    }

    /// <summary>Back to the server's environment.</summary>
    public void ResetEnvironment() => _changes.Clear();

    /// <param name="environment">NAME=value: the server's environment for programs, which the client's changes apply to.</param>
    /// <param name="directory">The server's directory for programs.</param>
    public SpawnRequest Request(IReadOnlyList<string> environment, string? directory, Terminal terminal)
    {
        var kept = environment.Where(assignment => !_changes.ContainsKey(assignment.Split('=', 2)[0]));
        var changed = _changes.Where(change => change.Value is not null).Select(change => $"{change.Key}={change.Value}");
        string[] variables = [.. kept, .. changed];
        return new SpawnRequest(Program ?? "", Arguments, variables)
        {
            WorkingDirectory = WorkingDirectory is { } chosen ? Expand(chosen, variables) : directory,
            Terminal = terminal,
            StandardInput = Streams[0],
            StandardOutput = Streams[1],
            StandardError = Streams[2],
        };
    }
}

/// <summary>What becomes of a started program when its client is gone without a word.</summary>
public enum LostClient
{
    /// <summary>It is stopped and kept for the next client.</summary>
    Hold,
    /// <summary>It goes on untraced.</summary>
    Detach,
    Kill,
}
