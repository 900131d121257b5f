using TraceKernel.Files;

namespace TraceKernel;

public sealed partial class Kernel
{
    /// <summary>Everything random that a guest can see.</summary>
    public EntropySource Entropy => field ??= new EntropySource(Options.Seed);

    /// <summary>The guests' name space.</summary>
    public FileSystem FileSystem => field ??= new FileSystem(Options.Root, () => RealTime, Entropy);

    /// <summary>The guests' network, which ends at themselves.</summary>
    internal Network Network { get; } = new();
}
