using GdbStub.Sessions;
using GdbStub.Transports;
using Serilog.Events;

namespace GdbStub.CommandLine;

/// <summary>What the program was asked to do.</summary>
public enum Verb
{
    Serve,
    Run,
    Health,
    Stats,
}

/// <summary>The command line, checked.</summary>
public sealed record Settings
{
    public required Verb Verb { get; init; }

    /// <summary>PROGRAM and its arguments; empty: none was given.</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>The endpoint of <c>health</c> and <c>stats</c>.</summary>
    public ListenAddress? Endpoint { get; init; }

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Default];

    /// <summary>Serve without a process: clients run or attach.</summary>
    public bool Multi { get; init; }

    public required SessionOptions Session { get; init; }

    public required KernelOptions Kernel { get; init; }

    /// <summary>The host's file that the trace is written to; null: there is none.</summary>
    public string? Trace { get; init; }

    /// <summary>Bytes that the trace may have.</summary>
    public long MaxTrace { get; init; } = long.MaxValue;

    /// <summary>The host's file that <c>run</c> is written down in; null: none.</summary>
    public string? Record { get; init; }

    /// <summary>The host's file with the run that <c>run</c> is to do again; null: it does a new one.</summary>
    public string? Replay { get; init; }

    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;
}
