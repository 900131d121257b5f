using System.Runtime.CompilerServices;

namespace Arch.Amd64.Helpers;

/// <summary>Where in the range of its format a number lies.</summary>
internal static class SseRange
{
    /// <summary>A zero or a normal number: as an operand it raises nothing by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(double value)
    {
        ulong doubled = BitConverter.DoubleToUInt64Bits(value) << 1;
        return doubled - (1UL << 53) < 0x7feUL << 53 || doubled == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(float value)
    {
        uint doubled = BitConverter.SingleToUInt32Bits(value) << 1;
        return doubled - (1U << 24) < 0xfeU << 24 || doubled == 0;
    }

    /// <summary>The same of an encoding in either format.</summary>
    public static bool IsOrdinary(ulong bits, FloatFormat format) => format == FloatFormat.Double
        ? IsOrdinary(BitConverter.UInt64BitsToDouble(bits))
        : IsOrdinary(BitConverter.UInt32BitsToSingle((uint)bits));

    /// <summary>Finite and at least twice the smallest normal number: no result that rounding brought there was tiny.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNormal(double value)
    {
        ulong doubled = BitConverter.DoubleToUInt64Bits(value) << 1;
        return doubled - (2UL << 53) < 0x7fdUL << 53;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNormal(float value)
    {
        uint doubled = BitConverter.SingleToUInt32Bits(value) << 1;
        return doubled - (2U << 24) < 0xfdU << 24;
    }

    /// <summary>
    /// Large enough that the error of rounding to it is no denormal number, so that a fused multiply-add finds it exactly.
    /// </summary>
    public static bool HasExactRemainder(double value) => Math.Abs(value) > 1e-280;

    /// <summary>Whether neither is a NaN, quiet ones being as invalid here as signaling ones.</summary>
    public static bool AreOrdered(in FloatValue a, in FloatValue b, ref FloatEnvironment environment)
    {
        bool ordered = !a.IsNaN && !b.IsNaN;
        if (ordered)
            environment.NoteDenormals(a, b);
        else
            environment.Raise(FloatExceptions.Invalid);
        return ordered;
    }
}
