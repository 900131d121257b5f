namespace TraceKernel.Machine.Execution;

/// <summary>Where a region is left, and how many of the instructions counted when its block was entered have not been executed.</summary>
internal readonly record struct RegionExit(Block Block, ulong Pc, int Credit);

/// <summary>A set of hot blocks entered at one of them, translated as one method.</summary>
internal sealed class Region(int number, IReadOnlyList<Block> blocks, HashSet<ulong> returnSites)
{
    /// <summary>Bits of an exit's number, and of a recipe's.</summary>
    public const int NumberBits = 16;

    /// <summary>Its place among the regions of its translator.</summary>
    public int Number { get; } = number;

    /// <summary>The entry first. When all of them are as they are in memory, the translation may be used.</summary>
    public IReadOnlyList<Block> Blocks { get; } = blocks;

    public Block Entry => Blocks[0];

    /// <summary>Addresses of blocks that calls in the region come back to: computed jumps try them first.</summary>
    public HashSet<ulong> ReturnSites { get; } = returnSites;

    /// <summary>Guest instructions translated.</summary>
    public int Instructions { get; } = blocks.Sum(block => block.Instructions);

    public List<RegionExit> Exits { get; } = [];

    public List<FlagRecipe> Recipes { get; } = [];

    /// <summary>The method; kept because its address is all that others hold.</summary>
    public Delegate? Method { get; set; }

    /// <summary>Where the method begins; 0 until it is translated.</summary>
    public nint Code { get; set; }

    /// <summary>Fewest instructions that must remain for an entry.</summary>
    public int Longest { get; set; }

    /// <summary>Bytes of IL.</summary>
    public int Size { get; set; }

    /// <summary>Whether the translation is in use.</summary>
    public bool IsActive { get; set; }

    /// <summary>Why it could not be translated: our bug, for whoever runs the engine.</summary>
    public Exception? Failure { get; set; }
}
