namespace GdbStub.Tracing;

/// <summary>What a thread is to do.</summary>
public enum ResumeKind
{
    /// <summary>Stay stopped.</summary>
    Stay,
    Continue,
    Step,
    /// <summary>Step until the pc leaves a range.</summary>
    StepRange,
}

/// <summary>One action of vCont: which threads, and what they do.</summary>
/// <param name="Pid">Process; −1: every process.</param>
/// <param name="Lwp">Thread; −1: every thread of the process.</param>
/// <param name="Signal">FreeBSD's number of the signal to deliver; 0: none.</param>
/// <param name="Start">First address of the range.</param>
/// <param name="End">First address after the range.</param>
public readonly record struct ResumeAction(ResumeKind Kind, int Pid, int Lwp, int Signal = 0, ulong Start = 0, ulong End = 0)
{
    public bool Covers(int pid) => Pid == -1 || Pid == pid;

    public bool Covers(TracedThread thread) => Covers(thread.Process.Pid) && (Lwp == -1 || Lwp == thread.Lwp);
}
