using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Signals;
using TraceKernel.Syscalls;

namespace TraceKernel.Processes;

/// <summary>A thread of a process: struct thread, known to debuggers by its LWP id.</summary>
public sealed class Lwp
{
    public Lwp(Process process, int tid, Cpu cpu)
    {
        Process = process;
        Tid = tid;
        Cpu = cpu;
        Call = new SystemCall(this);
        Name = process.Name;
        CpuSet = process.Kernel.CpuSets.Default;
        RunNode = new LinkedListNode<Lwp>(this);
    }

    public Process Process { get; }

    /// <summary>td_tid, from 100001 on.</summary>
    public int Tid { get; }

    /// <summary>Its registers.</summary>
    public Cpu Cpu { get; }

    /// <summary>td_name.</summary>
    public string Name { get; set; }

    /// <summary>The system call it is in, or was in last.</summary>
    public SystemCall Call { get; }

    /// <summary>td_dbgflags.</summary>
    public DebugFlags Debug { get; set; }

    // Signals.
    public sigset SignalMask { get; set; }
    public SignalQueue Queue { get; } = new();
    /// <summary>td_xsig: the signal of a debugger stop on the way in, the debugger's answer on the way out.</summary>
    public int XSig { get; set; }
    /// <summary>td_si: the siginfo of the signal stop in progress; si_signo 0 at other stops.</summary>
    public siginfo StopInfo;
    /// <summary>Stands in a stop that has a signal's record to show (PL_FLAG_SI).</summary>
    internal bool ShowsSignal => Has(DebugFlags.XSig) && StopInfo.si_signo != 0;
    /// <summary>td_oldsigmask, in force again when a sigsuspend ends (TDP_OLDMASK).</summary>
    public sigset? OldMask { get; set; }
    public ulong AltStackBase { get; set; }
    public ulong AltStackSize { get; set; }
    public bool AltStackEnabled { get; set; }
    /// <summary>sigonstack.</summary>
    public bool IsOnAltStack => AltStackEnabled && Process.Kernel.Architecture.StackPointer(Cpu) - AltStackBase < AltStackSize;

    /// <summary>td_remotereq: what it is to do for its debugger before it stops again.</summary>
    internal Ptrace.RemoteRequest? Remote { get; set; }

    /// <summary>
    /// The trace flag was set when the system call in progress began, and no debugger has put the step away since: it ends after the call, whatever
    /// that leaves in the flags (amd64_syscall's argument "traced").
    /// </summary>
    internal bool IsSteppingCall { get; set; }

    /// <summary>It began with the step of who made it.</summary>
    internal bool IsBornStepping { get; set; }

    /// <summary>TDP_INKTRACE: it sets a trace, of which nothing is recorded.</summary>
    internal bool IsInTraceCall { get; set; }

    /// <summary>The child of the fork in progress, for PT_LWPINFO.</summary>
    public int ForkChild { get; set; }

    /// <summary>The child whose exec or exit a vfork in progress waits for.</summary>
    internal Process? VForkChild { get; set; }

    /// <summary>The child that its fork(2) has made, until the watcher of its process is told.</summary>
    internal Process? WatchedChild { get; set; }

    /// <summary>Its robust mutexes (td_rb_list and its like).</summary>
    public UmtxRobustLists RobustLists { get; set; }
    /// <summary>A thr_wake(2) that no thr_suspend(2) has taken (TDP_WAKEUP, TDF_THRWAKEUP).</summary>
    public bool WakeupPending { get; set; }

    // Scheduling: see Scheduler and Sleeping.
    /// <summary>What it sleeps on; null when it does not.</summary>
    public object? WaitChannel { get; set; }
    /// <summary>td_wmesg: one word that says what for.</summary>
    public string WaitMessage { get; set; } = "";
    /// <summary>The sleep may be ended by a signal (PCATCH).</summary>
    public bool Interruptible { get; set; }
    /// <summary>The sleep is not to be stopped in, but ended (TDF_SBDRY, TDF_SERESTART).</summary>
    internal bool DefersStops { get; set; }
    /// <summary>Why the sleep ended: None (wakeup), EWOULDBLOCK (time), EINTR or ERESTART (signal).</summary>
    public Errno WakeReason { get; set; }
    /// <summary>td_slptick: uptime in nanoseconds at which it fell asleep.</summary>
    internal long SleepsSince { get; set; }
    /// <summary>td_ru: what it has used, but for times and sizes.</summary>
    internal rusage Usage;
    /// <summary>Stopped for a debugger or by job control; counted in Process.SuspendCount.</summary>
    public bool Suspended { get; set; }
    /// <summary>Suspended by single-threading, on its way to user mode (TDF_BOUNDARY).</summary>
    internal bool AtBoundary { get; set; }
    /// <summary>How often it has been suspended.</summary>
    internal int Suspensions { get; set; }
    /// <summary>The coroutine that is its kernel stack.</summary>
    internal Continuation Kernel { get; } = new();
    /// <summary>Completes when the thread is gone; faulted: a kernel bug.</summary>
    internal Task? Coroutine { get; set; }
    /// <summary>In user mode: the scheduler runs instructions rather than the coroutine.</summary>
    internal bool InUserMode { get; set; }
    /// <summary>Something must be looked at before user mode goes on (TDF_ASTPENDING).</summary>
    public bool AstPending { get; set; }
    public bool IsDead { get; set; }
    /// <summary>The exit that brought it back from user mode.</summary>
    internal Exit UserExit { get; set; }
    internal bool Queued { get; set; }
    /// <summary>Its place in the queue of ready threads.</summary>
    internal LinkedListNode<Lwp> RunNode { get; }
    /// <summary>td_pri_class and td_base_user_pri; changed by Scheduler.SetPriority.</summary>
    public rtprio Priority { get; internal set; } = rtprio.Normal;
    /// <summary>td_cpuset: a numbered set, or one of its own within a numbered one.</summary>
    internal CpuSet CpuSet { get; set; }

    /// <summary>What a new thread has from the thread that made it.</summary>
    internal void InheritScheduling(Lwp creator) => (Priority, CpuSet) = (creator.Priority, creator.CpuSet);

    public bool Has(DebugFlags flag) => (Debug & flag) != 0;
    public bool IsSleeping => WaitChannel is not null;
}

/// <summary>td_dbgflags, sys/proc.h TDB_*.</summary>
[Flags]
public enum DebugFlags
{
    None = 0,
    Suspend = 1, XSig = 2, UserWrite = 4, Sce = 8, Scx = 0x10, Exec = 0x20, Fork = 0x40, StopAtFork = 0x80, Child = 0x100, Born = 0x200,
    Exit = 0x400, VFork = 0x800, FirstStop = 0x1000, Step = 0x2000,
    /// <summary>Suspended in ptracestop (TDB_SSWITCH).</summary>
    Switched = 0x4000,
    /// <summary>The stop is at the user boundary.</summary>
    Boundary = 0x8000,
    /// <summary>What a stop may be for that is no signal's.</summary>
    Events = Sce | Scx | Exec | Fork | Child | Born | Exit,
}
