namespace Arch.Amd64.Helpers;

/// <summary>Rounds exact results to a format with the exceptions that x86 raises, tininess being detected after rounding.</summary>
internal static class FloatRounder
{
    /// <summary>
    /// What is added to an exponent by an unmasked underflow of the x87, and taken away by an overflow (Intel SDM volume 1, 8.5.4).
    /// </summary>
    private const int ExponentAdjustment = 24576;

    /// <summary>Rounds significand × 2^(exponent − 127). The top bit is set; the lowest stands for all lost bits.</summary>
    public static FloatValue Round(bool negative, int exponent, UInt128 significand, FloatFormat format, ref FloatEnvironment environment)
    {
        var cut = Cut(significand, 128 - format.Precision, negative, environment.Rounding);
        var (kept, rounded) = (cut.Kept, exponent);
        if (kept >> format.Precision != 0)
        {
            kept >>= 1;
            rounded++;
        }
        if (rounded < format.MinimumExponent)
            return Tiny(negative, exponent, significand, format, ref environment);
        if (rounded > format.MaximumExponent)
            return Huge(negative, exponent, significand, format, ref environment);
        Note(cut, ref environment);
        return new FloatValue(FloatClass.Finite, negative, rounded, (ulong)kept << (64 - format.Precision));
    }

    /// <summary>Rounds a finite number to another format.</summary>
    public static FloatValue Round(in FloatValue value, FloatFormat format, ref FloatEnvironment environment) =>
        value.Class == FloatClass.Finite
            ? Round(value.Negative, value.Exponent, (UInt128)value.Significand << 64, format, ref environment)
            : value;

    /// <summary>
    /// A finite number's integer part by the given rounding; <paramref name="magnitude"/> is meaningless when it does not fit.
    /// </summary>
    /// <returns>False when the magnitude needs more than 64 bits.</returns>
    public static bool TryRoundToInteger(in FloatValue value, FloatRounding rounding, out ulong magnitude, out bool inexact, out bool up)
    {
        (magnitude, inexact, up) = (0, false, false);
        if (value.Class != FloatClass.Finite)
            return value.Class == FloatClass.Zero;
        if (value.Exponent > 63)
            return false;
        var cut = Cut((UInt128)value.Significand << 64, 127 - value.Exponent, value.Negative, rounding);
        (magnitude, inexact, up) = ((ulong)cut.Kept, cut.IsInexact, cut.IsUp);
        return cut.Kept <= ulong.MaxValue;
    }

    private static FloatValue Tiny(bool negative, int exponent, UInt128 significand, FloatFormat format, ref FloatEnvironment environment)
    {
        bool masked = (environment.Masked & FloatExceptions.Underflow) != 0;
        if (masked && environment.FlushToZero)
        {
            environment.Raise(FloatExceptions.Underflow | FloatExceptions.Inexact);
            return FloatValue.Zero(negative);
        }
        if (!masked && AdjustsExponent(format, environment))
        {
            environment.Raise(FloatExceptions.Underflow);
            return exponent + ExponentAdjustment < format.MinimumExponent
                ? Beyond(FloatValue.Zero(negative), ref environment)
                : Round(negative, exponent + ExponentAdjustment, significand, format, ref environment);
        }
        var cut = Cut(significand, 128 - format.Precision + (format.MinimumExponent - exponent), negative, environment.Rounding);
        if (cut.IsInexact || !masked)
            environment.Raise(FloatExceptions.Underflow);
        // One that traps: SSE looks at the precision alone, and the x87, which stores nothing, at nothing.
        if (masked)
            Note(cut, ref environment);
        else if (!environment.IsX87 && Cut(significand, 128 - format.Precision, negative, environment.Rounding).IsInexact)
            environment.Raise(FloatExceptions.Inexact);
        return cut.Kept == 0
            ? FloatValue.Zero(negative)
            : new FloatValue(FloatClass.Finite, negative, format.MinimumExponent, (ulong)cut.Kept << (64 - format.Precision));
    }

    private static FloatValue Huge(bool negative, int exponent, UInt128 significand, FloatFormat format, ref FloatEnvironment environment)
    {
        environment.Raise(FloatExceptions.Overflow);
        bool masked = (environment.Masked & FloatExceptions.Overflow) != 0;
        if (!masked && AdjustsExponent(format, environment))
        {
            return exponent - ExponentAdjustment > format.MaximumExponent
                ? Beyond(FloatValue.Infinite(negative), ref environment)
                : Round(negative, exponent - ExponentAdjustment, significand, format, ref environment);
        }
        if (masked || (!environment.IsX87 && Cut(significand, 128 - format.Precision, negative, environment.Rounding).IsInexact))
            environment.Raise(FloatExceptions.Inexact);
        bool infinite = environment.Rounding switch
        {
            FloatRounding.Nearest => true,
            FloatRounding.Down => negative,
            FloatRounding.Up => !negative,
            _ => false,
        };
        environment.RoundedUp = infinite;
        return infinite
            ? FloatValue.Infinite(negative)
            : new FloatValue(FloatClass.Finite, negative, format.MaximumExponent, ulong.MaxValue << (64 - format.Precision));
    }

    /// <summary>FSCALE can miss even the adjusted exponents: zero or infinity (Intel SDM volume 1, 8.5.4 and 8.5.5).</summary>
    private static FloatValue Beyond(in FloatValue result, ref FloatEnvironment environment)
    {
        environment.RoundedUp = result.Class == FloatClass.Infinity;
        environment.Raise(FloatExceptions.Inexact);
        return result;
    }

    /// <summary>Only results that stay in an x87 register are adjusted; stores just do not happen.</summary>
    private static bool AdjustsExponent(FloatFormat format, in FloatEnvironment environment) =>
        environment.IsX87 && format.ExponentBits == FloatFormat.Extended.ExponentBits;

    private static void Note(in Part cut, ref FloatEnvironment environment)
    {
        environment.RoundedUp = cut.IsUp;
        if (cut.IsInexact)
            environment.Raise(FloatExceptions.Inexact);
    }

    private readonly record struct Part(UInt128 Kept, bool IsInexact, bool IsUp);

    /// <summary>Drops the low <paramref name="count"/> (at least 1) bits, rounding.</summary>
    private static Part Cut(UInt128 significand, int count, bool negative, FloatRounding rounding)
    {
        if (count > 128)
            (significand, count) = (significand == 0 ? UInt128.Zero : UInt128.One, 128);
        var kept = count == 128 ? UInt128.Zero : significand >> count;
        var rest = count == 128 ? significand : significand & ((UInt128.One << count) - 1);
        var half = UInt128.One << (count - 1);
        bool up = rounding switch
        {
            FloatRounding.Nearest => rest > half || (rest == half && (kept & 1) != 0),
            FloatRounding.Down => negative && rest != 0,
            FloatRounding.Up => !negative && rest != 0,
            _ => false,
        };
        return new Part(up ? kept + 1 : kept, rest != 0, up);
    }
}
