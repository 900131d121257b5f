namespace Arch.Amd64.Helpers;

/// <summary>
/// A number with 128 significant bits, Significand × 2^(Exponent − 127): what transcendental functions are computed with, twice as wide as
/// what they are rounded to. What an operation loses is kept as its lowest bit, so that no inexact result looks exact.
/// </summary>
/// <param name="Significand">With the top bit set; 0 is zero.</param>
internal readonly record struct WideFloat(bool Negative, int Exponent, UInt128 Significand)
{
    public static readonly WideFloat Zero = new(false, 0, 0);
    public static readonly WideFloat One = Of(1);

    public bool IsZero => Significand == 0;

    public static WideFloat Of(in FloatValue value) => new(value.Negative, value.Exponent, (UInt128)value.Significand << 64);

    public static WideFloat Of(int value) => Of(value < 0, 127, (UInt128)Math.Abs(value));

    /// <summary>significand × 2^(exponent − 127), whatever its top bit.</summary>
    public static WideFloat Of(bool negative, int exponent, UInt128 significand)
    {
        if (significand == 0)
            return Zero;
        int shift = (int)UInt128.LeadingZeroCount(significand);
        return new WideFloat(negative, exponent - shift, significand << shift);
    }

    public static WideFloat operator -(in WideFloat a) => a with { Negative = !a.Negative };

    public static WideFloat operator -(in WideFloat a, in WideFloat b) => a + -b;

    public static WideFloat operator +(in WideFloat a, in WideFloat b)
    {
        if (a.IsZero || b.IsZero)
            return a.IsZero ? b : a;
        if (CompareMagnitudes(a, b) < 0)
            return b + a;
        // One bit of room for the carry.
        var first = Shifted(a.Significand, 1);
        var second = Shifted(b.Significand, 1 + a.Exponent - b.Exponent);
        return Of(a.Negative, a.Exponent + 1, a.Negative == b.Negative ? first + second : first - second);
    }

    public static WideFloat operator *(in WideFloat a, in WideFloat b)
    {
        if (a.IsZero || b.IsZero)
            return Zero;
        var (high, low) = Product(a.Significand, b.Significand);
        return Of(a.Negative != b.Negative, a.Exponent + b.Exponent + 1, high | Sticky(low));
    }

    /// <summary>The quotient by a small positive integer.</summary>
    public static WideFloat operator /(in WideFloat a, int divisor)
    {
        var (quotient, rest) = UInt128.DivRem(a.Significand, (UInt128)divisor);
        int shift = a.IsZero ? 0 : (int)UInt128.LeadingZeroCount(quotient);
        // The bits that normalising brings in are those of the rest's own quotient.
        return Of(a.Negative, a.Exponent - shift, (quotient << shift) | ((rest << shift) / (UInt128)divisor) | Sticky(rest));
    }

    /// <summary>The quotient; <paramref name="b"/> is not zero.</summary>
    public static WideFloat operator /(in WideFloat a, in WideFloat b)
    {
        if (a.IsZero)
            return Zero;
        bool fits = a.Significand >= b.Significand;
        var (quotient, rest) = (fits ? UInt128.One : UInt128.Zero, fits ? a.Significand - b.Significand : a.Significand);
        int bits = fits ? 127 : 128;
        for (int bit = 0; bit < bits; bit++)
        {
            bool carry = rest >> 127 != 0;
            rest <<= 1;
            quotient <<= 1;
            if (!carry && rest < b.Significand)
                continue;
            rest -= b.Significand;
            quotient |= 1;
        }
        return new WideFloat(a.Negative != b.Negative, a.Exponent - b.Exponent - (fits ? 0 : 1), quotient | Sticky(rest));
    }

    /// <summary>Negative, 0 or positive as |a| is less, equal or greater; neither is zero.</summary>
    public static int CompareMagnitudes(in WideFloat a, in WideFloat b) =>
        a.Exponent != b.Exponent ? a.Exponent.CompareTo(b.Exponent) : a.Significand.CompareTo(b.Significand);

    private static (UInt128 High, UInt128 Low) Product(UInt128 a, UInt128 b)
    {
        var (aHigh, aLow, bHigh, bLow) = (a >> 64, (UInt128)(ulong)a, b >> 64, (UInt128)(ulong)b);
        var low = aLow * bLow;
        var middle = aHigh * bLow + (low >> 64);
        var other = aLow * bHigh + (ulong)middle;
        return (aHigh * bHigh + (middle >> 64) + (other >> 64), (other << 64) | (ulong)low);
    }

    private static UInt128 Shifted(UInt128 value, int count)
    {
        if (count > 127)
            return UInt128.One;
        return (value >> count) | Sticky(value & ((UInt128.One << count) - 1));
    }

    private static UInt128 Sticky(UInt128 lost) => lost != 0 ? UInt128.One : UInt128.Zero;
}
