namespace Arch.Arm64.Helpers;

/// <summary>A binary floating-point format of IEEE 754.</summary>
/// <param name="Bits">All of it.</param>
/// <param name="FractionBits">Those of the fraction; the rest but the sign is the exponent.</param>
internal readonly record struct FloatFormat(int Bits, int FractionBits)
{
    public static readonly FloatFormat Half = new(16, 10), Single = new(32, 23), Double = new(64, 52);

    public int ExponentBits => Bits - 1 - FractionBits;

    public int Bias => (1 << (ExponentBits - 1)) - 1;

    /// <summary>The exponent field of infinities and NaNs.</summary>
    public ulong MaximumExponent => (1UL << ExponentBits) - 1;

    public ulong FractionMask => (1UL << FractionBits) - 1;

    public ulong QuietBit => 1UL << (FractionBits - 1);

    public ulong SignBit => 1UL << (Bits - 1);

    /// <summary>FPDefaultNaN: positive and quiet.</summary>
    public ulong DefaultNaN => Infinity(false) | QuietBit;

    /// <summary>The format of 2, 4 or 8 bytes, given by the logarithm.</summary>
    public static FloatFormat OfSize(int log2Bytes) => log2Bytes switch { 1 => Half, 2 => Single, _ => Double };

    public ulong Zero(bool negative) => negative ? SignBit : 0;

    public ulong Infinity(bool negative) => Zero(negative) | (MaximumExponent << FractionBits);

    /// <summary>The largest finite number.</summary>
    public ulong Largest(bool negative) => Infinity(negative) - 1;

    public bool IsNegative(ulong bits) => (bits & SignBit) != 0;

    public bool IsNaN(ulong bits) => (bits & (SignBit - 1)) > Infinity(false);

    public bool IsSignaling(ulong bits) => IsNaN(bits) && (bits & QuietBit) == 0;

    public bool IsInfinite(ulong bits) => (bits & (SignBit - 1)) == Infinity(false);
}

/// <summary>Rounding modes: the first four are numbered as FPCR.RMode.</summary>
internal enum FloatRounding
{
    Nearest,
    Up,
    Down,
    TowardZero,
    /// <summary>To nearest, halves away from zero.</summary>
    TieAway,
    /// <summary>Inexact results get an odd last bit, so that they can be rounded again (FCVTXN).</summary>
    Odd,
}
