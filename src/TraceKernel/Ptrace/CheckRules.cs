using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Ptrace;

/// <summary>Which targets a kernel finds, and what it asks before a debugger may do something with them (PTRACE.md 3 and 4).</summary>
public sealed record CheckRules
{
    /// <summary>pid may be the id of a thread, and by pid the reporting thread is meant; else always the first.</summary>
    public required bool FindsThreads { get; init; }

    /// <summary>Who is in exit(2) is not found any more (P_WEXIT).</summary>
    public required bool HidesExiting { get; init; }

    /// <summary>
    /// p_cansee and p_candebug are asked for every request; else PT_ATTACH looks at the user, and procfs before it touches anything.
    /// </summary>
    public required bool AsksAlways { get; init; }

    /// <summary>What is said of a process that is in execve(2).</summary>
    public required Errno InExec { get; init; }

    /// <summary>
    /// execve(2) marks the process (P_INEXEC) before it does anything about the other threads; else once they stand still, so that nobody
    /// sees the mark who does not act within the call.
    /// </summary>
    public required bool InExecFirst { get; init; }

    /// <summary>A process may have itself not traced (P2_NOTRACE).</summary>
    public required bool KnowsNoTrace { get; init; }

    /// <summary>Requests that do not exist are refused before anybody looks whether the target is traced and stopped.</summary>
    public required bool RefusesUnknownFirst { get; init; }

    /// <summary>PT_TRACE_ME is refused to who is traced already, and to children of init.</summary>
    public required bool TraceMeOnce { get; init; }

    /// <summary>A stopped tracee has one of these.</summary>
    public required ProcessFlags Stopped { get; init; }

    /// <summary>… and all its threads are suspended.</summary>
    public required bool AllSuspended { get; init; }

    /// <summary>32-bit debuggers have structures of their own (wrap32).</summary>
    public required bool KnowsIlp32 { get; init; }

    /// <summary>security.bsd.allow_ptrace: off, the call does not exist.</summary>
    public required bool CanBeSwitchedOff { get; init; }
}
