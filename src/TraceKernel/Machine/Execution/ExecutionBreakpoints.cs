using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>The execution comparators in force: an instruction hits one when its first byte is in the comparator's range.</summary>
internal sealed class ExecutionBreakpoints
{
    private readonly List<(int Number, DebugComparator Comparator)> _active = [];

    /// <summary>Puts the execution comparators of a list in force; false when they already are.</summary>
    public bool Replace(ReadOnlySpan<DebugComparator> comparators)
    {
        if (AreInForce(comparators))
            return false;
        _active.Clear();
        for (int i = 0; i < comparators.Length; i++)
        {
            if (IsExecution(comparators[i]))
                _active.Add((i, comparators[i]));
        }
        return true;
    }

    /// <summary>Bit n: comparator n matches an instruction at <paramref name="pc"/>.</summary>
    public uint Match(ulong pc)
    {
        uint hits = 0;
        foreach (var (number, comparator) in _active)
        {
            if (pc - comparator.Address < (ulong)comparator.Length)
                hits |= 1u << number;
        }
        return hits;
    }

    /// <summary>How many instructions from <paramref name="ordinal"/> on come before one with a breakpoint; no limit when none of the block has.</summary>
    public long InstructionsBefore(Block block, int ordinal)
    {
        if (_active.Count == 0)
            return long.MaxValue;
        for (int i = ordinal + 1; i < block.Instructions; i++)
        {
            if (Match(block.AddressOf(i)) != 0)
                return i - ordinal;
        }
        return long.MaxValue;
    }

    /// <summary>Whether a block may be entered without a look at the breakpoints.</summary>
    public bool AreOutside(Block block) =>
        _active.Count == 0 || (Match(block.Address) == 0 && InstructionsBefore(block, 0) == long.MaxValue);

    private bool AreInForce(ReadOnlySpan<DebugComparator> comparators)
    {
        int next = 0;
        for (int i = 0; i < comparators.Length; i++)
        {
            if (!IsExecution(comparators[i]))
                continue;
            if (next == _active.Count || _active[next] != (i, comparators[i]))
                return false;
            next++;
        }
        return next == _active.Count;
    }

    private static bool IsExecution(in DebugComparator comparator) => comparator.Length > 0 && (comparator.Access & Access.Execute) != 0;
}
