namespace TraceKernel.Ptrace;

/// <summary>How a process becomes a tracee and ceases to be one (PTRACE.md 5.1 to 5.3, 15).</summary>
public sealed record AttachRules
{
    /// <summary>SIGSTOP is reported before every other signal (P2_PTRACE_FSTP), and PT_DETACH takes back one that has not come.</summary>
    public required bool StopsFirst { get; init; }

    /// <summary>A process that stands stopped is sent SIGSTOP as well; else it is only made to run.</summary>
    public required bool SignalsStopped { get; init; }

    /// <summary>The parent of an attached process keeps it on its list of orphans and may wait for it.</summary>
    public required bool KeepsOrphans { get; init; }

    /// <summary>
    /// p_oppid names the original parent at all times, and so does getppid(2); else it is recorded by PT_TRACE_ME and PT_ATTACH, each time
    /// anew, and getppid(2) of a tracee names the debugger.
    /// </summary>
    public required bool RemembersParent { get; init; }

    /// <summary>
    /// Only a vfork child that traces itself stops for no signal while its parent waits (P_PPTRACE); else no vfork child does, whoever
    /// traces it (issignal of 2003 looks at P_PPWAIT).
    /// </summary>
    public required bool KnowsWaitingTracer { get; init; }

    /// <summary>
    /// A traced child whose original parent has exited belongs to its reaper; else to init (proc_realparent, exit1).
    /// </summary>
    public required bool OrphansGoToReaper { get; init; }

    /// <summary>
    /// Becoming a tracee leaves the events alone that are asked for already (p_stops, P_FOLLOWFORK); else they begin anew (p_ptevents).
    /// </summary>
    public required bool KeepsEvents { get; init; }

    /// <summary>A detached process whose original parent is gone becomes init's; else it stays with the debugger.</summary>
    public required bool DetachesToInit { get; init; }
}

/// <summary>How a tracee goes on (PTRACE.md 5.3 and 5.4).</summary>
public sealed record ResumeRules
{
    /// <summary>PT_STEP refuses a signal that does not exist; else such a number means none.</summary>
    public required bool StepChecksSignal { get; init; }

    /// <summary>PT_STEP takes an address to go to.</summary>
    public required bool StepSetsPc { get; init; }

    /// <summary>So does PT_DETACH.</summary>
    public required bool DetachSetsPc { get; init; }

    /// <summary>The reporting thread gets the answer, whichever was addressed; else the addressed one does.</summary>
    public required bool AnswersReporter { get; init; }

    /// <summary>The resume takes back that the stop was waited for; else the next stop does.</summary>
    public required bool ForgetsWait { get; init; }

    /// <summary>SIGKILL ends every thread that is in a stop or reaches one (P_WKILLED).</summary>
    public required bool KillsSurely { get; init; }

    /// <summary>
    /// The signal that PT_DETACH gives is lost, and so is the one that the tracee has stopped for: issignal sees that nobody traces it any
    /// more before it queues the answer.
    /// </summary>
    public bool DetachLosesSignal { get; init; }
}

/// <summary>What a tracee stops for, and what becomes of the debugger's answer (PTRACE.md 8, 13.5 and 16).</summary>
public sealed record StopRules
{
    /// <summary>
    /// There are stops that are no signals: system calls, execve, fork. Else execve sends a SIGTRAP, and nothing else is told.
    /// </summary>
    public required bool HasEvents { get; init; }

    /// <summary>PTRACE_* that a tracee begins with.</summary>
    public int FirstEvents => HasEvents ? Abi.Ptrace.PTRACE_DEFAULT : 0;

    /// <summary>
    /// The debugger's answer is queued, and delivered without another stop, whatever the stop was; else the signal stays where it is while
    /// its stop lasts, and what is given at an event's stop is lost, SIGKILL too.
    /// </summary>
    public required bool QueuesAnswers { get; init; }

    /// <summary>The first thread that stops reports, the others wait for their turn; else the last one does.</summary>
    public required bool FirstReports { get; init; }

    /// <summary>
    /// A debugger hears of the signals that its tracee ignores: traced, a process has the default action for every signal (psignal of 2003,
    /// lwpsignal); else such a signal vanishes when it is sent.
    /// </summary>
    public bool HearsIgnored { get; init; }

    /// <summary>
    /// Default actions to stop and to continue are carried out while the signal is sent, to a running tracee too: a stop signal stops it
    /// where it is, and nobody reads what the debugger answers; SIGCONT goes nowhere (lwpsignal).
    /// </summary>
    public bool ActsWhenSent { get; init; }

    /// <summary>A debugger gets SIGCHLD for its tracee's stop although it has SA_NOCLDSTOP (ptracestop of 2003).</summary>
    public bool DisregardsNoChildStop { get; init; }

    /// <summary>A signal's record is forgotten with its stop (td_si); else PT_LWPINFO shows it at later stops too.</summary>
    public required bool ForgetsSignal { get; init; }

    /// <summary>
    /// wait(2) takes the SIGCHLD back that tells of what it reports (p_ksi); else the signal stays pending, and its handler runs after.
    /// </summary>
    public required bool WaitTakesSignal { get; init; }

    /// <summary>The child of a followed fork reports before its parent, which waits for that.</summary>
    public required bool ChildReportsFirst { get; init; }

    /// <summary>PT_LWPINFO tells vfork from fork.</summary>
    public required bool TellsVFork { get; init; }

    /// <summary>A process may be stopped by procfs's events (stopevent), which no ptrace request reaches.</summary>
    public required bool HasStopEvents { get; init; }

    /// <summary>
    /// The stops at system calls are bits of procfs's mask (S_PT_SCE and S_PT_SCX of p_stops): PT_DETACH clears all of it, and procfs's
    /// ioctl(2) sees and changes them.
    /// </summary>
    public bool SharesStopMask { get; init; }

    /// <summary>Such a stop says what it is for once; else again whenever somebody wakes it in vain.</summary>
    public bool TellsStopEventOnce { get; init; }

    /// <summary>The signal that wait(2) shows is left alone by the event of the exit, and no thread counts as the reporter.</summary>
    public bool KeepsExitFromStopEvent { get; init; }
}

/// <summary>How a debugger gets at memory (PTRACE.md 2, 6 and 7).</summary>
public sealed record MemoryRules
{
    /// <summary>PT_READ_* and PT_WRITE_* say ENOMEM for whatever went wrong; else EFAULT or what it was, and EINVAL for EPERM.</summary>
    public required bool WordsSayNoMemory { get; init; }

    /// <summary>What writing needs.</summary>
    public required Vm.DebuggerWrite Writes { get; init; }

    /// <summary>PT_IO of length 0 looks whether the page is there.</summary>
    public required bool EmptyTransferLooks { get; init; }

    /// <summary>EFAULT when PT_IO's descriptor cannot be written back.</summary>
    public required bool TellsLostDescriptor { get; init; }

    /// <summary>PT_VM_ENTRY takes a negative index for the first.</summary>
    public required bool NegativeEntryIsFirst { get; init; }

    /// <summary>
    /// A stack grows with the protection that it was mapped with; otherwise with that of the part above, which mprotect(2) may have
    /// changed (vm_map_growstack, August 2023).
    /// </summary>
    public bool StacksGrowAsMapped { get; init; }
}
