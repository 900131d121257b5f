using TraceKernel.Processes;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Threads that wait on objects in user memory.</summary>
    internal UmtxQueues Umtx { get; } = new();
}
