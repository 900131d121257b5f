using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// How to find the status flags when somebody looks: the operations that define them, by the IR itself, and the values those start from. Translated
/// code hands over the values (captures) and the number of the recipe instead of computing flags that the next instruction overwrites.
/// </summary>
internal sealed class FlagRecipe
{
    /// <summary>Most values that a recipe may start from.</summary>
    public const int MaximumCaptures = 4;

    private readonly List<Entry> _entries = [];

    // Each entry is an operation, or gives slot Dst a captured value.
    private readonly record struct Entry(MicroOperation Operation, int Capture);

    /// <summary>The values it starts from; known only while its block is being translated.</summary>
    public List<Value> Captures { get; private set; } = [];

    /// <summary>The captures are not needed as values any more.</summary>
    public void Forget() => Captures = [];

    public void AddOperation(in MicroOperation operation) => _entries.Add(new Entry(operation, -1));

    /// <summary>Slot <paramref name="slot"/> begins with a value.</summary>
    public void AddInput(int slot, Value value)
    {
        if (value.IsConstant)
        {
            AddOperation(new MicroOperation { Code = IrOpcode.Move, Dst = (ushort)(slot * sizeof(ulong)), Immediate = value.Constant });
            return;
        }
        int capture = Captures.IndexOf(value);
        if (capture < 0)
        {
            capture = Captures.Count;
            Captures.Add(value);
        }
        _entries.Add(new Entry(new MicroOperation { Dst = (ushort)(slot * sizeof(ulong)) }, capture));
    }

    /// <summary>This recipe after another: flags that this one leaves alone are the other's.</summary>
    public void AddAll(FlagRecipe earlier)
    {
        foreach (var entry in earlier._entries)
        {
            if (entry.Capture >= 0)
                AddInput(entry.Operation.Dst / sizeof(ulong), earlier.Captures[entry.Capture]);
            else
                _entries.Add(entry);
        }
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
