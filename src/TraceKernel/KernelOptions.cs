namespace TraceKernel;

/// <summary>What the guest's clock follows.</summary>
public enum TimeSource
{
    /// <summary>Retired instructions; while all threads sleep, the host's clock is waited for.</summary>
    Virtual,
    /// <summary>Retired instructions; sleep is skipped.</summary>
    Fast,
    /// <summary>The host's clock (not deterministic).</summary>
    Host,
}

/// <summary>How a kernel is booted.</summary>
public sealed record KernelOptions
{
    /// <summary>Name of the personality: freebsd-13, freebsd-14.</summary>
    public string Personality { get; init; } = Ptrace.Personality.Default.Name;

    /// <summary>ptrace(2) has the personality's requests and none of ours (docs/personalities.md).</summary>
    public bool IsStrict { get; init; }

    /// <summary>hw.physmem in bytes.</summary>
    public long MaximumMemory { get; init; } = 4L << 30;

    /// <summary>Most processes at a time (kern.maxproc).</summary>
    public int MaximumProcesses { get; init; } = 1000;

    /// <summary>Bytes that files in memory may take: the size of tmpfs.</summary>
    public long MaximumFileBytes { get; init; } = 256L << 20;

    /// <summary>Names that the file system in memory may have.</summary>
    public int MaximumFiles { get; init; } = 65536;

    /// <summary>hw.ncpu; guest threads run one at a time whatever it says.</summary>
    public int Cpus { get; init; } = 1;

    public TimeSource Time { get; init; } = TimeSource.Virtual;

    /// <summary>Seed of everything random in the guest: canaries, getrandom, scheduling.</summary>
    public ulong Seed { get; init; }

    /// <summary>For whom the programs run that a host process with root's rights starts.</summary>
    public Processes.Credentials ProgramCredentials { get; init; } =
        Processes.Credentials.Of(Processes.Process.ProgramUser, Processes.Process.ProgramUser);

    /// <summary>Host directory that is the guest's root; null: only what is given explicitly exists.</summary>
    public string? Root { get; init; }

    /// <summary>What guests do to files below <see cref="Root"/> is done on the host; else it refuses with EROFS.</summary>
    public bool IsRootWritable { get; init; }

    /// <summary>Instructions that one process may retire before it is sent SIGXCPU; it is killed after a tenth more.</summary>
    public long MaximumInstructions { get; init; } = long.MaxValue;

    /// <summary>
    /// Given a line of what the kernel has to say to whoever runs the machine, under its monitor: log(9). Must not block.
    /// </summary>
    public Action<string>? Console { get; init; }

    /// <summary>Called at each of these places with the instructions retired so far, under the monitor; what it throws is a bug of the kernel. For tests.</summary>
    public Action<User.ProbePoint, long>? Probe { get; init; }

    /// <summary>Guests that no host process waits for run all the same, on a host thread of the kernel's own.</summary>
    public bool RunsUnattended { get; init; }
}
