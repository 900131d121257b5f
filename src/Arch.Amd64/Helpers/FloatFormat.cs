namespace Arch.Amd64.Helpers;

/// <summary>The exceptions of IEEE 754 and the x86 denormal one, numbered as bits 0–5 of MXCSR and of the x87 status word.</summary>
[Flags]
internal enum FloatExceptions : uint
{
    None = 0,
    Invalid = 1,
    Denormal = 2,
    DivideByZero = 4,
    Overflow = 8,
    Underflow = 16,
    Inexact = 32,
    All = 63,

    /// <summary>Those found by looking at the operands alone: unmasked, they prevent the computation.</summary>
    BeforeComputation = Invalid | Denormal | DivideByZero,
}

/// <summary>Rounding modes, numbered as the RC field of MXCSR and of the x87 control word.</summary>
internal enum FloatRounding
{
    Nearest,
    Down,
    Up,
    TowardZero,
}

/// <summary>A binary floating-point format.</summary>
/// <param name="Precision">Bits of the significand, the integer bit included.</param>
/// <param name="ExponentBits">Bits of the exponent field.</param>
internal readonly record struct FloatFormat(int Precision, int ExponentBits)
{
    public static readonly FloatFormat Single = new(24, 8), Double = new(53, 11), Extended = new(64, 15);

    public int Bias => (1 << (ExponentBits - 1)) - 1;

    /// <summary>Exponent of the smallest normal number.</summary>
    public int MinimumExponent => 1 - Bias;

    /// <summary>Exponent of the largest finite number.</summary>
    public int MaximumExponent => Bias;

    private int FractionBits => Precision - 1;

    private ulong FractionMask => (1UL << FractionBits) - 1;

    private ulong ExponentMask => (1UL << ExponentBits) - 1;

    /// <summary>The value that the low bits of <paramref name="bits"/> encode; single and double format only.</summary>
    public FloatValue Unpack(ulong bits)
    {
        ulong fraction = (bits & FractionMask) << (64 - Precision);
        ulong exponent = (bits >> FractionBits) & ExponentMask;
        bool negative = ((bits >> (FractionBits + ExponentBits)) & 1) != 0;
        if (exponent == ExponentMask)
            return fraction == 0 ? FloatValue.Infinite(negative) : new FloatValue(FloatClass.NaN, negative, 0, FloatValue.IntegerBit | fraction);
        if (exponent != 0)
            return new FloatValue(FloatClass.Finite, negative, (int)exponent - Bias, FloatValue.IntegerBit | fraction);
        return fraction == 0 ? FloatValue.Zero(negative) : FloatValue.Subnormal(negative, MinimumExponent, fraction);
    }

    /// <summary>The encoding of a value that this format can represent; single and double format only.</summary>
    public ulong Pack(in FloatValue value)
    {
        ulong sign = (value.Negative ? 1UL : 0) << (FractionBits + ExponentBits);
        ulong fraction = (value.Significand >> (64 - Precision)) & FractionMask;
        return value.Class switch
        {
            FloatClass.Zero => sign,
            FloatClass.Infinity => sign | (ExponentMask << FractionBits),
            FloatClass.Finite when value.Exponent < MinimumExponent =>
                sign | (value.Significand >> (64 - Precision + MinimumExponent - value.Exponent)),
            FloatClass.Finite when value.Significand < FloatValue.IntegerBit => sign | fraction,
            FloatClass.Finite => sign | ((ulong)(value.Exponent + Bias) << FractionBits) | fraction,
            _ => sign | (ExponentMask << FractionBits) | fraction,
        };
    }
}
