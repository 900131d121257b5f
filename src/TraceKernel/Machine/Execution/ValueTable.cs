using System.Numerics;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Makes the values of one block, simpler ones where the rules of arithmetic allow: constants are folded, extensions of what is short
/// already vanish, and the conditions that flags make up (sign differs from overflow) become the comparisons they stand for.
/// </summary>
internal sealed partial class ValueTable
{
    private readonly Dictionary<(IrOpcode, Value, Value?, Value?), Value> _operations = [];
    private readonly Dictionary<ulong, Value> _constants = [];

    public Value Constant(ulong value)
    {
        if (!_constants.TryGetValue(value, out var constant))
            _constants.Add(value, constant = new Value { Kind = ValueKind.Constant, Constant = value, Bits = BitsOf(value) });
        return constant;
    }

    /// <summary>A result of a step; its bits above <paramref name="bits"/> are clear.</summary>
    public static Value Result(int bits = 64) => new() { Kind = ValueKind.Result, Bits = bits };

    /// <summary>What a register holds; see <see cref="ValueKind.Register"/>.</summary>
    public static Value Register(int slot, int epoch, int bits) => new() { Kind = ValueKind.Register, Slot = slot, Epoch = epoch, Bits = bits };

    /// <summary>a + b.</summary>
    public Value Add(Value a, Value b) => Make(IrOpcode.Add, a, b, null);

    /// <summary>The value of an operation; operands that it does not have do not matter.</summary>
    public Value Make(IrOpcode op, Value a, Value b, Value? c)
    {
        if (op == IrOpcode.Move)
            return b;
        if (op == IrOpcode.Select)
            return c!.IsConstant ? (c.Constant != 0 ? a : b) : a == b ? a : Known(op, a, b, c);
        // One operand: it stands in B alone.
        if (op < IrOpcode.Add)
            return b.IsConstant ? Constant(Operations.Evaluate(op, 0, b.Constant, 0)) : Extend(op, b);
        if (a.IsConstant && b.IsConstant)
            return Constant(Operations.Evaluate(op, a.Constant, b.Constant, 0));
        if (a.IsConstant && IsCommutative(op))
            (a, b) = (b, a);
        return Simplified(op, a, b) ?? Known(op, a, b, null);
    }

    private Value Extend(IrOpcode op, Value b)
    {
        int kept = op switch { IrOpcode.ZeroExtend8 => 8, IrOpcode.ZeroExtend16 => 16, IrOpcode.ZeroExtend32 => 32, _ => 0 };
        if (kept != 0 && b.Bits <= kept)
            return b;
        int signed = op switch { IrOpcode.SignExtend8 => 8, IrOpcode.SignExtend16 => 16, IrOpcode.SignExtend32 => 32, _ => 0 };
        if (signed != 0 && b.Bits < signed)
            return b;
        // An extension of one that keeps at least as much looks through it.
        if ((kept | signed) != 0 && b.Kind == ValueKind.Operation && b.Op is IrOpcode.ZeroExtend8 or IrOpcode.ZeroExtend16 or IrOpcode.ZeroExtend32
            && b.Bits >= (kept | signed))
            return Make(op, b.B!, b.B!, null);
        return Known(op, null, b, null);
    }

    private Value? Simplified(IrOpcode op, Value a, Value b) => op switch
    {
        IrOpcode.Add or IrOpcode.Subtract or IrOpcode.Or or IrOpcode.Xor or IrOpcode.ShiftLeft or IrOpcode.ShiftRight or IrOpcode.ShiftRightSigned
            when b.Is(0) => a,
        IrOpcode.Add when b.IsConstant && a.IsOperation(IrOpcode.Add) && a.B!.IsConstant => Add(a.A!, Constant(a.B.Constant + b.Constant)),
        IrOpcode.Subtract when b.IsConstant => Add(a, Constant(0 - b.Constant)),
        IrOpcode.Subtract or IrOpcode.Xor when a == b => Constant(0),
        IrOpcode.And or IrOpcode.Or when a == b => a,
        IrOpcode.And when b.Is(0) => b,
        IrOpcode.And when b.IsConstant && a.Bits < 64 && (~b.Constant & (ulong.MaxValue >> (64 - a.Bits))) == 0 => a,
        IrOpcode.And when b.IsConstant && IsShifted(a, b.Constant) => Make(op, a.A!, b, null),
        IrOpcode.And when a.Bits == 1 && b.Bits == 1 => Conjunction(a, b),
        IrOpcode.Multiply when b.Is(1) => a,
        IrOpcode.ShiftRight when b.IsConstant && b.Constant >= (ulong)a.Bits => Constant(0),
        IrOpcode.Equal or IrOpcode.LessOrEqualUnsigned or IrOpcode.LessOrEqualSigned when a == b => Constant(1),
        IrOpcode.NotEqual or IrOpcode.LessUnsigned or IrOpcode.LessSigned when a == b => Constant(0),
        IrOpcode.LessUnsigned when b.Is(0) => Constant(0),
        IrOpcode.LessUnsigned when b.Is(1) => Make(IrOpcode.Equal, a, Constant(0), null),
        IrOpcode.NotEqual when b.Is(0) && a.Bits == 1 => a,
        IrOpcode.Equal when b.Is(0) => EqualToZero(a),
        IrOpcode.Equal when a.Bits == 1 && b.Bits == 1 => (SignedLess(a, b) ?? SignedLess(b, a)) is { } less ? Negation(less) : null,
        IrOpcode.Xor when b.Is(1) && a.Bits == 1 => Negation(a),
        IrOpcode.Xor => SignedLess(a, b) ?? SignedLess(b, a),
        IrOpcode.Or => LessOrEqual(a, b) ?? LessOrEqual(b, a),
        _ => null,
    };

    private Value? EqualToZero(Value a)
    {
        if (a.Bits == 1)
            return Negation(a) ?? Known(IrOpcode.Xor, a, Constant(1), null);
        int width = WidthOf(ref a);
        if (a.IsOperation(IrOpcode.Subtract) && a.A!.Bits <= width && a.B!.Bits <= width)
            return Make(IrOpcode.Equal, a.A, a.B, null);
        if (a.IsOperation(IrOpcode.Add) && a.B!.IsConstant && a.A!.Bits <= width)
            return Make(IrOpcode.Equal, a.A, Constant(Truncated(0 - a.B.Constant, width)), null);
        return null;
    }

    // Conditions negated. The operands of ≤ swap.
    private Value? Negation(Value a) => a.Kind != ValueKind.Operation ? null : a.Op switch
    {
        IrOpcode.Equal => Make(IrOpcode.NotEqual, a.A!, a.B!, null),
        IrOpcode.NotEqual => Make(IrOpcode.Equal, a.A!, a.B!, null),
        IrOpcode.LessUnsigned => Make(IrOpcode.LessOrEqualUnsigned, a.B!, a.A!, null),
        IrOpcode.LessSigned => Make(IrOpcode.LessOrEqualSigned, a.B!, a.A!, null),
        IrOpcode.LessOrEqualUnsigned => Make(IrOpcode.LessUnsigned, a.B!, a.A!, null),
        IrOpcode.LessOrEqualSigned => Make(IrOpcode.LessSigned, a.B!, a.A!, null),
        _ => null,
    };

    // Sign ≠ overflow of the difference x − y: x < y.
    private Value? SignedLess(Value sign, Value overflow)
    {
        if (!IsTopBit(sign, out var difference, out int top) || !IsTopBit(overflow, out var changes, out int second) || top != second)
            return null;
        var subtraction = difference;
        int width = WidthOf(ref subtraction);
        if (width != top + 1 || !changes.IsOperation(IrOpcode.And) || !IsDifference(subtraction, out var x, out var y, width))
            return null;
        var (first, other) = (Known(IrOpcode.Xor, x, y, null), Known(IrOpcode.Xor, x, difference, null));
        return (changes.A == first && changes.B == other) || (changes.A == other && changes.B == first)
            ? Make(IrOpcode.LessSigned, Signed(x, width), Signed(y, width), null)
            : null;
    }

    private bool IsDifference(Value value, out Value x, out Value y, int width)
    {
        (x, y) = (value, value);
        if (value.Kind != ValueKind.Operation || value.Op is not (IrOpcode.Add or IrOpcode.Subtract))
            return false;
        x = value.A!;
        y = value.B!;
        if (value.Op == IrOpcode.Add)
        {
            if (!y.IsConstant)
                return false;
            y = Constant(Truncated(0 - y.Constant, width));
        }
        return true;
    }

    private Value? LessOrEqual(Value equal, Value less)
    {
        if (!equal.IsOperation(IrOpcode.Equal))
            return null;
        if (IsTopBit(less, out var value, out int top) && value == equal.A && equal.B!.Is(0) && value.Bits <= top + 1)
            return Make(IrOpcode.LessOrEqualSigned, Signed(value, top + 1), Constant(0), null);
        if (less.Kind != ValueKind.Operation || less.Op is not (IrOpcode.LessSigned or IrOpcode.LessUnsigned))
            return null;
        return IsSame(less, equal)
            ? Make(less.Op == IrOpcode.LessSigned ? IrOpcode.LessOrEqualSigned : IrOpcode.LessOrEqualUnsigned, less.A!, less.B!, null)
            : null;
    }

    // ≤ and ≠: by De Morgan what "or" makes of their negations.
    private Value? Conjunction(Value a, Value b)
    {
        if (Negation(a) is not { } first || Negation(b) is not { } second)
            return null;
        return (LessOrEqual(first, second) ?? LessOrEqual(second, first)) is { } either ? Negation(either) : null;
    }

    // A constant was added that the low bits kept do not see.
    private static bool IsShifted(Value value, ulong kept) =>
        value.IsOperation(IrOpcode.Add) && value.B!.IsConstant && (kept & (kept + 1)) == 0 && (value.B.Constant & kept) == 0;

    // Whether a "less" compares what an "equal" does; the former perhaps sign-extended.
    private bool IsSame(Value less, Value equal)
    {
        var (a, b) = (equal.A!, equal.B!);
        if (less.A == a && less.B == b)
            return true;
        int bits = Math.Max(a.Bits, b.Bits), width = bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
        return bits <= 32 && less.Op == IrOpcode.LessSigned && less.A == Signed(a, width) && less.B == Signed(b, width);
    }

    private Value Signed(Value value, int width) => width switch
    {
        8 => Make(IrOpcode.SignExtend8, value, value, null),
        16 => Make(IrOpcode.SignExtend16, value, value, null),
        32 => Make(IrOpcode.SignExtend32, value, value, null),
        _ => value,
    };

    private static bool IsTopBit(Value value, out Value whole, out int bit)
    {
        whole = value;
        bit = 0;
        if (!value.IsOperation(IrOpcode.ShiftRight) || !value.B!.IsConstant)
            return false;
        whole = value.A!;
        bit = (int)value.B.Constant;
        return bit is 7 or 15 or 31 or 63;
    }

    // Looks through a zero extension, and says to how many bits.
    private static int WidthOf(ref Value value)
    {
        if (value.Kind != ValueKind.Operation)
            return 64;
        int width = value.Op switch { IrOpcode.ZeroExtend8 => 8, IrOpcode.ZeroExtend16 => 16, IrOpcode.ZeroExtend32 => 32, _ => 64 };
        if (width < 64)
            value = value.B!;
        return width;
    }

    private static ulong Truncated(ulong value, int width) => width == 64 ? value : value & ((1UL << width) - 1);

    private Value Known(IrOpcode op, Value? a, Value b, Value? c)
    {
        var key = (op, b, a, c);
        if (!_operations.TryGetValue(key, out var value))
            _operations.Add(key, value = new Value { Kind = ValueKind.Operation, Op = op, A = a, B = b, C = c, Bits = BitsOf(op, a, b) });
        return value;
    }

    private static int BitsOf(IrOpcode op, Value? a, Value b) => op switch
    {
        IrOpcode.ZeroExtend8 => 8,
        IrOpcode.ZeroExtend16 => 16,
        IrOpcode.ZeroExtend32 or IrOpcode.ByteSwap32 or IrOpcode.RotateRight32 => 32,
        IrOpcode.Parity8 or (>= IrOpcode.Equal and <= IrOpcode.LessOrEqualSigned) => 1,
        IrOpcode.PopulationCount or IrOpcode.LeadingZeros or IrOpcode.TrailingZeros => 7,
        IrOpcode.And => Math.Min(a!.Bits, b.Bits),
        IrOpcode.Or or IrOpcode.Xor or IrOpcode.Select => Math.Max(a!.Bits, b.Bits),
        IrOpcode.Add => Math.Min(64, Math.Max(a!.Bits, b.Bits) + 1),
        IrOpcode.Multiply => Math.Min(64, a!.Bits + b.Bits),
        IrOpcode.ShiftRight when b.IsConstant => Math.Max(1, a!.Bits - (int)Math.Min(b.Constant, 64)),
        IrOpcode.ShiftLeft when b.IsConstant => (int)Math.Min(64, (ulong)a!.Bits + Math.Min(b.Constant, 64)),
        _ => 64,
    };

    private static int BitsOf(ulong value) => Math.Max(1, 64 - BitOperations.LeadingZeroCount(value));

    private static bool IsCommutative(IrOpcode op) => op is IrOpcode.Add or IrOpcode.Multiply or IrOpcode.MultiplyHighUnsigned or IrOpcode.MultiplyHighSigned
        or IrOpcode.And or IrOpcode.Or or IrOpcode.Xor or IrOpcode.Equal or IrOpcode.NotEqual;
}
