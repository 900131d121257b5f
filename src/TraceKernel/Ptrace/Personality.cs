using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Vm;
using static TraceKernel.Abi.CoreNotes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>What differs between releases: values that handlers read, so that no handler asks which kernel it is.</summary>
public sealed record Personality
{
    /// <summary>What --kernel says.</summary>
    public required string Name { get; init; }

    /// <summary>kern.osreldate and AT_OSRELDATE.</summary>
    public required int OsReleaseDate { get; init; }

    /// <summary>kern.osrelease.</summary>
    public required string OsRelease { get; init; }

    /// <summary>MAXCPU, kern.smp.maxcpus: processors that a kernel of this release is built for. A CPU set has a bit for each.</summary>
    public required int MaximumCpus { get; init; }

    /// <summary>cpuset_getaffinity(2) takes a set of any size that has room for the processors; else only of the kernel's own size.</summary>
    public bool TakesAnyCpuSetSize { get; init; }

    /// <summary>Names of the CPUs that it runs on.</summary>
    public required IReadOnlySet<string> Architectures { get; init; }

    /// <summary>ptrace requests that exist; others are EINVAL (PTRACE.md 1.1). PT_FIRSTMACH stands for all of cpu_ptrace.</summary>
    public required IReadOnlySet<int> Requests { get; init; }

    /// <summary>sizeof(struct ptrace_lwpinfo).</summary>
    public required int LwpInfoBytes { get; init; }

    /// <summary>wait(2) for any child reports the stops of one that was made by pdfork(2) to its debugger (proc_to_reap, 2021).</summary>
    public required bool ShowsTracedDescriptors { get; init; }

    /// <summary>procctl(2) has PROC_LOGSIGEXIT_CTL.</summary>
    public bool HasSignalLogControl { get; init; }

    /// <summary>Register sets that exist, by note type: a core file has a note of each for every thread, PT_GETREGSET reads them.</summary>
    public required IReadOnlySet<int> RegisterSets { get; init; }

    /// <summary>Flags of a thread's stop that PT_DETACH clears.</summary>
    public required DebugFlags ClearedByDetach { get; init; }

    /// <summary>
    /// While a process is stopped, its interval timer expires once at most (P2_ITSTOPPED): it begins anew when the process goes on.
    /// </summary>
    public required bool PausesTimers { get; init; }

    /// <summary>Who is found, and who may be debugged.</summary>
    public required CheckRules Checks { get; init; }

    /// <summary>How a process becomes a tracee and ceases to be one.</summary>
    public required AttachRules Attaching { get; init; }

    /// <summary>How it goes on.</summary>
    public required ResumeRules Resuming { get; init; }

    /// <summary>What it stops for.</summary>
    public required StopRules Stops { get; init; }

    /// <summary>How a debugger gets at its memory.</summary>
    public required MemoryRules Memory { get; init; }

    /// <summary>What its machine-dependent half does.</summary>
    public required MachineRules Machine { get; init; }

    /// <summary>Seeds/001, 2003.</summary>
    public static readonly Personality FreeBsd5 = new()
    {
        Name = "freebsd-5",
        OsReleaseDate = 502010,
        OsRelease = "5.2-RELEASE",
        MaximumCpus = 256,
        Architectures = new HashSet<string> { "amd64" },
        Requests = new HashSet<int>
        {
            PT_TRACE_ME, PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_CONTINUE, PT_KILL, PT_STEP, PT_ATTACH, PT_DETACH, PT_IO,
            PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS, PT_GETDBREGS, PT_SETDBREGS,
        },
        LwpInfoBytes = 0,
        RegisterSets = new HashSet<int> { NT_PRSTATUS, NT_FPREGSET },
        ClearedByDetach = DebugFlags.XSig | DebugFlags.Suspend,
        PausesTimers = false,
        ShowsTracedDescriptors = false,
        Checks = new CheckRules
        {
            FindsThreads = false,
            HidesExiting = false,
            AsksAlways = true,
            InExec = Errno.EAGAIN,
            CanBeSwitchedOff = false,
            KnowsIlp32 = false,
            KnowsNoTrace = false,
            RefusesUnknownFirst = true,
            TraceMeOnce = false,
            Stopped = ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace | ProcessFlags.StoppedSingle,
            AllSuspended = false,
            InExecFirst = false,
        },
        Attaching = new AttachRules
        {
            StopsFirst = false,
            SignalsStopped = false,
            KeepsOrphans = false,
            RemembersParent = false,
            KnowsWaitingTracer = false,
            OrphansGoToReaper = false,
            KeepsEvents = false,
            DetachesToInit = true,
        },
        Resuming = new ResumeRules
        {
            StepChecksSignal = false,
            StepSetsPc = true,
            DetachSetsPc = true,
            AnswersReporter = true,
            ForgetsWait = false,
            KillsSurely = false,
            DetachLosesSignal = true,
        },
        Stops = new StopRules
        {
            HasEvents = false,
            QueuesAnswers = false,
            FirstReports = true,
            ForgetsSignal = true,
            WaitTakesSignal = false,
            ChildReportsFirst = false,
            TellsVFork = false,
            HasStopEvents = true,
            HearsIgnored = true,
            DisregardsNoChildStop = true,
        },
        Memory = new MemoryRules
        {
            WordsSayNoMemory = false,
            Writes = DebuggerWrite.Override,
            EmptyTransferLooks = true,
            TellsLostDescriptor = false,
            NegativeEntryIsFirst = false,
        },
        Machine = new MachineRules
        {
            HasDebugRegisters = false,
            SetsPc = false,
            RegistersArmStep = false,
            TrampolineCallsHandler = false,
            HandlersAreNotStepped = false,
            ChildrenAreNotStepped = false,
            TellsTraps = false,
            FaultsByNote = false,
            FilesEndInBusErrors = false,
        },
    };

    /// <summary>Seeds/003, DragonFly 5 and 6: what FreeBSD 5 had, with other checks and procfs's helpers.</summary>
    public static readonly Personality DragonFly = FreeBsd5 with
    {
        Name = "dragonfly",
        OsReleaseDate = 600400,
        OsRelease = "6.4-RELEASE",
        Checks = FreeBsd5.Checks with { AsksAlways = false, Stopped = ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace, InExecFirst = true },
        Attaching = FreeBsd5.Attaching with { DetachesToInit = false },
        Resuming = FreeBsd5.Resuming with { StepChecksSignal = true, DetachLosesSignal = false },
        Stops = FreeBsd5.Stops with { TellsStopEventOnce = true, ActsWhenSent = true, DisregardsNoChildStop = false },
        Memory = FreeBsd5.Memory with { Writes = DebuggerWrite.OverrideReadable, EmptyTransferLooks = false },
    };

    /// <summary>Seeds/000, summer of 2015.</summary>
    public static readonly Personality FreeBsd11 = new()
    {
        Name = "freebsd-11",
        OsReleaseDate = 1100078,
        OsRelease = "11.0-CURRENT",
        MaximumCpus = 256,
        Architectures = new HashSet<string> { "amd64", "arm64" },
        Requests = new HashSet<int>(FreeBsd5.Requests)
        {
            PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST, PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL,
            PT_FOLLOW_FORK, PT_VM_TIMESTAMP, PT_VM_ENTRY, PT_FIRSTMACH,
        },
        LwpInfoBytes = 152,
        RegisterSets = new HashSet<int> { NT_PRSTATUS, NT_FPREGSET, NT_THRMISC, NT_X86_XSTATE },
        ClearedByDetach = DebugFlags.Suspend,
        PausesTimers = false,
        ShowsTracedDescriptors = false,
        Checks = new CheckRules
        {
            FindsThreads = true,
            HidesExiting = true,
            AsksAlways = true,
            InExec = Errno.EBUSY,
            CanBeSwitchedOff = false,
            KnowsIlp32 = true,
            KnowsNoTrace = true,
            RefusesUnknownFirst = false,
            TraceMeOnce = false,
            Stopped = ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace,
            AllSuspended = true,
            InExecFirst = false,
        },
        Attaching = new AttachRules
        {
            StopsFirst = false,
            SignalsStopped = true,
            KeepsOrphans = true,
            RemembersParent = false,
            KnowsWaitingTracer = true,
            OrphansGoToReaper = false,
            KeepsEvents = true,
            DetachesToInit = true,
        },
        Resuming = new ResumeRules
        {
            StepChecksSignal = true,
            StepSetsPc = false,
            DetachSetsPc = false,
            AnswersReporter = false,
            ForgetsWait = true,
            KillsSurely = false,
        },
        Stops = new StopRules
        {
            HasEvents = true,
            QueuesAnswers = false,
            FirstReports = false,
            ForgetsSignal = false,
            WaitTakesSignal = true,
            ChildReportsFirst = true,
            TellsVFork = false,
            HasStopEvents = true,
            KeepsExitFromStopEvent = true,
            SharesStopMask = true,
        },
        Memory = new MemoryRules
        {
            WordsSayNoMemory = false,
            Writes = DebuggerWrite.Copy,
            EmptyTransferLooks = true,
            TellsLostDescriptor = true,
            NegativeEntryIsFirst = false,
        },
        Machine = FreeBsd5.Machine,
    };

    /// <summary>Seeds/004, early 2021.</summary>
    public static readonly Personality FreeBsd13 = FreeBsd11 with
    {
        Name = "freebsd-13",
        OsReleaseDate = 1300139,
        OsRelease = "13.0-RELEASE",
        Requests = new HashSet<int>(FreeBsd11.Requests) { PT_LWP_EVENTS, PT_GET_EVENT_MASK, PT_SET_EVENT_MASK, PT_GET_SC_ARGS, PT_GET_SC_RET },
        LwpInfoBytes = 160,
        RegisterSets = new HashSet<int>(FreeBsd11.RegisterSets) { NT_PTLWPINFO },
        ClearedByDetach = DebugFlags.XSig | DebugFlags.FirstStop | DebugFlags.Suspend,
        Checks = FreeBsd11.Checks with { TraceMeOnce = true, Stopped = ProcessFlags.StoppedTrace },
        Attaching = FreeBsd11.Attaching with { StopsFirst = true, RemembersParent = true, OrphansGoToReaper = true, KeepsEvents = false },
        Resuming = FreeBsd11.Resuming with { AnswersReporter = true, KillsSurely = true },
        Stops = new StopRules
        {
            HasEvents = true,
            QueuesAnswers = true,
            FirstReports = true,
            ForgetsSignal = true,
            WaitTakesSignal = true,
            ChildReportsFirst = false,
            TellsVFork = true,
            HasStopEvents = false,
        },
        Memory = FreeBsd11.Memory with { WordsSayNoMemory = true, NegativeEntryIsFirst = true },
        Machine = new MachineRules
        {
            HasDebugRegisters = true,
            SetsPc = true,
            RegistersArmStep = true,
            TrampolineCallsHandler = true,
            HandlersAreNotStepped = true,
            ChildrenAreNotStepped = true,
            TellsTraps = true,
            FaultsByNote = true,
            FilesEndInBusErrors = true,
        },
    };

    /// <summary>14.0, 2023.</summary>
    public static readonly Personality FreeBsd14 = FreeBsd13 with
    {
        Name = "freebsd-14",
        OsReleaseDate = 1400097,
        OsRelease = "14.0-RELEASE",
        MaximumCpus = 1024,
        TakesAnyCpuSetSize = true,
        Requests = new HashSet<int>(FreeBsd13.Requests) { PT_COREDUMP, PT_GETREGSET, PT_SETREGSET, PT_SC_REMOTE },
        RegisterSets = new HashSet<int>(FreeBsd13.RegisterSets) { NT_X86_SEGBASES, NT_ARM_TLS, NT_ARM_ADDR_MASK },
        ClearedByDetach = FreeBsd13.ClearedByDetach | DebugFlags.Born,
        PausesTimers = true,
        ShowsTracedDescriptors = true,
        HasSignalLogControl = true,
        Checks = FreeBsd13.Checks with { CanBeSwitchedOff = true },
        Memory = FreeBsd13.Memory with { StacksGrowAsMapped = true },
    };

    /// <summary>The same kernel with the requests of ours that can be carried out on it (docs/personalities.md).</summary>
    public Personality WithExtensions() =>
        Requests.Contains(PT_LWPINFO) ? this with { Requests = new HashSet<int>(Requests) { PT_X_SETSIGINFO } } : this;

    /// <summary>Every personality, oldest first.</summary>
    public static IReadOnlyList<Personality> All { get; } = [FreeBsd5, DragonFly, FreeBsd11, FreeBsd13, FreeBsd14];

    /// <summary>The one that is meant when none is named.</summary>
    public static Personality Default => FreeBsd14;

    /// <summary>The personality of that name, or null.</summary>
    public static Personality? Named(string name) => All.FirstOrDefault(p => p.Name == name);
}
