using System.Runtime.CompilerServices;

namespace TraceKernel.Machine.Execution;

/// <summary>Where a region is left, and how many of the instructions counted when its block was entered have not been executed.</summary>
internal readonly record struct RegionExit(Block Block, ulong Pc, int Credit);

/// <summary>A set of hot blocks entered at one of them, translated as one method.</summary>
internal sealed unsafe class Region(int number, IReadOnlyList<Block> blocks, HashSet<ulong> jumpTargets, bool isGrown)
{
    /// <summary>Bits of an exit's number, and of a recipe's.</summary>
    public const int NumberBits = 16;

    private readonly long[] _countdown = GC.AllocateArray<long>(1, pinned: true);

    /// <summary>Its place among the regions of its translator.</summary>
    public int Number { get; } = number;

    /// <summary>The entry first. When all of them are as they are in memory, the translation may be used.</summary>
    public IReadOnlyList<Block> Blocks { get; } = blocks;

    public Block Entry => Blocks[0];

    /// <summary>Where it can be entered; at a grown region's other entries other regions begin.</summary>
    public IReadOnlyList<Block> Entries { get; } = [.. blocks.Where((block, i) => i == 0 || (isGrown && block.Region is not null))];

    /// <summary>
    /// Addresses of its blocks to which its computed jumps may lead: where calls come back to, and where such jumps have led before.
    /// </summary>
    public HashSet<ulong> JumpTargets { get; } = jumpTargets;

    /// <summary>
    /// Whether it was chosen when it was known what is hot around it; another one counts its entries, to be chosen again after many.
    /// </summary>
    public bool IsGrown { get; } = isGrown;

    /// <summary>Whether it was entered often enough to be chosen again.</summary>
    public bool ShouldGrow => !IsGrown && Code != 0 && *Countdown <= 0;

    /// <summary>Entries left until it should be chosen again, at a fixed address.</summary>
    public long* Countdown => (long*)Unsafe.AsPointer(ref _countdown[0]);

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

    /// <summary>
    /// Bytes of the host's memory, about: machine code and what the host's compiler keeps beside it grow with the intermediate code.
    /// </summary>
    public long Bytes => Size * 6L + 8192;

    /// <summary>How long translating took.</summary>
    public TimeSpan Time { get; set; }

    /// <summary>Whether the translation is in use.</summary>
    public bool IsActive { get; set; }

    /// <summary>Why it could not be translated: our bug, for whoever runs the engine.</summary>
    public Exception? Failure { get; set; }
}
