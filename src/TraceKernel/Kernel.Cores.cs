using TraceKernel.Cores;
using TraceKernel.Ptrace;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>sysctl kern.corefile and its like.</summary>
    public CoreSettings Cores { get; } = new();

    /// <summary>The register sets of this personality and architecture.</summary>
    internal RegisterSet[] RegisterSets => field ??= RegisterSet.Of(this);
}
