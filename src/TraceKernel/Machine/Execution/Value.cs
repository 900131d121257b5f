using System.Reflection.Emit;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>What a value is.</summary>
internal enum ValueKind
{
    /// <summary>The same in every run.</summary>
    Constant,
    /// <summary>What a register held when the block began, or after the last helper call.</summary>
    Register,
    /// <summary>A pure function of other values.</summary>
    Operation,
    /// <summary>Half of vector B: bits 0 to 63 (Constant 0) or 64 to 127 (1).</summary>
    Half,
    /// <summary>The vector with halves A (low) and B.</summary>
    Pair,
    /// <summary>What a step produced: a load, a helper.</summary>
    Result,
}

/// <summary>
/// One value that a block computes, made by <see cref="ValueTable"/>. Equal values of a block are one object, so that what is not needed is
/// not computed and what is needed twice is computed once.
/// </summary>
internal sealed class Value
{
    public required ValueKind Kind { get; init; }

    /// <summary>128 bits, not 64. An operation on vectors is done on each half.</summary>
    public bool IsVector { get; init; }

    /// <summary>Of an operation.</summary>
    public IrOpcode Op { get; init; }

    public Value? A { get; init; }

    public Value? B { get; init; }

    public Value? C { get; init; }

    public ulong Constant { get; init; }

    /// <summary>Of a register value: which.</summary>
    public int Slot { get; init; }

    /// <summary>Of a register value: how many helpers were called before.</summary>
    public int Epoch { get; init; }

    /// <summary>Bits above this one are known to be clear.</summary>
    public int Bits { get; init; } = 64;

    /// <summary>How many operations and steps ask for it.</summary>
    public int Uses { get; set; }

    /// <summary>How many of those are its own halves.</summary>
    public int UsesByHalves { get; set; }

    /// <summary>The value that asked for it last.</summary>
    public Value? User { get; set; }

    /// <summary>Of a vector: its halves, where somebody spoke of them.</summary>
    public Value? Low { get; set; }

    public Value? High { get; set; }

    /// <summary>The last step that may ask for it, directly or through an operation not yet computed.</summary>
    public int LastNeeded { get; set; } = -1;

    /// <summary>The last step that was noted in <see cref="LastNeeded"/> through a visit.</summary>
    public int Visited { get; set; } = -1;

    /// <summary>The local that holds it now.</summary>
    public LocalBuilder? Home { get; set; }

    /// <summary>The type of number as which its low bits were found to be an everyday one, from here on in its block.</summary>
    public Type? EverydayAs { get; set; }

    public bool IsConstant => Kind == ValueKind.Constant;

    public bool Is(ulong constant) => Kind == ValueKind.Constant && Constant == constant;

    public bool IsOperation(IrOpcode op) => Kind == ValueKind.Operation && Op == op;

    public bool IsHalf(int number) => Kind == ValueKind.Half && Constant == (ulong)number;

    /// <summary>Whether it is made from others when it is asked for.</summary>
    public bool IsComputed => Kind is ValueKind.Operation or ValueKind.Half or ValueKind.Pair;
}
