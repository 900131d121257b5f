using TraceKernel.Processes;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>kern.ktrace.genio_size: bytes of a transfer that ktrace(2) records.</summary>
    internal int TraceTransferBytes { get; set; } = 4096;

    /// <summary>Process groups and sessions.</summary>
    internal JobControl Jobs => field ??= new JobControl(this);

    /// <summary>The source of uuidgen(2).</summary>
    internal UuidGenerator Uuids { get; } = new();
}
