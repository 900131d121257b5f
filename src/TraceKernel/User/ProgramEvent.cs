using TraceKernel.Abi;

namespace TraceKernel.User;

/// <summary>What a <see cref="ProgramEvent"/> tells.</summary>
public enum ProgramEventKind
{
    /// <summary>A process that fork(2) made runs for the first time.</summary>
    Start,
    /// <summary>It runs another program, <see cref="ProgramEvent.Path"/>.</summary>
    Exec,
    /// <summary>System call <see cref="ProgramEvent.Number"/> begins.</summary>
    Call,
    /// <summary>It ends with <see cref="ProgramEvent.Value"/> or <see cref="ProgramEvent.Error"/>.</summary>
    Return,
    /// <summary>It has made process <see cref="ProgramEvent.Number"/>.</summary>
    Fork,
    /// <summary>The same, and waits until that one runs a program or ends.</summary>
    VFork,
    /// <summary>A new thread runs for the first time.</summary>
    Thread,
    /// <summary>A thread ends and others stay.</summary>
    ThreadExit,
    /// <summary>Signal <see cref="ProgramEvent.Number"/> takes effect.</summary>
    Signal,
    /// <summary>The process ends with status <see cref="ProgramEvent.Number"/>.</summary>
    Exit,
    /// <summary>Signal <see cref="ProgramEvent.Number"/> ends the process.</summary>
    Killed,
}

/// <summary>
/// What a process does, as ktrace(2) would record it. Programs cannot find out that somebody is told of it: it stops nobody and takes no
/// time.
/// </summary>
/// <param name="Lwp">The thread; 0 when the whole process is meant.</param>
public readonly record struct ProgramEvent(ProgramEventKind Kind, int Pid, int Lwp)
{
    /// <summary>Of the system call, the signal, the child, or the exit status.</summary>
    public int Number { get; init; }

    /// <summary>The arguments of a call.</summary>
    public IReadOnlyList<ulong> Arguments { get; init; } = [];

    /// <summary>td_retval[0] of a call that succeeded.</summary>
    public long Value { get; init; }

    /// <summary>Why a call failed; None.</summary>
    public Errno Error { get; init; }

    /// <summary>The program's path.</summary>
    public string Path { get; init; } = "";
}
