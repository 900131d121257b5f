namespace Arch.Arm64.Helpers;

/// <summary>One element of the shifts, and of the operations that narrow.</summary>
internal static class LaneShift
{
    public static ulong Apply(in LaneShape shape, ref ulong status, ulong a, ulong b, ulong d)
    {
        ulong mask = Vector.MaskOf(shape.Size);
        int amount = shape.Amount;
        switch (shape.Operation)
        {
            case LaneOperation.Shift: return ByRegister(shape, a, b, false, false, ref status);
            case LaneOperation.RoundingShift: return ByRegister(shape, a, b, true, false, ref status);
            case LaneOperation.SaturatingShift: return ByRegister(shape, a, b, false, true, ref status);
            case LaneOperation.SaturatingRoundingShift: return ByRegister(shape, a, b, true, true, ref status);
            case LaneOperation.ShiftLeft: return a << amount;
            case LaneOperation.ShiftRight: return Right(shape, a, amount, false);
            case LaneOperation.RoundingShiftRight: return Right(shape, a, amount, true);
            case LaneOperation.ShiftRightAccumulate: return d + Right(shape, a, amount, false);
            case LaneOperation.RoundingShiftRightAccumulate: return d + Right(shape, a, amount, true);
            case LaneOperation.ShiftLeftInsert: return (a << amount) | (d & ((1UL << amount) - 1));
            case LaneOperation.ShiftRightInsert:
                ulong inserted = amount == shape.Bits ? 0 : mask >> amount;
                return (amount == 64 ? 0 : (a & mask) >> amount) & inserted | (d & mask & ~inserted);
            case LaneOperation.SaturatingShiftLeft:
                return LaneInteger.Saturate(LaneInteger.Wide(shape, a) << amount, shape.Bits, shape.IsUnsigned, ref status);
            case LaneOperation.SaturatingShiftLeftUnsigned:
                return LaneInteger.Saturate((Int128)(long)a << amount, shape.Bits, true, ref status);
            case LaneOperation.AddHigh: return High(shape, a + b, 0);
            case LaneOperation.RoundingAddHigh: return High(shape, a + b, 1);
            case LaneOperation.SubtractHigh: return High(shape, a - b, 0);
            case LaneOperation.RoundingSubtractHigh: return High(shape, a - b, 1);
            default: throw new InvalidOperationException($"{shape.Operation} is no integer operation");
        }
    }

    /// <summary>Narrows a double-width element, perhaps shifted right (rounding if b is not 0) first.</summary>
    public static ulong Narrow(in LaneShape shape, ref ulong status, ulong a, bool rounds)
    {
        var value = LaneInteger.Wide(shape, a);
        if (shape.Amount > 0)
            value = (value + (rounds ? Int128.One << (shape.Amount - 1) : 0)) >> shape.Amount;
        return shape.Operation switch
        {
            LaneOperation.Truncate => (ulong)(value & ulong.MaxValue),
            LaneOperation.SaturateToUnsigned => LaneInteger.Saturate(value, shape.Bits, true, ref status),
            _ => LaneInteger.Saturate(value, shape.Bits, shape.IsUnsigned, ref status),
        };
    }

    // The count is the low byte of the other element, signed: negative is to the right.
    private static ulong ByRegister(in LaneShape shape, ulong a, ulong b, bool rounds, bool saturates, ref ulong status)
    {
        int count = (sbyte)b;
        var value = LaneInteger.Wide(shape, a);
        if (count < 0)
        {
            int right = Math.Min(-count, 126);
            value = (value + (rounds ? Int128.One << (right - 1) : 0)) >> right;
            return (ulong)(value & ulong.MaxValue);
        }
        if (!saturates)
            return count >= 64 ? 0 : a << count;
        // From 64 on everything but 0 is out of range, by far.
        var shifted = count < 64 ? value << count : Int128.Sign(value) * (Int128.One << 100);
        return LaneInteger.Saturate(shifted, shape.Bits, shape.IsUnsigned, ref status);
    }

    private static ulong Right(in LaneShape shape, ulong a, int amount, bool rounds)
    {
        var value = LaneInteger.Wide(shape, a) + (rounds ? Int128.One << (amount - 1) : 0);
        return (ulong)((value >> amount) & ulong.MaxValue);
    }

    private static ulong High(in LaneShape shape, ulong value, int rounding) =>
        (value + ((ulong)rounding << (shape.Bits - 1))) >> shape.Bits;
}
