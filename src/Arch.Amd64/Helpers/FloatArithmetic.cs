using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The basic operations, exact in every bit and flag, in any format: what the fast paths fall back to, and all there is for the
/// formats that no host has.
/// </summary>
internal static class FloatArithmetic
{
    public static FloatValue Add(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment)
    {
        if (a.Class >= FloatClass.NaN || b.Class >= FloatClass.NaN)
            return environment.Propagate(a, b);
        if (a.Class == FloatClass.Infinity && b.Class == FloatClass.Infinity && a.Negative != b.Negative)
            return environment.Invalid();
        environment.NoteDenormals(a, b);
        if (a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity)
            return a.Class == FloatClass.Infinity ? a : b;
        if (a.Class == FloatClass.Zero && b.Class == FloatClass.Zero)
            return FloatValue.Zero(a.Negative == b.Negative ? a.Negative : environment.Rounding == FloatRounding.Down);
        if (a.Class == FloatClass.Zero || b.Class == FloatClass.Zero)
            return FloatRounder.Round(a.Class == FloatClass.Zero ? b : a, format, ref environment);
        return a.Exponent >= b.Exponent ? AddFinite(a, b, format, ref environment) : AddFinite(b, a, format, ref environment);
    }

    public static FloatValue Subtract(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment) =>
        Add(a, b.IsNaN ? b : b.Negated(), format, ref environment);

    public static FloatValue Multiply(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment)
    {
        if (a.Class >= FloatClass.NaN || b.Class >= FloatClass.NaN)
            return environment.Propagate(a, b);
        bool negative = a.Negative != b.Negative;
        bool infinite = a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity;
        bool zero = a.Class == FloatClass.Zero || b.Class == FloatClass.Zero;
        if (infinite && zero)
            return environment.Invalid();
        environment.NoteDenormals(a, b);
        if (infinite || zero)
            return infinite ? FloatValue.Infinite(negative) : FloatValue.Zero(negative);
        var product = (UInt128)a.Significand * b.Significand;
        return Normalised(negative, a.Exponent + b.Exponent + 1, product, format, ref environment);
    }

    public static FloatValue Divide(in FloatValue a, in FloatValue b, FloatFormat format, ref FloatEnvironment environment)
    {
        if (a.Class >= FloatClass.NaN || b.Class >= FloatClass.NaN)
            return environment.Propagate(a, b);
        if (a.Class == b.Class && a.Class != FloatClass.Finite)
            return environment.Invalid();
        bool negative = a.Negative != b.Negative;
        if (b.Class == FloatClass.Zero && a.Class == FloatClass.Finite)
        {
            environment.Raise(FloatExceptions.DivideByZero);
            return FloatValue.Infinite(negative);
        }
        environment.NoteDenormals(a, b);
        if (a.Class == FloatClass.Infinity || b.Class == FloatClass.Zero)
            return FloatValue.Infinite(negative);
        if (a.Class == FloatClass.Zero || b.Class == FloatClass.Infinity)
            return FloatValue.Zero(negative);
        var (high, rest) = UInt128.DivRem((UInt128)a.Significand << 63, b.Significand);
        var (low, last) = UInt128.DivRem(rest << 64, b.Significand);
        return Normalised(negative, a.Exponent - b.Exponent, (high << 64) | low | Sticky(last != 0), format, ref environment);
    }

    public static FloatValue SquareRoot(in FloatValue value, FloatFormat format, ref FloatEnvironment environment)
    {
        if (value.Class >= FloatClass.NaN)
            return environment.Propagate(value, value);
        if (value.Class == FloatClass.Zero)
            return value;
        if (value.Negative)
            return environment.Invalid();
        environment.NoteDenormals(value, value);
        if (value.Class == FloatClass.Infinity)
            return value;
        // An even exponent 2k leaves 1 ≤ radicand < 4, whose root's first bit has the weight 2^k.
        int half = value.Exponent >> 1;
        var root = FixedPoint.SquareRoot((UInt128)value.Significand << (value.Exponent & 1));
        return FloatRounder.Round(false, half, root, format, ref environment);
    }

    /// <summary>
    /// Rounds to an integral value in the same format; <paramref name="quietly"/> without the inexact exception.
    /// </summary>
    public static FloatValue RoundToIntegral(in FloatValue value, FloatRounding rounding, bool quietly, ref FloatEnvironment environment)
    {
        if (value.Class >= FloatClass.NaN)
            return environment.Propagate(value, value);
        if (value.Class != FloatClass.Finite || value.Exponent >= 63)
            return value;
        FloatRounder.TryRoundToInteger(value, rounding, out ulong magnitude, out bool inexact, out environment.RoundedUp);
        if (inexact && !quietly)
            environment.Raise(FloatExceptions.Inexact);
        return magnitude == 0 ? FloatValue.Zero(value.Negative) : FloatValue.OfInteger(value.Negative, magnitude);
    }

    /// <summary>
    /// A signed integer of 16, 32 or 64 bits; what does not fit is invalid and gives the smallest one ("integer indefinite").
    /// </summary>
    public static ulong ToInteger(in FloatValue value, int bits, FloatRounding rounding, ref FloatEnvironment environment)
    {
        ulong limit = 1UL << (bits - 1);
        if (!FloatRounder.TryRoundToInteger(value, rounding, out ulong magnitude, out bool inexact, out bool up) ||
            magnitude > (value.Negative ? limit : limit - 1))
        {
            environment.Raise(FloatExceptions.Invalid);
            return limit;
        }
        environment.RoundedUp = up;
        if (inexact)
            environment.Raise(FloatExceptions.Inexact);
        return value.Negative ? 0 - magnitude : magnitude;
    }

    /// <summary>Negative, 0 or positive as a is less, equal or greater; neither is a NaN.</summary>
    public static int Compare(in FloatValue a, in FloatValue b)
    {
        bool bothZero = a.Class == FloatClass.Zero && b.Class == FloatClass.Zero;
        if (bothZero)
            return 0;
        if (a.Negative != b.Negative)
            return a.Negative ? -1 : 1;
        int magnitude = a.Class != b.Class ? a.Class.CompareTo(b.Class)
            : a.Exponent != b.Exponent ? a.Exponent.CompareTo(b.Exponent)
            : a.Significand.CompareTo(b.Significand);
        return a.Negative ? -magnitude : magnitude;
    }

    private static FloatValue AddFinite(in FloatValue larger, in FloatValue smaller, FloatFormat format, ref FloatEnvironment environment)
    {
        var a = (UInt128)larger.Significand << 63;
        var b = ShiftRightSticky((UInt128)smaller.Significand << 63, larger.Exponent - smaller.Exponent);
        bool negative = larger.Negative;
        if (larger.Negative == smaller.Negative)
            return Normalised(negative, larger.Exponent + 1, a + b, format, ref environment);
        if (a == b)
            return FloatValue.Zero(environment.Rounding == FloatRounding.Down);
        return a > b
            ? Normalised(negative, larger.Exponent + 1, a - b, format, ref environment)
            : Normalised(!negative, larger.Exponent + 1, b - a, format, ref environment);
    }

    /// <summary>Rounds significand × 2^(exponent − 127), the top bit of which may be clear.</summary>
    private static FloatValue Normalised(bool negative, int exponent, UInt128 significand, FloatFormat format, ref FloatEnvironment environment)
    {
        int shift = (int)UInt128.LeadingZeroCount(significand);
        return FloatRounder.Round(negative, exponent - shift, significand << shift, format, ref environment);
    }

    private static UInt128 ShiftRightSticky(UInt128 value, int count)
    {
        if (count > 127)
            return UInt128.One;
        return count == 0 ? value : (value >> count) | Sticky((value & ((UInt128.One << count) - 1)) != 0);
    }

    private static UInt128 Sticky(bool lost) => lost ? UInt128.One : UInt128.Zero;
}
