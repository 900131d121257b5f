using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// How to find the status flags when somebody looks: the operations that define them, by the IR itself, and the values those start from.
/// Translated code hands over the values (captures) and the number of the recipe instead of computing flags that the next instruction
/// overwrites.
/// </summary>
internal sealed class FlagRecipe
{
    /// <summary>Most values that a recipe may start from.</summary>
    public const int MaximumCaptures = 4;

    // Each entry is an operation, or gives slot Dst a captured value.
    private readonly List<(MicroOperation Operation, int Capture)> _entries = [];
    private readonly List<FlagPart> _parts;

    /// <param name="parts">What one instruction after the other says of the flags, the last one last.</param>
    public FlagRecipe(List<FlagPart> parts)
    {
        _parts = parts;
        foreach (var (operation, input) in parts.SelectMany(part => part.Entries))
        {
            int capture = input is null ? -1 : Captures.IndexOf(input);
            if (input is not null && capture < 0)
            {
                capture = Captures.Count;
                Captures.Add(input);
            }
            _entries.Add((operation, capture));
        }
    }

    /// <summary>The values it starts from; known only while its block is being translated.</summary>
    public List<Value> Captures { get; private set; } = [];

    /// <summary>Whether it starts from few enough values.</summary>
    public bool IsPossible => Captures.Count <= MaximumCaptures;

    /// <summary>Those of its parts that still say something when flags of a set are overwritten.</summary>
    public IEnumerable<FlagPart> PartsBeside(uint written) => _parts.Where(part => (part.Written & ~written) != 0);

    /// <summary>The values are not needed any more.</summary>
    public void Forget()
    {
        Captures = [];
        _parts.Clear();
    }

    /// <summary>Computes the flags.</summary>
    /// <param name="scratch">As large as a register file; slot 0 is 0.</param>
    public unsafe void Evaluate(ulong[] scratch, ulong* captures)
    {
        foreach (var (operation, capture) in _entries)
        {
            ulong b = scratch[operation.B / sizeof(ulong)] + operation.Immediate;
            scratch[operation.Dst / sizeof(ulong)] = capture >= 0
                ? captures[capture]
                : Operations.Evaluate(operation.Code, scratch[operation.A / sizeof(ulong)], b, scratch[operation.C / sizeof(ulong)]);
        }
    }
}

/// <summary>What one instruction says of some flags.</summary>
internal sealed class FlagPart(uint written)
{
    /// <summary>The flags it defines, by number.</summary>
    public uint Written { get; } = written;

    /// <summary>Operations in order; with a value, slot Dst is given that.</summary>
    public List<(MicroOperation Operation, Value? Input)> Entries { get; } = [];

    public void AddOperation(in MicroOperation operation) => Entries.Add((operation, null));

    /// <summary>Slot <paramref name="slot"/> begins with a value.</summary>
    public void AddInput(int slot, Value value)
    {
        var operation = new MicroOperation { Code = IrOpcode.Move, Dst = (ushort)(slot * sizeof(ulong)), Immediate = value.Constant };
        Entries.Add((operation, value.IsConstant ? null : value));
    }
}
