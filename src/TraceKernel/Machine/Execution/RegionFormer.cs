using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>Chooses the blocks of a region: what a hot block leads to, as long as that is hot too and is not the entry of another region.</summary>
internal static class RegionFormer
{
    private const int MaximumReturnSites = 6;

    // Around a helper call all registers are stored and loaded: too many make a method that the JIT does not optimise.
    private const int MaximumCalls = 96;

    /// <summary>The blocks, the entry first.</summary>
    /// <param name="returnSites">Receives the addresses that calls among them come back to.</param>
    public static IReadOnlyList<Block> Blocks(Block entry, Func<ulong, Block?> find, int maximumInstructions, HashSet<ulong> returnSites)
    {
        var chosen = new List<Block> { entry };
        var seen = new HashSet<ulong> { entry.Address };
        int instructions = entry.Instructions, calls = Calls(entry);
        for (int i = 0; i < chosen.Count; i++)
        {
            foreach (ref readonly var operation in chosen[i].Exact)
            {
                if (operation.IsGoto)
                    TryAdd(operation.Immediate);
            }
            if (!IsCall(chosen[i]))
                continue;
            TryAdd(chosen[i].End);
            if (seen.Contains(chosen[i].End) && returnSites.Count < MaximumReturnSites)
                returnSites.Add(chosen[i].End);
        }
        returnSites.IntersectWith(chosen.Select(block => block.Address));
        return chosen;

        void TryAdd(ulong address)
        {
            if (!seen.Add(address) || find(address) is not { } block || !IsHot(block) || block.Region is not null)
                return;
            if (instructions + block.Instructions > maximumInstructions || calls + Calls(block) > MaximumCalls)
                return;
            chosen.Add(block);
            instructions += block.Instructions;
            calls += Calls(block);
        }
    }

    // A jump that leaves the address after it somewhere: in a register, on the stack.
    private static bool IsCall(Block block)
    {
        var operations = block.Exact;
        if (operations[^1].Code != IrOpcode.Goto || operations[^1].Immediate == block.End)
            return false;
        for (int i = operations.Length - 2; i >= 0 && operations[i].Ordinal == operations[^1].Ordinal; i--)
        {
            if (operations[i].Code == IrOpcode.Move && operations[i].B == 0 && operations[i].Immediate == block.End)
                return true;
        }
        return false;
    }

    private static int Calls(Block block)
    {
        int calls = 0;
        foreach (ref readonly var operation in block.Exact)
            calls += operation.Code == IrOpcode.Call ? 1 : 0;
        return calls;
    }

    private static unsafe bool IsHot(Block block) => block.Entry->Reduced != null;
}
