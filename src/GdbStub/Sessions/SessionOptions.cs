namespace GdbStub.Sessions;

/// <summary>What the command line says about every session.</summary>
public sealed record SessionOptions
{
    /// <summary>What target.xml calls the system.</summary>
    public OsAbi OsAbi { get; init; } = OsAbi.Auto;

    /// <summary>The environment of programs that a client starts, before QEnvironment packets: NAME=value.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>The directory in which they start; null: the host process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>How many clients may be there at one time.</summary>
    public int MaxSessions { get; init; } = 16;

    /// <summary>Where the sessions' packets and what they became are written; null: nowhere.</summary>
    public TraceFile? Trace { get; init; }

    /// <summary>The server ends with its first session and kills what the session leaves behind.</summary>
    public bool Once { get; init; }
}

/// <summary>The osabi element of target.xml.</summary>
public enum OsAbi
{
    /// <summary>FreeBSD to clients that know it, none to others.</summary>
    Auto,
    FreeBSD,
    None,
}
