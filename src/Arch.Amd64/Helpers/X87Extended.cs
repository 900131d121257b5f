namespace Arch.Amd64.Helpers;

/// <summary>The 80-bit format as two slots hold it: the significand with its integer bit, then sign and exponent.</summary>
/// <param name="Significand">Bits 0–63.</param>
/// <param name="SignAndExponent">Bits 64–79.</param>
internal readonly record struct X87Extended(ulong Significand, ushort SignAndExponent)
{
    private const int ExponentMask = 0x7fff;

    /// <summary>The quiet NaN that stands for the result of an invalid operation.</summary>
    public static readonly X87Extended Indefinite = Of(FloatValue.Indefinite);

    public bool Negative => (SignAndExponent & 0x8000) != 0;

    private bool HasIntegerBit => (Significand & FloatValue.IntegerBit) != 0;

    /// <summary>Takes the encoding apart (Intel SDM volume 1, tables 4-2 and 8-3).</summary>
    public FloatValue Unpack()
    {
        int exponent = SignAndExponent & ExponentMask;
        var format = FloatFormat.Extended;
        if (exponent == 0)
        {
            if (Significand == 0)
                return FloatValue.Zero(Negative);
            return FloatValue.Subnormal(Negative, format.MinimumExponent, Significand);
        }
        if (!HasIntegerBit)
            return new FloatValue(FloatClass.Unsupported, Negative, 0, Significand);
        if (exponent != ExponentMask)
            return new FloatValue(FloatClass.Finite, Negative, exponent - format.Bias, Significand);
        return Significand == FloatValue.IntegerBit
            ? FloatValue.Infinite(Negative)
            : new FloatValue(FloatClass.NaN, Negative, 0, Significand);
    }

    /// <summary>The encoding of a value that the format can represent.</summary>
    public static X87Extended Of(in FloatValue value)
    {
        var format = FloatFormat.Extended;
        int sign = value.Negative ? 0x8000 : 0;
        return value.Class switch
        {
            FloatClass.Zero => new X87Extended(0, (ushort)sign),
            FloatClass.Finite when value.Exponent < format.MinimumExponent =>
                new X87Extended(value.Significand >> (format.MinimumExponent - value.Exponent), (ushort)sign),
            FloatClass.Finite when value.Significand < FloatValue.IntegerBit => new X87Extended(value.Significand, (ushort)sign),
            FloatClass.Finite => new X87Extended(value.Significand, (ushort)(sign | (value.Exponent + format.Bias))),
            _ => new X87Extended(value.Significand, (ushort)(sign | ExponentMask)),
        };
    }
}
