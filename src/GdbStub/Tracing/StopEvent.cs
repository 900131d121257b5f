namespace GdbStub.Tracing;

/// <summary>Why <see cref="Tracer.Wait"/> returned.</summary>
public enum StopKind
{
    /// <summary>Nothing has run yet, or nothing is traced.</summary>
    None,
    /// <summary>Stands before its first instruction; the signal is execve's SIGTRAP.</summary>
    Launched,
    /// <summary>A signal; signal 0 after an attach.</summary>
    Signal,
    /// <summary>A finished step; the signal is SIGTRAP.</summary>
    Step,
    /// <summary>One of our breakpoint instructions; the pc is its address.</summary>
    SoftwareBreakpoint,
    /// <summary>A comparator for execution; the pc is its address.</summary>
    HardwareBreakpoint,
    /// <summary>A comparator for data.</summary>
    Watchpoint,
    /// <summary>The debugger's own <see cref="Tracer.Interrupt"/>.</summary>
    Interrupt,
    Fork,
    Vfork,
    VforkDone,
    Exec,
    /// <summary>The dynamic linker has loaded or unloaded libraries, and the client cannot find that out itself.</summary>
    LibrariesChanged,
    ThreadCreated,
    /// <summary>The thread has made another, the child, which has not run yet.</summary>
    Cloned,
    /// <summary>The thread has ended; it is no longer in the list, and its process is stopped.</summary>
    ThreadExited,
    /// <summary>A system call that is caught begins or has ended; the signal is SIGTRAP.</summary>
    SyscallEntry,
    SyscallReturn,
    /// <summary>The last thread that was let run has ended; the others of its process are held.</summary>
    NoResumed,
    /// <summary>The process has ended by itself.</summary>
    Exited,
    /// <summary>The process has been ended by a signal.</summary>
    Killed,
}

/// <summary>What a Z packet asks for, by its number; the values are those of IDebugTarget.</summary>
public enum BreakpointKind
{
    Software = 0,
    Execute = 1,
    Write = 2,
    Read = 3,
    Access = 4,
}

/// <summary>One event of a traced process, as a debugger reports it.</summary>
/// <param name="Pid">The process; 0 with <see cref="StopKind.None"/>.</param>
/// <param name="Lwp">The thread that caused it; 0 when the process has ended.</param>
public readonly record struct StopEvent(StopKind Kind, int Pid, int Lwp)
{
    /// <summary>FreeBSD's number of the signal that stopped or ended the process.</summary>
    public int Signal { get; init; }

    /// <summary>Low eight bits of exit(2)'s argument.</summary>
    public int ExitCode { get; init; }

    /// <summary>How the data at <see cref="Address"/> is watched.</summary>
    public BreakpointKind Watch { get; init; }

    /// <summary>The breakpoint, or what was hit of the watched addresses.</summary>
    public ulong Address { get; init; }

    /// <summary>The first of the watched addresses.</summary>
    public ulong WatchStart { get; init; }

    /// <summary>The number of the system call.</summary>
    public int Syscall { get; init; }

    /// <summary>
    /// The new process of a fork, and its first thread; of <see cref="StopKind.Cloned"/> the same process, and the new thread.
    /// </summary>
    public int Child { get; init; }
    public int ChildLwp { get; init; }

    /// <summary>True when the process is gone.</summary>
    public bool IsEnd => Kind is StopKind.Exited or StopKind.Killed;
}

/// <summary>What may be reported beyond signals and ends: what the client has agreed to.</summary>
[Flags]
public enum ReportedEvents
{
    None = 0,
    Fork = 1,
    Vfork = 2,
    Exec = 4,
    /// <summary>Births and ends of threads (QThreadEvents).</summary>
    Threads = 8,
    /// <summary>That nothing resumed is left.</summary>
    NoResumed = 16,
}

/// <summary>Options of a single thread; the values are the protocol's (GDB manual, QThreadOptions).</summary>
[Flags]
public enum ThreadOptions
{
    None = 0,
    /// <summary>A thread that it makes is reported before that runs.</summary>
    Clone = 1,
    /// <summary>Its end is reported.</summary>
    Exit = 2,
}
