namespace TraceKernel.Machine.Execution;

/// <summary>
/// What lies in a CPU's register file behind the architectural registers, in units of eight bytes: temporaries, then what translated code
/// shares with the engine.
/// </summary>
internal readonly record struct FileLayout(int Registers)
{
    /// <summary>Temporaries of one instruction.</summary>
    public const int Temporaries = 256;

    /// <summary>
    /// How many windows there are, and of how many words: a page and where it is in the host for reading, the same for writing.
    /// </summary>
    public const int WindowCount = 64, WindowWords = 4;

    /// <summary>Number of the recipe that the flags follow from; 0 while they stand in their slots.</summary>
    public int Recipe => Registers + Temporaries;

    /// <summary>The first of the recipe's captures.</summary>
    public int Captures => Recipe + 1;

    /// <summary>Instructions that may still be executed, when translated code was left.</summary>
    public int Remaining => Captures + FlagRecipe.MaximumCaptures;

    /// <summary>Not 0 when a helper did something that must be looked at before the next instruction.</summary>
    public int Stop => Remaining + 1;

    /// <summary>The state of the address space (<see cref="Memory.AddressSpace.Changes"/>) in which the windows are right.</summary>
    public int WindowsSeen => Stop + 1;

    /// <summary>The first of the windows: pages that accesses were made to last, each for reading and for writing.</summary>
    public int Windows => WindowsSeen + 1;

    /// <summary>Length of the file.</summary>
    public int Length => Windows + WindowCount * WindowWords;

    /// <summary>The page that accesses to memory go to as one window knows it; in the next word, where it is in the host.</summary>
    public int Window(int number, bool isWrite) => Windows + number * WindowWords + (isWrite ? 2 : 0);
}
