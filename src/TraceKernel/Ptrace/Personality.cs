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

    /// <summary>ptrace requests that exist; others are EINVAL (PTRACE.md 1.1).</summary>
    public required IReadOnlySet<int> Requests { get; init; }

    /// <summary>sizeof(struct ptrace_lwpinfo).</summary>
    public required int LwpInfoBytes { get; init; }

    /// <summary>Register sets that exist, by note type: a core file has a note of each for every thread, PT_GETREGSET reads them.</summary>
    public required IReadOnlySet<int> RegisterSets { get; init; }

    /// <summary>Flags of a thread's stop that PT_DETACH clears.</summary>
    public required Processes.DebugFlags ClearedByDetach { get; init; }

    /// <summary>While a process is stopped, its interval timer expires once at most (P2_ITSTOPPED): it begins anew when the process goes on.</summary>
    public required bool PausesTimers { get; init; }

    /// <summary>Seeds/004, early 2021.</summary>
    public static readonly Personality FreeBsd13 = new()
    {
        Name = "freebsd-13",
        OsReleaseDate = 1300139,
        OsRelease = "13.0-RELEASE",
        Requests = new HashSet<int>
        {
            PT_TRACE_ME, PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_CONTINUE, PT_KILL, PT_STEP, PT_ATTACH, PT_DETACH, PT_IO, PT_LWPINFO,
            PT_GETNUMLWPS, PT_GETLWPLIST, PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_FOLLOW_FORK,
            PT_LWP_EVENTS, PT_GET_EVENT_MASK, PT_SET_EVENT_MASK, PT_GET_SC_ARGS, PT_GET_SC_RET, PT_GETREGS, PT_SETREGS, PT_GETFPREGS,
            PT_SETFPREGS, PT_GETDBREGS, PT_SETDBREGS, PT_VM_TIMESTAMP, PT_VM_ENTRY,
        },
        LwpInfoBytes = 160,
        RegisterSets = new HashSet<int> { NT_PRSTATUS, NT_FPREGSET, NT_THRMISC, NT_PTLWPINFO, NT_X86_XSTATE },
        ClearedByDetach = Processes.DebugFlags.XSig | Processes.DebugFlags.FirstStop | Processes.DebugFlags.Suspend,
        PausesTimers = false,
    };

    /// <summary>14.0, 2023.</summary>
    public static readonly Personality FreeBsd14 = FreeBsd13 with
    {
        Name = "freebsd-14",
        OsReleaseDate = 1400097,
        OsRelease = "14.0-RELEASE",
        Requests = new HashSet<int>(FreeBsd13.Requests) { PT_COREDUMP, PT_GETREGSET, PT_SETREGSET, PT_SC_REMOTE },
        RegisterSets = new HashSet<int>(FreeBsd13.RegisterSets) { NT_X86_SEGBASES, NT_ARM_TLS, NT_ARM_ADDR_MASK },
        ClearedByDetach = FreeBsd13.ClearedByDetach | Processes.DebugFlags.Born,
        PausesTimers = true,
    };

    /// <summary>Every personality.</summary>
    public static IReadOnlyList<Personality> All { get; } = [FreeBsd13, FreeBsd14];

    /// <summary>The one that is meant when none is named.</summary>
    public static Personality Default => FreeBsd14;

    /// <summary>The personality of that name, or null.</summary>
    public static Personality? Named(string name) => All.FirstOrDefault(p => p.Name == name);
}
