namespace Arch.Amd64.Helpers;

/// <summary>The control bits that a floating-point operation obeys, and the exceptions it has raised so far.</summary>
internal struct FloatEnvironment
{
    public FloatRounding Rounding;

    /// <summary>Exceptions that do not trap.</summary>
    public FloatExceptions Masked;

    public FloatExceptions Raised;

    /// <summary>The last rounding was away from zero (x87 condition code C1).</summary>
    public bool RoundedUp;

    /// <summary>Denormal operands are zeros (MXCSR.DAZ).</summary>
    public bool DenormalsAreZero;

    /// <summary>Tiny results become zeros while underflow is masked (MXCSR.FTZ).</summary>
    public bool FlushToZero;

    /// <summary>
    /// Of two NaNs the larger significand wins, not the first operand; and an unmasked overflow or underflow still gives a result, with its
    /// exponent brought into range.
    /// </summary>
    public bool IsX87;

    /// <summary>The environment that an MXCSR describes (Intel SDM volume 1, 10.2.3).</summary>
    public static FloatEnvironment OfMxcsr(uint mxcsr) => new()
    {
        Rounding = (FloatRounding)((mxcsr >> 13) & 3),
        Masked = (FloatExceptions)((mxcsr >> 7) & 63),
        DenormalsAreZero = (mxcsr & (1 << 6)) != 0,
        FlushToZero = (mxcsr & (1 << 15)) != 0,
    };

    /// <summary>The environment that an x87 control word describes (Intel SDM volume 1, 8.1.5).</summary>
    public static FloatEnvironment OfControlWord(uint controlWord) => new()
    {
        Rounding = (FloatRounding)((controlWord >> 10) & 3),
        Masked = (FloatExceptions)(controlWord & 63),
        IsX87 = true,
    };

    public readonly FloatExceptions Unmasked => Raised & ~Masked;

    public void Raise(FloatExceptions exceptions) => Raised |= exceptions;

    /// <summary>The result of an invalid operation.</summary>
    public FloatValue Invalid()
    {
        Raise(FloatExceptions.Invalid);
        return FloatValue.Indefinite;
    }

    /// <summary>An operand in single or double format, a denormal one as zero when so asked.</summary>
    public readonly FloatValue Unpack(ulong bits, FloatFormat format)
    {
        var value = format.Unpack(bits);
        return value.IsDenormal && DenormalsAreZero ? FloatValue.Zero(value.Negative) : value;
    }

    /// <summary>Notes the denormal operands of an operation that has found nothing worse in its operands.</summary>
    public void NoteDenormals(in FloatValue a, in FloatValue b)
    {
        if (a.IsDenormal || b.IsDenormal)
            Raise(FloatExceptions.Denormal);
    }

    /// <summary>The result when at least one operand is a NaN or unsupported (Intel SDM volume 1, tables 4-7 and 8-10).</summary>
    public FloatValue Propagate(in FloatValue a, in FloatValue b)
    {
        if (a.Class == FloatClass.Unsupported || b.Class == FloatClass.Unsupported)
            return Invalid();
        if (a.IsSignaling || b.IsSignaling)
            Raise(FloatExceptions.Invalid);
        if (!a.IsNaN || !b.IsNaN)
            return (a.IsNaN ? a : b).Quieted();
        return (IsX87 ? Larger(a, b) : a).Quieted();
    }

    private static FloatValue Larger(in FloatValue a, in FloatValue b)
    {
        if (a.IsSignaling != b.IsSignaling)
            return a.IsSignaling ? b : a;
        if (a.Significand != b.Significand)
            return a.Significand > b.Significand ? a : b;
        return a.Negative ? b : a;
    }
}
