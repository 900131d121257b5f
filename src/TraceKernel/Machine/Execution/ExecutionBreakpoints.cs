using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>The execution comparators in force: an instruction hits one when its first byte is in the comparator's range.</summary>
internal sealed class ExecutionBreakpoints
{
    private readonly ComparatorSet _comparators = new(Access.Execute);

    /// <summary>Puts the execution comparators of a list in force; false when they already are.</summary>
    public bool Replace(ReadOnlySpan<DebugComparator> comparators)
    {
        if (_comparators.AreInForce(comparators))
            return false;
        _comparators.Replace(comparators);
        return true;
    }

    /// <summary>Bit n: comparator n matches an instruction at <paramref name="pc"/>.</summary>
    public uint Match(ulong pc)
    {
        uint hits = 0;
        foreach (var (number, comparator) in _comparators.Active)
        {
            if (pc - comparator.Address < (ulong)comparator.Length)
                hits |= 1u << number;
        }
        return hits;
    }

    /// <summary>
    /// How many instructions from <paramref name="ordinal"/> on come before one with a breakpoint; no limit when none of the block has.
    /// </summary>
    public long InstructionsBefore(Block block, int ordinal)
    {
        if (_comparators.IsEmpty)
            return long.MaxValue;
        for (int i = ordinal + 1; i < block.Instructions; i++)
        {
            if (Match(block.AddressOf(i)) != 0)
                return i - ordinal;
        }
        return long.MaxValue;
    }

    /// <summary>Whether a block may be entered without a look at the breakpoints.</summary>
    public bool AreOutside(Block block) => Match(block.Address) == 0 && InstructionsBefore(block, 0) == long.MaxValue;
}
