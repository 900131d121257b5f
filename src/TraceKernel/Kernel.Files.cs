using TraceKernel.Files;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Everything random that a guest can see.</summary>
    public EntropySource Entropy => field ??= new EntropySource(Options.Seed);

    /// <summary>The guests' name space.</summary>
    public FileSystem FileSystem => field ??= MakeFileSystem();

    /// <summary>kern.ipc.maxpipekva as a number of pipes: ENFILE beyond.</summary>
    internal Quota Pipes { get; } = new(4096);

    /// <summary>Terminals that guests make for guests.</summary>
    internal PseudoTerminals PseudoTerminals => field ??= new PseudoTerminals(this);

    /// <summary>kern.ipc.maxsockets: ENOBUFS beyond.</summary>
    internal Quota Sockets { get; } = new(4096);

    /// <summary>Events that kqueues watch for: ENOMEM beyond.</summary>
    internal Quota Knotes { get; } = new(65536);

    /// <summary>kern.kq_calloutmax: ENOMEM beyond.</summary>
    internal Quota KqueueTimers { get; } = new(4096);

    /// <summary>vfs.aio.max_aio_queue: asynchronous transfers that are not taken back yet; EAGAIN beyond.</summary>
    internal Quota AioJobs { get; } = new(1024);

    /// <summary>vfs.aio.enable_unsafe: asynchronous transfers on files that may block for ever.</summary>
    internal bool AllowsUnsafeAio { get; set; }

    /// <summary>Regions of files that are locked: ENOLCK beyond.</summary>
    internal Quota LockedRegions { get; } = new(16384);

    /// <summary>vfs.ino64_trunc_error: what becomes of numbers that are too large for FreeBSD 11's structures.</summary>
    internal int InodeTruncation { get; set; }

    /// <summary>POSIX shared memory.</summary>
    internal SharedMemory SharedMemory => field ??= new SharedMemory(this);

    /// <summary>Open files on their way between local sockets.</summary>
    internal RightsInFlight RightsInFlight => field ??= new RightsInFlight(this);

    /// <summary>The guests' network, which ends at themselves.</summary>
    internal Network Network { get; } = new();

    private FileSystem MakeFileSystem()
    {
        var fileSystem = new FileSystem(Options.Root, Options.IsRootWritable, CreateBudget(), () => RealTime, Entropy);
        Procfs.Mount(this, fileSystem);
        return fileSystem;
    }

    private MemoryBudget CreateBudget()
    {
        var complaints = new Complaints(this);
        return new MemoryBudget(Options.MaximumFileBytes, Options.MaximumFiles)
        {
            Full = budget => complaints.Print($"filesystem full: files in memory may take {budget.MaximumBytes} bytes and be {budget.MaximumFiles}"),
        };
    }
}
