using GdbStub.Tracing;
using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>A debugger's process in a kernel, and what it debugs. It may outlive the connection that drives it.</summary>
/// <param name="System">The process's system calls.</param>
/// <param name="Tracer">The debugger that runs as that process.</param>
/// <param name="Console">The terminal of the programs it starts.</param>
public sealed record Debuggee(SystemCalls System, Tracer Tracer, GuestConsole Console)
{
    /// <summary>Where the debugger's system calls can be listened to; null: nowhere.</summary>
    public RecordedCalls? Calls { get; init; }

    /// <summary>Why there is no program although the command line names one; null when that is no surprise.</summary>
    public string? Explanation { get; init; }
}
