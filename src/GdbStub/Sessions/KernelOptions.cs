using TraceKernel.User;

namespace GdbStub.Sessions;

/// <summary>What the command line says about the simulated system.</summary>
public sealed record KernelOptions
{
    /// <summary>The personality: freebsd-14, …</summary>
    public required string Kernel { get; init; }

    /// <summary>ptrace(2) has FreeBSD's requests only.</summary>
    public bool IsStrict { get; init; }

    /// <summary>FreeBSD's name of the CPU (hw.machine), for the demo and for programs that come later.</summary>
    public required string Architecture { get; init; }

    /// <summary>Path, on the host, of the program that is to be run: its ELF header decides the CPU. Null when there is none yet.</summary>
    public string? ProgramFile { get; init; }

    /// <summary>Host directory that is the guest's <c>/</c>; null: in memory only.</summary>
    public string? Root { get; init; }

    /// <summary>What guests write below <see cref="Root"/> is written on the host.</summary>
    public bool IsRootWritable { get; init; }

    /// <summary>How guest time passes.</summary>
    public TimeMode Time { get; init; }

    /// <summary>Seed of all that is random in the guest.</summary>
    public ulong Seed { get; init; }

    /// <summary>Guest memory that may be in use, in bytes.</summary>
    public long MaxMemory { get; init; }

    /// <summary>Bytes that files in memory may take.</summary>
    public long MaxFiles { get; init; }

    /// <summary>Guest processes at one time.</summary>
    public int MaxProcesses { get; init; }

    /// <summary>Instructions that one guest process may retire; <see cref="long.MaxValue"/>: as many as it likes.</summary>
    public long MaxInstructions { get; init; } = long.MaxValue;

    /// <summary>What every machine starts with; null: nothing.</summary>
    public BootTable? Boot { get; init; }

    /// <summary>Where a test may have a machine fail, with the instructions retired so far.</summary>
    public Action<ProbePoint, long>? Probe { get; init; }

    /// <summary>For whom the debuggers act.</summary>
    public GuestUser User { get; init; } = new(0, [0]);

    /// <summary>For whom the programs run that the command line names or a debugger of root starts.</summary>
    public GuestUser ProgramUser { get; init; } = new(1001, [1001]);
}

/// <summary>A user, as processes have one.</summary>
/// <param name="Number">The user's number; 0 is root.</param>
/// <param name="Groups">Of which groups the user is, the effective one first.</param>
public sealed record GuestUser(uint Number, IReadOnlyList<uint> Groups);

/// <summary>How guest time passes.</summary>
public enum TimeMode
{
    /// <summary>The clock follows instructions; idle time is waited for on the host.</summary>
    Virtual,
    /// <summary>The clock follows instructions; idle time is skipped.</summary>
    Fast,
    /// <summary>The host's clock.</summary>
    Host,
}
