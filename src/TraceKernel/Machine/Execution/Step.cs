namespace TraceKernel.Machine.Execution;

/// <summary>What a step of a planned block does.</summary>
internal enum StepKind
{
    /// <summary>Result = Size bytes at A.</summary>
    Load,
    /// <summary>Size bytes at A = B.</summary>
    Store,
    /// <summary>Size bytes at A must be writable.</summary>
    Probe,
    /// <summary>Leaves before the instruction when A ≠ 0.</summary>
    LeaveIf,
    /// <summary>Leaves before the instruction.</summary>
    Leave,
    /// <summary>Calls a helper of the instruction set through the register file.</summary>
    Helper,
    /// <summary>Calls a helper that touches its operands alone.</summary>
    Local,
    /// <summary>Computes the everyday case of a helper from values; leaves before the instruction in any other case.</summary>
    Inline,
    /// <summary>Register Slot = A, for good.</summary>
    Write,
    /// <summary>The flags are now those of a recipe.</summary>
    Flags,
    /// <summary>Goes to Target when A ≠ 0.</summary>
    GotoIf,
    /// <summary>Goes to Target.</summary>
    Goto,
    /// <summary>Goes to A.</summary>
    GotoIndirect,
    /// <summary>After an instruction that called a helper: leaves if something happened.</summary>
    Boundary,
}

/// <summary>One thing to be done by a block's translation, in program order.</summary>
internal sealed class Step(StepKind kind, int ordinal)
{
    public StepKind Kind { get; } = kind;

    /// <summary>Number of the instruction within the block.</summary>
    public int Ordinal { get; } = ordinal;

    public Value? A { get; init; }

    public Value? B { get; init; }

    public Value? Result { get; init; }

    public int Slot { get; init; }

    /// <summary>Of an access: the register that its address is made from, for the most part; 0 when there is none.</summary>
    public int Base { get; init; }

    public int Size { get; init; }

    public ulong Target { get; init; }

    /// <summary>Of an exit: the values that the flags have there, by number.</summary>
    public Value[]? FlagValues { get; init; }

    /// <summary>Of Flags: what they are made from.</summary>
    public FlagRecipe? Recipe { get; init; }

    /// <summary>Of Inline: the helper's everyday case and the values of its parameters.</summary>
    public InlineCall? Inline { get; init; }

    /// <summary>Of Helper and Local: the operation.</summary>
    public MicroOperation Operation { get; init; }

    /// <summary>Of those, what must be in the register file for it; a vector fills the slot after it too.</summary>
    public List<(int Slot, Value Value)>? Temporaries { get; init; }

    /// <summary>Of those, what is read after it and may be its work; a vector is the slot after it too.</summary>
    public List<(int Slot, Value Value)>? Outputs { get; init; }

    /// <summary>Whether it may leave the block, so that the registers and the recipe of the flags count before it.</summary>
    public bool CanLeave => Kind is not (StepKind.Write or StepKind.Flags);

    /// <summary>Where it may lead within a region whose calls come back to <paramref name="jumpTargets"/>.</summary>
    public IEnumerable<ulong> Targets(HashSet<ulong> jumpTargets) => Kind switch
    {
        StepKind.Goto or StepKind.GotoIf => [Target],
        StepKind.GotoIndirect => jumpTargets,
        _ => [],
    };

    /// <summary>The values it asks for.</summary>
    public void VisitOperands(Action<Value> visit)
    {
        if (A is not null)
            visit(A);
        if (B is not null)
            visit(B);
        foreach (var (_, value) in Temporaries ?? [])
            visit(value);
        foreach (var value in Recipe?.Captures ?? [])
            visit(value);
        foreach (var value in Inline?.Arguments ?? [])
            visit(value);
    }
}
