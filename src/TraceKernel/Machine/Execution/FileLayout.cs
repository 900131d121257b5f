namespace TraceKernel.Machine.Execution;

/// <summary>What lies in a CPU's register file behind the architectural registers, in units of eight bytes: temporaries, then what translated code shares with the engine.</summary>
internal readonly record struct FileLayout(int Registers)
{
    /// <summary>Temporaries of one instruction.</summary>
    public const int Temporaries = 256;

    /// <summary>Number of the recipe that the flags follow from; 0 while they stand in their slots.</summary>
    public int Recipe => Registers + Temporaries;

    /// <summary>The first of the recipe's captures.</summary>
    public int Captures => Recipe + 1;

    /// <summary>Instructions that may still be executed, when translated code was left.</summary>
    public int Remaining => Captures + FlagRecipe.MaximumCaptures;

    /// <summary>Not 0 when a helper did something that must be looked at before the next instruction.</summary>
    public int Stop => Remaining + 1;

    /// <summary>Length of the file.</summary>
    public int Length => Stop + 1;
}
