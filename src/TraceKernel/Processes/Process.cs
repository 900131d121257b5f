using TraceKernel.Files;
using TraceKernel.Signals;
using TraceKernel.Vm;
using static TraceKernel.Abi.Forks;

namespace TraceKernel.Processes;

/// <summary>struct proc.</summary>
public sealed partial class Process
{
    public Process(Kernel kernel, int pid, Process? parent, string name)
    {
        Kernel = kernel;
        Pid = pid;
        Parent = parent!;
        OriginalParentPid = parent?.Pid ?? 0;
        Name = name;
        Files = new FileTable();
        Group = pid;
        Session = pid;
        Reaper = kernel.Init ?? this;
        Leader = this;
        Signals = new SignalActions();
    }

    public Kernel Kernel { get; }
    public int Pid { get; }

    /// <summary>p_comm.</summary>
    public string Name { get; set; }

    /// <summary>Creation order.</summary>
    public List<Lwp> Threads { get; } = [];
    public Lwp FirstThread => Threads[0];

    /// <summary>The thread that has executed the last instruction, even if it has ended since; null: none has.</summary>
    public Lwp? LastToRun { get; set; }

    public ProcessFlags Flags { get; set; }
    /// <summary>P2_PTRACE_FSTP: SIGSTOP is reported before anything else.</summary>
    public bool FirstStop { get; set; }
    /// <summary>p_ptevents, PTRACE_*.</summary>
    public int TraceEvents { get; set; }
    /// <summary>p_xthread: the thread that reports the stop.</summary>
    public Lwp? XThread { get; set; }
    /// <summary>p_xsig: the signal of the stop, or that ended the process.</summary>
    public int XSig { get; set; }
    /// <summary>p_xexit.</summary>
    public int ExitCode { get; set; }
    public bool DumpedCore { get; set; }
    public bool IsZombie { get; set; }
    /// <summary>p_suspcount.</summary>
    public int SuspendCount { get; set; }
    /// <summary>p_singlethread, while it stops the others or pushes them out.</summary>
    public Lwp? SingleThread { get; set; }
    public SingleThreadingMode SingleMode { get; set; }
    /// <summary>p_sig: the signal that core files name.</summary>
    public int CoreSignal { get; set; }
    /// <summary>p_stops: the events of procfs at which it waits.</summary>
    public int StopMask { get; set; }
    /// <summary>p_step: it waits at one.</summary>
    public bool IsAtStopEvent { get; set; }
    /// <summary>p_stype, and its value.</summary>
    public int StopEvent { get; set; }
    public int StopValue { get; set; }
    internal object StopEventChannel { get; } = new();
    /// <summary>A debugger's request that one of the threads is carrying out (P2_PTRACEREQ).</summary>
    internal Ptrace.RemoteRequest? RemoteRequest { get; set; }

    // Signals.
    public SignalActions Signals { get; private set; }
    public SignalQueue Queue { get; } = new();

    /// <summary>p_klist: who watches it by kqueue(2).</summary>
    internal KnoteList Notes { get; } = new();

    /// <summary>p_realtimer, and those of processor time.</summary>
    internal IntervalTimers Timers => field ??= new IntervalTimers(this);

    /// <summary>p_umtx_min_timeout: nanoseconds that a sleep of _umtx_op(2) with a time lasts at least.</summary>
    internal long ShortestUmtxSleep { get; set; }

    /// <summary>p_aioinfo: its asynchronous transfers.</summary>
    internal AioQueue Aio => field ??= new AioQueue(this);

    /// <summary>p_kqtim_stop: timers of kqueues that expired while it was stopped, and wait for it to go on.</summary>
    internal List<KqueueTimer> PausedTimers { get; } = [];

    /// <summary>p_itimers: the timers of ktimer_create(2).</summary>
    internal PosixTimers PosixTimers => field ??= new PosixTimers(this);

    /// <summary>The jail it is in, or the host.</summary>
    public Prison Prison => Credentials.Prison ?? Kernel.Prisons.Host;

    /// <summary>The ID of its jail; 0 is the host, which sees all. Setting it makes the jail if it is not there.</summary>
    public int Jail
    {
        get => Credentials.Prison?.Id ?? 0;
        set => Credentials = Credentials with { Prison = value == 0 ? null : Kernel.Prisons.FindOrCreate(value) };
    }

    /// <summary>ktrace(2): where what it does is recorded; null: nowhere.</summary>
    internal KernelTrace? Trace { get; set; }

    // What it runs.
    public VmSpace Vm { get; set; } = null!;
    public FileTable Files { get; set; }
    /// <summary>p_nice, −20 to 20.</summary>
    public int Nice { get; set; }

    /// <summary>p_pd.</summary>
    public WorkingDirectory Directory { get; set; } = new();
    public string CurrentDirectory => Directory.Path;
    public int FileCreationMask { get => Directory.CreationMask; set => Directory.CreationMask = value; }
    /// <summary>Full path of the program from the machine's root (p_textvp); kern.proc.pathname.</summary>
    public string ExecutablePath { get; set; } = "";
    public IReadOnlyList<string> Arguments { get; set; } = [];
    public IReadOnlyList<string> Environment { get; set; } = [];
    /// <summary>The auxiliary vector as it was put on the stack.</summary>
    public byte[] Auxv { get; set; } = [];
    /// <summary>p_osrel: what the ABI note says; 0 without one.</summary>
    public int OsRelease { get; set; }
    /// <summary>The user that runs programs unless the options name another one; also the number of that user's group.</summary>
    public const uint ProgramUser = 1001;

    /// <summary>p_ucred.</summary>
    public Credentials Credentials { get; set; } = Credentials.Of(ProgramUser, ProgramUser);

    /// <summary>The login name of its session.</summary>
    public SessionLogin Login { get; set; } = new(SessionLogin.GuestUser);

    /// <summary>The effective user; setting it makes the real and the saved one the same.</summary>
    public uint UserId
    {
        get => Credentials.UserId;
        set => Credentials = Credentials with { RealUserId = value, UserId = value, SavedUserId = value };
    }

    /// <summary>The effective group.</summary>
    public uint GroupId => Credentials.GroupId;
    public long StartTime { get; set; }
    /// <summary>p_limit.</summary>
    public ResourceLimits Limits { get; set; } = new();

    /// <summary>p_cpulimit: the processor time, in nanoseconds, at which <see cref="ProcessorLimits"/> looks.</summary>
    internal long ProcessorLimit { get; set; } = long.MaxValue;

    /// <summary>SV_ILP32: its pointers have 32 bits. No program that runs here is such; a debugger may be.</summary>
    public bool IsIlp32 { get; set; }

    /// <summary>A host process runs C# on host threads: it has one thread that the scheduler never sees.</summary>
    public bool IsHost { get; init; }

    public bool Has(ProcessFlags flag) => (Flags & flag) != 0;
    public bool IsTraced => Has(ProcessFlags.Traced);

    /// <summary>What a forked child starts with.</summary>
    /// <param name="flags">RF*: what it shares, copies or goes without.</param>
    internal void InheritFrom(Process parent, int flags)
    {
        Signals = (flags & RFSIGSHARE) != 0 ? parent.Signals : parent.Signals.Copy();
        Files = (flags & RFCFDG) != 0 ? new FileTable() : (flags & RFFDG) != 0 ? parent.Files.Fork() : parent.Files.Share();
        Directory = (flags & (RFCFDG | RFFDG)) != 0 ? parent.Directory.Copy() : parent.Directory;
        (ExecutablePath, Arguments, Environment, Auxv) = (parent.ExecutablePath, parent.Arguments, parent.Environment, parent.Auxv);
        (OsRelease, Credentials, Login) = (parent.OsRelease, parent.Credentials, parent.Login);
        // fork1: P_SUGID is handed on.
        Flags |= parent.Flags & ProcessFlags.SetId;
        Nice = parent.Nice;
        Limits = parent.Limits.Copy();
        ProcessorLimit = ProcessorLimits.First(this);
    }

    /// <summary>
    /// What a new program does not share with other processes any more (fdunshare, pdunshare, sigacts_copy of do_execve).
    /// </summary>
    internal void Unshare()
    {
        Files = Files.Unshare();
        Directory = Directory.Copy();
        Signals = Signals.Copy();
    }
}

/// <summary>p_flag, sys/proc.h P_*.</summary>
[Flags]
public enum ProcessFlags
{
    None = 0,
    /// <summary>vfork parent waits (P_PPWAIT).</summary>
    ParentWaits = 1,
    /// <summary>Traced by the waiting vfork parent: no signal stops until exec (P_PPTRACE).</summary>
    ParentTraces = 2,
    System = 0x200, Traced = 0x800, Waited = 0x1000, Exiting = 0x2000, Killed = 0x8000, Continued = 0x10000, StoppedSignal = 0x20000,
    StoppedTrace = 0x40000, StoppedSingle = 0x80000, SetId = 0x100, SingleExit = 0x400, InExec = 0x4000000,
    /// <summary>It has executed a program since fork (P_EXEC).</summary>
    Executed = 0x4000,
    /// <summary>Not killed when memory is short (P_PROTECTED).</summary>
    Protected = 0x100000,
}
