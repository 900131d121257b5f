namespace TraceKernel.Machine.Execution;

/// <summary>A block as its translation will do it: steps over values, and what it takes from and leaves to its neighbours.</summary>
internal sealed class BlockPlan(Block block)
{
    public Block Block { get; } = block;

    public List<Step> Steps { get; } = [];

    /// <summary>Registers, flags apart, that it reads or writes.</summary>
    public HashSet<int> Registers { get; } = [];

    /// <summary>Registers, flags apart, that it writes.</summary>
    public HashSet<int> Written { get; } = [];

    /// <summary>The flags (by number) whose values at its beginning its steps ask for.</summary>
    public uint FlagsRead { get; set; }

    /// <summary>The flags whose values at its beginning are asked for by it or by those it leads to.</summary>
    public uint FlagsLive { get; set; }

    /// <summary>Whether it calls helpers through the register file.</summary>
    public bool CallsHelpers { get; set; }

    /// <summary>Instructions from here to where the budget is looked at again, at most.</summary>
    public int Longest { get; set; }

    /// <summary>Whether a block of the region that comes later, or this one, leads here: the budget is looked at.</summary>
    public bool IsLoopHead { get; set; }

    /// <summary>Where its exits may lead within a region whose calls come back to <paramref name="jumpTargets"/>.</summary>
    public IEnumerable<ulong> Targets(HashSet<ulong> jumpTargets) => Steps.SelectMany(step => step.Targets(jumpTargets));
}
