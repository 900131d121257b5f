using TraceKernel.Processes;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Process groups and sessions.</summary>
    internal JobControl Jobs => field ??= new JobControl(this);
}
