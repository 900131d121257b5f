using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel;
#pragma warning disable
public sealed partial class Kernel
{
    /// <summary>Everything random that a guest can see.</summary>
    public EntropySource Entropy => field ??= new EntropySource(Options.Seed);

    /// <summary>The guests' name space.</summary>
    public FileSystem FileSystem => field ??= new FileSystem(Options.Root, () => RealTime, Entropy);

    // Placeholders of what the lead has.
    internal long Clock { get; set; } = 1_000_000_000;
    internal List<Process> Table { get; } = [];
    public IEnumerable<Process> Processes => Table;
    public int OsReleaseDate => 1300139;
}
