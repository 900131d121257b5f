using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

// The basic operations.
internal partial struct FloatUnit
{
    public ulong Add(ulong a, ulong b, FloatFormat format)
    {
        if (TryAddPlainly(a, b, format, out ulong plain))
            return plain;
        if (TryProcessNaNs(a, b, format, out ulong nan))
            return nan;
        var (x, y) = (Unpack(a, format), Unpack(b, format));
        if (x.IsInfinite || y.IsInfinite)
        {
            if (x.IsInfinite && y.IsInfinite && x.IsNegative != y.IsNegative)
                return Invalid(format);
            return format.Infinity((x.IsInfinite ? x : y).IsNegative);
        }
        return Sum(Wide.Of(x), Wide.Of(y), format);
    }

    public ulong Subtract(ulong a, ulong b, FloatFormat format)
    {
        // A NaN keeps its sign.
        if (format.IsNaN(a) || format.IsNaN(b))
            return Add(a, b, format);
        return Add(a, b ^ format.SignBit, format);
    }

    public ulong Multiply(ulong a, ulong b, FloatFormat format, bool isExtended = false)
    {
        if (TryMultiplyPlainly(a, b, format, out ulong plain))
            return plain;
        if (TryProcessNaNs(a, b, format, out ulong nan))
            return nan;
        var (x, y) = (Unpack(a, format), Unpack(b, format));
        bool negative = x.IsNegative != y.IsNegative;
        if (x.IsInfinite || y.IsInfinite)
        {
            if (!x.IsZero && !y.IsZero)
                return format.Infinity(negative);
            // FMULX gives 2.
            return isExtended ? format.Zero(negative) | ((ulong)(format.Bias + 1) << format.FractionBits) : Invalid(format);
        }
        if (x.IsZero || y.IsZero)
            return format.Zero(negative);
        return Normalised(negative, x.Exponent + y.Exponent + 1, (UInt128)x.Significand * y.Significand, format);
    }

    public ulong Divide(ulong a, ulong b, FloatFormat format)
    {
        if (TryProcessNaNs(a, b, format, out ulong nan))
            return nan;
        var (x, y) = (Unpack(a, format), Unpack(b, format));
        bool negative = x.IsNegative != y.IsNegative;
        if ((x.IsInfinite && y.IsInfinite) || (x.IsZero && y.IsZero))
            return Invalid(format);
        if (x.IsInfinite || y.IsZero)
        {
            if (!x.IsInfinite)
                Raise(FloatControl.DivideByZero);
            return format.Infinity(negative);
        }
        if (x.IsZero || y.IsInfinite)
            return format.Zero(negative);
        var (high, rest) = UInt128.DivRem((UInt128)x.Significand << 63, y.Significand);
        var (low, last) = UInt128.DivRem(rest << 64, y.Significand);
        return Normalised(negative, x.Exponent - y.Exponent, (high << 64) | low | Sticky(last != 0), format);
    }

    public ulong SquareRoot(ulong a, FloatFormat format)
    {
        if (format.IsNaN(a))
            return ProcessNaN(a, format);
        var x = Unpack(a, format);
        if (x.IsZero)
            return format.Zero(x.IsNegative);
        if (x.IsNegative)
            return Invalid(format);
        if (x.IsInfinite)
            return a;
        // An even exponent 2k leaves 1 ≤ radicand < 4, whose root's first bit has the weight 2^k.
        var root = FixedPoint.SquareRoot((UInt128)x.Significand << (x.Exponent & 1));
        return Round(false, x.Exponent >> 1, root, format);
    }

    /// <summary>FPMulAdd: addend + a × b, rounded once.</summary>
    public ulong MultiplyAdd(ulong addend, ulong a, ulong b, FloatFormat format)
    {
        if (format.IsNaN(addend) || format.IsNaN(a) || format.IsNaN(b))
            return ProcessNaNs3(addend, a, b, format);
        var (z, x, y) = (Unpack(addend, format), Unpack(a, format), Unpack(b, format));
        bool negative = x.IsNegative != y.IsNegative, isInfinite = x.IsInfinite || y.IsInfinite;
        if (isInfinite && (x.IsZero || y.IsZero))
            return Invalid(format);
        if (z.IsInfinite && isInfinite && z.IsNegative != negative)
            return Invalid(format);
        if (z.IsInfinite || isInfinite)
            return format.Infinity(z.IsInfinite ? z.IsNegative : negative);
        if (x.IsZero || y.IsZero)
            return Sum(Wide.Of(z), new Wide(negative, 0, UInt128.Zero), format);
        var product = (UInt128)x.Significand * y.Significand;
        int shift = (int)UInt128.LeadingZeroCount(product);
        return Sum(Wide.Of(z), new Wide(negative, x.Exponent + y.Exponent + 1 - shift, product << shift), format);
    }

    /// <summary>A number with room for a product: Significand × 2^(Exponent − 127).</summary>
    private readonly record struct Wide(bool IsNegative, int Exponent, UInt128 Significand)
    {
        public static Wide Of(in Number number) => new(number.IsNegative, number.Exponent, (UInt128)number.Significand << 64);
    }

    private ulong Sum(Wide x, Wide y, FloatFormat format)
    {
        if (x.Significand == 0 && y.Significand == 0)
            return format.Zero(x.IsNegative == y.IsNegative ? x.IsNegative : Rounding == FloatRounding.Down);
        if (x.Significand == 0 || y.Significand == 0)
        {
            var only = x.Significand == 0 ? y : x;
            return Round(only.IsNegative, only.Exponent, only.Significand, format);
        }
        if (x.Exponent < y.Exponent || (x.Exponent == y.Exponent && x.Significand < y.Significand))
            (x, y) = (y, x);
        // A product has 106 bits, so that one can be given up for the carry. Bits of the smaller number are lost only when the exponents
        // are so far apart that no more than one bit cancels: a mark does for them.
        int distance = x.Exponent - y.Exponent;
        var (a, b) = (x.Significand >> 1, y.Significand >> 1);
        if (distance > 126)
            b = UInt128.One;
        else if (distance > 0)
            b = (b >> distance) | Sticky((b & ((UInt128.One << distance) - 1)) != 0);
        bool isSum = x.IsNegative == y.IsNegative;
        if (!isSum && a == b)
            return format.Zero(Rounding == FloatRounding.Down);
        return Normalised(x.IsNegative, x.Exponent + 1, isSum ? a + b : a - b, format);
    }

    /// <summary>Rounds significand × 2^(exponent − 127), not 0, the top bit of which may be clear.</summary>
    private ulong Normalised(bool negative, int exponent, UInt128 significand, FloatFormat format)
    {
        int shift = (int)UInt128.LeadingZeroCount(significand);
        return Round(negative, exponent - shift, significand << shift, format);
    }

    private ulong ProcessNaNs3(ulong addend, ulong a, ulong b, FloatFormat format)
    {
        if (_flushToZero)
        {
            NoteDenormals(a, b, format);
            if (!format.IsNaN(addend))
                Unpack(addend, format);
        }
        if (format.IsSignaling(addend))
            return ProcessNaN(addend, format);
        if (format.IsSignaling(a))
            return ProcessNaN(a, format);
        if (format.IsSignaling(b))
            return ProcessNaN(b, format);
        if (!format.IsNaN(addend))
            return ProcessNaN(format.IsNaN(a) ? a : b, format);
        // Infinity times zero is invalid even so.
        return (format.IsInfinite(a) && IsZero(b, format)) || (format.IsInfinite(b) && IsZero(a, format))
            ? Invalid(format)
            : ProcessNaN(addend, format);
    }

    private bool IsZero(ulong bits, FloatFormat format) => !format.IsNaN(bits) && Unpack(bits, format).IsZero;

    private static UInt128 Sticky(bool lost) => lost ? UInt128.One : UInt128.Zero;
}
