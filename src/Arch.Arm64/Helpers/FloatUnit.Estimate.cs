using System.Numerics;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Helpers;

// Reciprocals and reciprocal square roots: estimates of eight bits, and the steps that refine them.
internal partial struct FloatUnit
{
    /// <summary>FPRecipEstimate.</summary>
    public ulong ReciprocalEstimate(ulong value, FloatFormat format)
    {
        if (format.IsNaN(value))
            return ProcessNaN(value, format);
        var x = Unpack(value, format);
        if (x.IsInfinite)
            return format.Zero(x.IsNegative);
        if (x.IsZero)
        {
            Raise(FloatControl.DivideByZero);
            return format.Infinity(x.IsNegative);
        }
        if (x.Exponent < -format.Bias - 1)
            return ReciprocalOfTiny(x.IsNegative, format);
        int exponent = -1 - x.Exponent;
        if (_flushToZero && format != FloatFormat.Half && exponent < 1 - format.Bias)
        {
            // Not inexact, and flushed whatever the rounding.
            Raise(FloatControl.Underflow);
            return format.Zero(x.IsNegative);
        }
        // Nine bits from 0.5 up in, nine bits from 1 up out.
        ulong fraction = (ulong)ReciprocalEstimate((uint)(x.Significand >> 55)) << 55;
        int biased = exponent + format.Bias;
        ulong significand = fraction >> (63 - format.FractionBits);
        if (biased <= 0)
            return format.Zero(x.IsNegative) | (significand >> (1 - biased));
        return format.Zero(x.IsNegative) | ((ulong)biased << format.FractionBits) | (significand & format.FractionMask);
    }

    /// <summary>FPRSqrtEstimate.</summary>
    public ulong RootEstimate(ulong value, FloatFormat format)
    {
        if (format.IsNaN(value))
            return ProcessNaN(value, format);
        var x = Unpack(value, format);
        if (x.IsZero)
        {
            Raise(FloatControl.DivideByZero);
            return format.Infinity(x.IsNegative);
        }
        if (x.IsNegative)
            return Invalid(format);
        if (x.IsInfinite)
            return 0;
        // An operand from 0.25 up to 1 in nine bits: 128 to 511.
        bool isOdd = (x.Exponent & 1) != 0;
        uint operand = isOdd ? (uint)(x.Significand >> 55) : (uint)(x.Significand >> 56);
        // x = operand/512 × 2^(2k), whose root's reciprocal is estimate/256 × 2^−k.
        int half = (x.Exponent + (isOdd ? 1 : 2)) / 2;
        uint estimate = RootEstimate(operand);
        ulong fraction = (ulong)(estimate & 0xff) << (format.FractionBits - 8);
        return ((ulong)(format.Bias - half) << format.FractionBits) | fraction;
    }

    /// <summary>FPRecpX: an exponent that scales the operand near 1.</summary>
    public ulong ReciprocalExponent(ulong value, FloatFormat format)
    {
        if (format.IsNaN(value))
            return ProcessNaN(value, format);
        var x = Unpack(value, format);
        ulong exponent = (value >> format.FractionBits) & format.MaximumExponent;
        exponent = x.IsZero || exponent == 0 ? format.MaximumExponent - 1 : ~exponent & format.MaximumExponent;
        return format.Zero(x.IsNegative) | (exponent << format.FractionBits);
    }

    /// <summary>FPRecipStepFused: 2 − a × b.</summary>
    public ulong ReciprocalStep(ulong a, ulong b, FloatFormat format) => Step(a, b, format, 2, 0);

    /// <summary>FPRSqrtStepFused: (3 − a × b) / 2.</summary>
    public ulong RootStep(ulong a, ulong b, FloatFormat format) => Step(a, b, format, 3, 1);

    /// <summary>UnsignedRecipEstimate of a fraction of 32 bits.</summary>
    public static uint ReciprocalEstimateOfFraction(uint value) => value >> 31 == 0 ? uint.MaxValue : ReciprocalEstimate(value >> 23) << 23;

    /// <summary>UnsignedRSqrtEstimate of a fraction of 32 bits.</summary>
    public static uint RootEstimateOfFraction(uint value) => value >> 30 == 0 ? uint.MaxValue : RootEstimate(value >> 23) << 23;

    private ulong Step(ulong a, ulong b, FloatFormat format, ulong start, int halvings)
    {
        // A NaN is negated too.
        a ^= format.SignBit;
        if (TryProcessNaNs(a, b, format, out ulong nan))
            return nan;
        var (x, y) = (Unpack(a, format), Unpack(b, format));
        bool negative = x.IsNegative != y.IsNegative;
        if ((x.IsInfinite && y.IsZero) || (x.IsZero && y.IsInfinite))
            return format.Zero(false) | (start == 2 ? (ulong)(format.Bias + 1) << format.FractionBits : OneAndAHalf(format));
        if (x.IsInfinite || y.IsInfinite)
            return format.Infinity(negative);
        int shift = BitOperations.LeadingZeroCount(start);
        var constant = new Wide(false, 63 - shift - halvings, (UInt128)start << shift << 64);
        if (x.IsZero || y.IsZero)
            return Round(false, constant.Exponent, constant.Significand, format);
        var product = (UInt128)x.Significand * y.Significand;
        int up = (int)UInt128.LeadingZeroCount(product);
        return Sum(constant, new Wide(negative, x.Exponent + y.Exponent + 1 - up - halvings, product << up), format);
    }

    private static ulong OneAndAHalf(FloatFormat format) => ((ulong)format.Bias << format.FractionBits) | format.QuietBit;

    // The reciprocal of so small a number overflows.
    private ulong ReciprocalOfTiny(bool negative, FloatFormat format)
    {
        Raise(FloatControl.Overflow | FloatControl.Inexact);
        bool isInfinite = Rounding == FloatRounding.Nearest || Rounding == (negative ? FloatRounding.Down : FloatRounding.Up);
        return isInfinite ? format.Infinity(negative) : format.Largest(negative);
    }

    // RecipEstimate: of a number from 256 to 511, a number from 256 to 511.
    private static uint ReciprocalEstimate(uint a)
    {
        a = a * 2 + 1;
        return ((1 << 19) / a + 1) / 2;
    }

    // RecipSqrtEstimate: of a number from 128 to 511, a number from 256 to 511.
    private static uint RootEstimate(uint a)
    {
        a = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
        uint b = 512;
        while (a * (b + 1) * (b + 1) < 1 << 28)
            b++;
        return (b + 1) / 2;
    }
}
