namespace GdbStub.Sessions;

/// <summary>What the command line says about every session.</summary>
public sealed record SessionOptions
{
    /// <summary>What target.xml calls the system, and whether gdb sees the brand of the programs that it reads from here.</summary>
    public OsAbi OsAbi { get; init; } = OsAbi.Auto;

    /// <summary>The environment of programs that a client starts, before QEnvironment packets: NAME=value.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>The directory in which they start; null: the host process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>How many clients may be there at one time.</summary>
    public int MaxSessions { get; init; } = 16;

    /// <summary>Who shares a machine with whom.</summary>
    public MachineSharing Machine { get; init; } = MachineSharing.Shared;

    /// <summary>Where the sessions' packets and what they became are written; null: nowhere.</summary>
    public TraceFile? Trace { get; init; }

    /// <summary>How long a connection may be silent before its first packet.</summary>
    public TimeSpan TimeToOpen { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long nobody may say anything before a session ends; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</summary>
    public TimeSpan MaxIdle { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Bytes of what programs print that one session shows.</summary>
    public long MaxOutput { get; init; } = long.MaxValue;

    /// <summary>Bytes of files that one session may read and write (vFile packets).</summary>
    public long MaxTransfer { get; init; } = long.MaxValue;

    /// <summary>By which idle time is measured.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The server ends with its first session and kills what the session leaves behind.</summary>
    public bool Once { get; init; }
}

/// <summary>Who shares a machine (a process table, its files and its clock) with whom.</summary>
public enum MachineSharing
{
    /// <summary>All clients, but those of the demo, are in one machine: one finds what another has left, and can attach to it.</summary>
    Shared,
    /// <summary>Each connection has a machine of its own, with PROGRAM fresh in it, and both end with the connection.</summary>
    PerConnection,
}

/// <summary>The osabi element of target.xml.</summary>
public enum OsAbi
{
    /// <summary>FreeBSD to clients that know it, none to others.</summary>
    Auto,
    FreeBSD,
    None,
}
