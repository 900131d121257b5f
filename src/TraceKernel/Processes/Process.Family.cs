using TraceKernel.Abi;
using TraceKernel.Files;

namespace TraceKernel.Processes;

// Whose child it is, who debugs it, who reaps it, and what it asked for by procctl(2).
public sealed partial class Process
{
    /// <summary>p_pptr: the debugger while it is traced.</summary>
    public Process Parent { get; set; }

    /// <summary>p_oppid: always the original parent, or who took its place.</summary>
    public int OriginalParentPid { get; set; }

    /// <summary>p_children: most recently (re)parented first.</summary>
    public List<Process> Children { get; } = [];

    /// <summary>p_orphans: own children that another process traces.</summary>
    public List<Process> Orphans { get; } = [];

    /// <summary>P_TREE_ORPHANED.</summary>
    public bool IsOrphan { get; set; }

    /// <summary>p_reaper: who gets its children when it exits.</summary>
    public Process Reaper { get; set; }

    /// <summary>P_TREE_REAPER: it has asked to reap its descendants.</summary>
    public bool IsReaper { get; set; }

    /// <summary>p_reaplist: those whose reaper it is, the youngest first.</summary>
    public List<Process> Reaplist { get; } = [];

    /// <summary>p_reapsubtree: the reaper's child that it descends from; for those of process 1, itself or nobody in particular.</summary>
    public int ReapSubtree { get; set; }

    /// <summary>p_procdesc: who holds it by pdfork(2).</summary>
    internal ProcessDescriptor? Descriptor { get; set; }

    /// <summary>p_sigparent.</summary>
    public int ParentSignal { get; set; } = Abi.Signals.SIGCHLD;

    /// <summary>p_pdeathsig: what it wants to get when its parent exits; 0: nothing.</summary>
    public int ParentDeathSignal { get; set; }

    /// <summary>p_leader: the process that takes its RFTHREAD descendants along when it exits.</summary>
    public Process Leader { get; set; }

    /// <summary>p_peers of a leader.</summary>
    public List<Process> Peers { get; } = [];

    /// <summary>p_pgrp.</summary>
    public int Group { get; set; }

    /// <summary>s_sid of its group's session.</summary>
    public int Session { get; set; }

    /// <summary>P_CONTROLT: its session's terminal controls it.</summary>
    public bool HasTerminal { get; set; }

    /// <summary>P_TREE_GRPEXITED: it no longer keeps any group from being orphaned.</summary>
    public bool HasLeftGroup { get; set; }

    /// <summary>Why its last execve(2) failed, in one line for people; null when none did.</summary>
    internal string? ExecRefusal { get; set; }

    /// <summary>PROC_LA_CTL_*: the address width that it wants from the next execve on (P_MD_LA48 and P_MD_LA57 of amd64's md_flags).</summary>
    internal int AddressWidth { get; set; } = Abi.Procctl.PROC_LA_CTL_DEFAULT_ON_EXEC;

    /// <summary>Who is told of all that it does (<see cref="User.SpawnRequest.Watcher"/>); null: nobody.</summary>
    internal Action<User.ProgramEvent>? Watcher { get; set; }

    /// <summary>p_flag2.</summary>
    public ProcessFlags2 Flags2 { get; set; }

    public bool Has(ProcessFlags2 flag) => (Flags2 & flag) != 0;

    /// <summary>p_crux: nanoseconds of processor time of the children that it has waited for, and theirs.</summary>
    public long ChildrenTime { get; set; }

    /// <summary>p_stats->p_cru: what the children that it has waited for have used, and theirs, but for the time.</summary>
    internal rusage ChildrenUsage { get; set; }

    /// <summary>p_ru: what threads that are gone have used, but for the time.</summary>
    internal rusage ExitedThreadsUsage { get; set; }

    /// <summary>Processor time of threads that are gone, in nanoseconds.</summary>
    public long ExitedThreadsTime { get; set; }
}

/// <summary>p_flag2, sys/proc.h P2_*.</summary>
[Flags]
public enum ProcessFlags2
{
    None = 0,
    /// <summary>Only root may debug it, and it dumps no core (P2_NOTRACE; procctl(2), PROC_TRACE_CTL).</summary>
    NoTrace = 2,
    /// <summary>That outlasts execve.</summary>
    NoTraceExec = 4,
    InheritProtected = 1, TrapCapabilities = 0x20, AslrEnable = 0x40, AslrDisable = 0x80, ProtmaxEnable = 0x200, ProtmaxDisable = 0x400,
    StackGapDisable = 0x800, StackGapDisableExec = 0x1000, NoNewPrivileges = 0x8000, WxorxDisable = 0x10000, WxorxEnableExec = 0x20000,
    LogSignalExitEnable = 0x800000, LogSignalExitControlled = 0x1000000,
    /// <summary>Registered with membarrier(2); until the next program.</summary>
    MembarPrivate = 0x100000, MembarPrivateSyncCore = 0x200000, MembarGlobal = 0x400000,
    Membar = MembarPrivate | MembarPrivateSyncCore | MembarGlobal,
    /// <summary>What a child gets.</summary>
    Inherited = NoTrace | NoTraceExec | TrapCapabilities | AslrEnable | AslrDisable | ProtmaxEnable | ProtmaxDisable | StackGapDisable
        | StackGapDisableExec | NoNewPrivileges | WxorxDisable | WxorxEnableExec | LogSignalExitControlled | LogSignalExitEnable,
}
