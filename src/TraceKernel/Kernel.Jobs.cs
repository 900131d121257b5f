using TraceKernel.Processes;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Process groups and sessions.</summary>
    internal JobControl Jobs => field ??= new JobControl(this);

    /// <summary>The source of uuidgen(2).</summary>
    internal UuidGenerator Uuids { get; } = new();
}
