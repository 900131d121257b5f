using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Values of 128 bits, and their halves. The representation has slots of 64 bits alone: what is done to both slots of a vector is done to
// the vector.
internal sealed partial class ValueTable
{
    private readonly Dictionary<(Value, Value), Value> _pairs = [];
    private readonly Dictionary<(Value, int), Value> _halves = [];

    /// <summary>As <see cref="Result"/>.</summary>
    public static Value VectorResult() => new() { Kind = ValueKind.Result, IsVector = true };

    /// <summary>As <see cref="Register"/>; <paramref name="first"/> is the low half's slot.</summary>
    public static Value VectorRegister(int first, int epoch) => new() { Kind = ValueKind.Register, IsVector = true, Slot = first, Epoch = epoch };

    /// <summary>Half of a vector: 0 for the low one, 1 for the other.</summary>
    public Value Half(Value vector, int number)
    {
        var part = vector.Kind == ValueKind.Pair ? (number == 0 ? vector.A! : vector.B!) : null;
        if (part is { IsConstant: true })
            return part;
        if (!_halves.TryGetValue((vector, number), out var half))
        {
            half = new Value { Kind = ValueKind.Half, B = vector, Constant = (ulong)number, Bits = part?.Bits ?? 64 };
            _halves.Add((vector, number), half);
            if (number == 0)
                vector.Low = half;
            else
                vector.High = half;
        }
        return half;
    }

    /// <summary>The vector with the given halves.</summary>
    public Value Pair(Value low, Value high)
    {
        if (Whole(low, high) is { } whole)
            return whole;
        if (!_pairs.TryGetValue((low, high), out var pair))
            _pairs.Add((low, high), pair = new Value { Kind = ValueKind.Pair, IsVector = true, A = low, B = high });
        return pair;
    }

    /// <summary>The vector of which these are the halves, or of whose halves they are made alike; null when there is none.</summary>
    public Value? Whole(Value low, Value high)
    {
        if (low.IsHalf(0) && (high.IsHalf(1) ? high.B == low.B : low.B!.Kind == ValueKind.Pair && low.B.B == high))
            return low.B;
        if (high.IsHalf(1) && high.B!.Kind == ValueKind.Pair && high.B.A == low)
            return high.B;
        if (low.Kind != ValueKind.Operation || high.Kind != ValueKind.Operation || low.Op != high.Op)
            return null;
        if (low.Op is not (IrOpcode.Not or IrOpcode.And or IrOpcode.Or or IrOpcode.Xor or IrOpcode.Add or IrOpcode.Subtract))
            return null;
        var a = low.A is null ? null : WholeOrConstant(low.A, high.A!);
        if (WholeOrConstant(low.B!, high.B!) is not { } b || (a is null && low.A is not null))
            return null;
        var key = (low.Op, b, a, (Value?)null);
        if (!_operations.TryGetValue(key, out var value))
            _operations.Add(key, value = new Value { Kind = ValueKind.Operation, IsVector = true, Op = low.Op, A = a, B = b });
        return value;
    }

    private Value? WholeOrConstant(Value low, Value high) => low.IsConstant && high.IsConstant ? Pair(low, high) : Whole(low, high);
}
