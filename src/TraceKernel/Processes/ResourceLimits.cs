using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Resources;

namespace TraceKernel.Processes;

/// <summary>struct plimit: the resource limits of a process, getrlimit(2).</summary>
public sealed class ResourceLimits
{
    private readonly rlimit[] _limits = new rlimit[RLIM_NLIMITS];

    /// <summary>proc0_init's limits, with the defaults of kern.maxfilesperproc, kern.maxssiz and kern.maxdsiz.</summary>
    public ResourceLimits()
    {
        Array.Fill(_limits, new rlimit(RLIM_INFINITY, RLIM_INFINITY));
        _limits[RLIMIT_NOFILE] = new(FileTable.MaximumFiles, FileTable.MaximumFiles);
        _limits[RLIMIT_STACK] = new(512 << 20, 512 << 20);
        _limits[RLIMIT_DATA] = new(32L << 30, 32L << 30);
    }

    public rlimit this[int resource]
    {
        get => _limits[resource];
        set => _limits[resource] = value;
    }

    /// <summary>RLIMIT_NOFILE as a number of descriptors.</summary>
    public int Descriptors => (int)Math.Min(_limits[RLIMIT_NOFILE].rlim_cur, FileTable.MaximumFiles);

    /// <summary>lim_fork.</summary>
    public ResourceLimits Copy()
    {
        var copy = new ResourceLimits();
        _limits.CopyTo(copy._limits, 0);
        return copy;
    }
}
