using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>Chooses the blocks of a region: what a hot block leads to, as long as that is hot too and is not the entry of another region.</summary>
internal static class RegionFormer
{
    /// <summary>The blocks, the entry first.</summary>
    public static IReadOnlyList<Block> Blocks(Block entry, Func<ulong, Block?> find, int maximumInstructions)
    {
        var chosen = new List<Block> { entry };
        var seen = new HashSet<ulong> { entry.Address };
        int instructions = entry.Instructions;
        for (int i = 0; i < chosen.Count; i++)
        {
            foreach (ref readonly var operation in chosen[i].Exact)
            {
                if (!operation.IsGoto || !seen.Add(operation.Immediate))
                    continue;
                var block = find(operation.Immediate);
                if (block is null || !IsHot(block) || block.Region is not null || instructions + block.Instructions > maximumInstructions)
                    continue;
                chosen.Add(block);
                instructions += block.Instructions;
            }
        }
        return chosen;
    }

    private static unsafe bool IsHot(Block block) => block.Entry->Reduced != null;
}
