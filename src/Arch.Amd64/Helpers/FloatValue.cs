using System.Numerics;

namespace Arch.Amd64.Helpers;

/// <summary>What kind of datum a floating-point encoding is.</summary>
internal enum FloatClass
{
    Zero,
    Finite,
    Infinity,
    NaN,

    /// <summary>An x87 encoding that processors since the 387 refuse: unnormals, pseudo-infinities, pseudo-NaNs.</summary>
    Unsupported,
}

/// <summary>A floating-point datum taken apart, in no particular format.</summary>
/// <param name="Exponent">Of a finite number, whose value is Significand × 2^(Exponent − 63).</param>
/// <param name="Significand">
/// Of a finite number, with the top bit set unless rounding made it subnormal; of a NaN, the integer bit, the quiet bit, the payload.
/// </param>
/// <param name="IsDenormal">The encoding was a denormal one (the denormal-operand exception), though the significand here is
/// normalised.</param>
internal readonly record struct FloatValue(FloatClass Class, bool Negative, int Exponent, ulong Significand, bool IsDenormal = false)
{
    public const ulong IntegerBit = 1UL << 63;
    public const ulong QuietBit = 1UL << 62;

    /// <summary>The quiet NaN that invalid operations give ("real indefinite").</summary>
    public static readonly FloatValue Indefinite = new(FloatClass.NaN, true, 0, IntegerBit | QuietBit);

    public bool IsNaN => Class == FloatClass.NaN;

    public bool IsSignaling => Class == FloatClass.NaN && (Significand & QuietBit) == 0;

    public static FloatValue Zero(bool negative) => new(FloatClass.Zero, negative, 0, 0);

    public static FloatValue Infinite(bool negative) => new(FloatClass.Infinity, negative, 0, IntegerBit);

    /// <summary>A denormal operand, normalised: <paramref name="fraction"/> × 2^(exponent − 63), not 0.</summary>
    public static FloatValue Subnormal(bool negative, int exponent, ulong fraction)
    {
        int shift = BitOperations.LeadingZeroCount(fraction);
        return new FloatValue(FloatClass.Finite, negative, exponent - shift, fraction << shift, IsDenormal: true);
    }

    /// <summary>An integer's exact value.</summary>
    public static FloatValue OfInteger(bool negative, ulong magnitude)
    {
        if (magnitude == 0)
            return Zero(false);
        int shift = BitOperations.LeadingZeroCount(magnitude);
        return new FloatValue(FloatClass.Finite, negative, 63 - shift, magnitude << shift);
    }

    public static FloatValue OfInteger(long value) => OfInteger(value < 0, value < 0 ? 0 - (ulong)value : (ulong)value);

    public FloatValue Quieted() => this with { Significand = Significand | QuietBit };

    public FloatValue Negated() => this with { Negative = !Negative };
}
