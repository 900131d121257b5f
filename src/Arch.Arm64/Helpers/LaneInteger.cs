using System.Numerics;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Helpers;

/// <summary>
/// One element of the integer operations. Operands come extended to 64 bits, with their sign unless unsigned; the result is cut by who
/// stores it.
/// </summary>
internal static class LaneInteger
{
    public static ulong Apply(in LaneShape shape, ref ulong status, ulong a, ulong b, ulong d)
    {
        switch (shape.Operation)
        {
            case LaneOperation.Add: return a + b;
            case LaneOperation.Subtract: return a - b;
            case LaneOperation.AddAccumulate: return d + a;
            case LaneOperation.HalvingAdd: return (ulong)((Wide(shape, a) + Wide(shape, b)) >> 1);
            case LaneOperation.RoundingHalvingAdd: return (ulong)((Wide(shape, a) + Wide(shape, b) + 1) >> 1);
            case LaneOperation.HalvingSubtract: return (ulong)((Wide(shape, a) - Wide(shape, b)) >> 1);
            case LaneOperation.SaturatingAdd: return Saturate(Wide(shape, a) + Wide(shape, b), shape.Bits, shape.IsUnsigned, ref status);
            case LaneOperation.SaturatingSubtract:
                return Saturate(Wide(shape, a) - Wide(shape, b), shape.Bits, shape.IsUnsigned, ref status);
            case LaneOperation.SaturatingAccumulate: return Accumulate(shape, a, d, ref status);
            case LaneOperation.GreaterThan: return Truth(Wide(shape, a) > Wide(shape, b));
            case LaneOperation.GreaterOrEqual: return Truth(Wide(shape, a) >= Wide(shape, b));
            case LaneOperation.LessThan: return Truth(Wide(shape, a) < Wide(shape, b));
            case LaneOperation.LessOrEqual: return Truth(Wide(shape, a) <= Wide(shape, b));
            case LaneOperation.Equal: return Truth(a == b);
            case LaneOperation.Test: return Truth((a & b) != 0);
            case LaneOperation.Maximum: return Wide(shape, a) > Wide(shape, b) ? a : b;
            case LaneOperation.Minimum: return Wide(shape, a) < Wide(shape, b) ? a : b;
            case LaneOperation.AbsoluteDifference: return (ulong)Int128.Abs(Wide(shape, a) - Wide(shape, b));
            case LaneOperation.AbsoluteDifferenceAccumulate: return d + (ulong)Int128.Abs(Wide(shape, a) - Wide(shape, b));
            case LaneOperation.Multiply: return a * b;
            case LaneOperation.MultiplyAdd: return d + a * b;
            case LaneOperation.MultiplySubtract: return d - a * b;
            case LaneOperation.PolynomialMultiply: return PolynomialProduct(a, b);
            case LaneOperation.DoublingMultiplyHigh: return DoubledHigh(shape, a, b, 0, ref status);
            case LaneOperation.RoundingDoublingMultiplyHigh: return DoubledHigh(shape, a, b, 1L << (shape.Bits - 1), ref status);
            case LaneOperation.DoublingMultiply: return Doubled(shape, a, b, ref status);
            case LaneOperation.DoublingMultiplyAdd: return DoubledSum(shape, d, Doubled(shape, a, b, ref status), false, ref status);
            case LaneOperation.DoublingMultiplySubtract: return DoubledSum(shape, d, Doubled(shape, a, b, ref status), true, ref status);
            case LaneOperation.Negate: return 0 - a;
            case LaneOperation.Absolute: return (long)a < 0 ? 0 - a : a;
            case LaneOperation.SaturatingNegate: return Saturate(-(Int128)(long)a, shape.Bits, false, ref status);
            case LaneOperation.SaturatingAbsolute: return Saturate(Int128.Abs((long)a), shape.Bits, false, ref status);
            case LaneOperation.LeadingSigns: return (ulong)(BitOperations.LeadingZeroCount(a ^ (ulong)((long)a >> 63)) - 65 + shape.Bits);
            case LaneOperation.LeadingZeros: return (ulong)(BitOperations.LeadingZeroCount(a) - 64 + shape.Bits);
            case LaneOperation.PopulationCount: return (ulong)BitOperations.PopCount(a);
            case LaneOperation.ReverseBits: return Reverse(a) >> (64 - shape.Bits);
            case LaneOperation.Copy: return a;
            default: return LaneShift.Apply(shape, ref status, a, b, d);
        }
    }

    /// <summary>A 64-bit pattern as the number it stands for.</summary>
    public static Int128 Wide(in LaneShape shape, ulong value) => shape.IsUnsigned ? value : (Int128)(long)value;

    /// <summary>SatQ; saturation is noted in FPSR.QC.</summary>
    public static ulong Saturate(Int128 value, int bits, bool isUnsigned, ref ulong status)
    {
        var maximum = (Int128.One << (isUnsigned ? bits : bits - 1)) - 1;
        var minimum = isUnsigned ? Int128.Zero : -maximum - 1;
        if (value >= minimum && value <= maximum)
            return (ulong)value;
        status |= FloatControl.Saturated;
        return (ulong)(value < minimum ? minimum : maximum);
    }

    /// <summary>The product of polynomials over {0, 1}, low 64 bits.</summary>
    public static ulong PolynomialProduct(ulong a, ulong b)
    {
        ulong product = 0;
        for (; b != 0; a <<= 1, b >>= 1)
            product ^= (b & 1) != 0 ? a : 0;
        return product;
    }

    private static ulong Truth(bool condition) => condition ? ulong.MaxValue : 0;

    private static ulong Accumulate(in LaneShape shape, ulong a, ulong d, ref ulong status)
    {
        ulong mask = Vector.MaskOf(shape.Size);
        Int128 added = shape.IsUnsigned ? Vector.SignExtend(a & mask, shape.Size) : (Int128)(a & mask);
        return Saturate(Wide(shape, d) + added, shape.Bits, shape.IsUnsigned, ref status);
    }

    private static ulong DoubledHigh(in LaneShape shape, ulong a, ulong b, long rounding, ref ulong status) =>
        Saturate(((Int128)(long)a * (long)b * 2 + rounding) >> shape.Bits, shape.Bits, false, ref status);

    private static ulong Doubled(in LaneShape shape, ulong a, ulong b, ref ulong status) =>
        Saturate((Int128)(long)a * (long)b * 2, 2 * shape.Bits, false, ref status);

    private static ulong DoubledSum(in LaneShape shape, ulong d, ulong product, bool isDifference, ref ulong status)
    {
        Int128 sum = (long)d, term = (long)product;
        return Saturate(isDifference ? sum - term : sum + term, 2 * shape.Bits, false, ref status);
    }

    private static ulong Reverse(ulong value)
    {
        value = ((value >> 1) & 0x5555_5555_5555_5555) | ((value & 0x5555_5555_5555_5555) << 1);
        value = ((value >> 2) & 0x3333_3333_3333_3333) | ((value & 0x3333_3333_3333_3333) << 2);
        value = ((value >> 4) & 0x0f0f_0f0f_0f0f_0f0f) | ((value & 0x0f0f_0f0f_0f0f_0f0f) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
    }
}
