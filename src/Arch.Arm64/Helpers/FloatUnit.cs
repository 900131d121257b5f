using System.Numerics;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The floating-point unit for the time of one instruction: what FPCR asks for, and the exceptions raised so far. Values are encodings in
/// the low bits; names are those of the manual's pseudocode (J1.3).
/// </summary>
internal partial struct FloatUnit
{
    private readonly bool _defaultNaN, _flushToZero, _alternativeHalf;

    public FloatUnit(Cpu cpu)
    {
        ulong fpcr = Status = cpu[Slots.FloatStatus];
        _defaultNaN = (fpcr & FloatControl.DefaultNaN) != 0;
        _flushToZero = (fpcr & FloatControl.FlushToZero) != 0;
        _alternativeHalf = (fpcr & FloatControl.AlternativeHalf) != 0;
        Rounding = (FloatRounding)((fpcr & FloatControl.RoundingMask) >> FloatControl.RoundingShift);
    }

    public FloatRounding Rounding { get; set; }

    /// <summary>FPCR, and the cumulative exceptions of FPSR.</summary>
    public ulong Status { get; private set; }

    /// <summary>
    /// Nothing but rounding to nearest is asked for, so that the host's arithmetic is this unit's for numbers of middling size.
    /// </summary>
    public readonly bool IsPlain => Rounding == FloatRounding.Nearest && !_flushToZero;

    /// <summary>Whether another inexact result would make no difference.</summary>
    public readonly bool IsInexactAlready => (Status & FloatControl.Inexact) != 0;

    public void Raise(ulong exceptions) => Status |= exceptions;

    /// <summary>A number taken apart: Significand × 2^(Exponent − 63), with the top bit set unless it is 0.</summary>
    private readonly record struct Number(bool IsNegative, int Exponent, ulong Significand, bool IsInfinite = false)
    {
        public bool IsZero => Significand == 0 && !IsInfinite;
    }

    /// <summary>FPUnpack of anything but a NaN; denormal operands are flushed if so asked.</summary>
    private Number Unpack(ulong bits, FloatFormat format)
    {
        bool negative = format.IsNegative(bits);
        ulong exponent = (bits >> format.FractionBits) & format.MaximumExponent, fraction = bits & format.FractionMask;
        bool isAlternative = _alternativeHalf && format == FloatFormat.Half;
        if (exponent == format.MaximumExponent && !isAlternative)
            return new Number(negative, 0, 0, IsInfinite: true);
        if (exponent != 0)
            return new Number(negative, (int)exponent - format.Bias, (1UL << 63) | (fraction << (63 - format.FractionBits)));
        if (fraction == 0)
            return new Number(negative, 0, 0);
        if (_flushToZero && format != FloatFormat.Half)
        {
            Raise(FloatControl.InputDenormal);
            return new Number(negative, 0, 0);
        }
        int shift = BitOperations.LeadingZeroCount(fraction);
        return new Number(negative, 1 - format.Bias + 63 - format.FractionBits - shift, fraction << shift);
    }

    /// <summary>FPRound of significand × 2^(exponent − 127), whose top bit is set; its lowest bit stands for all that is lost.</summary>
    private ulong Round(bool negative, int exponent, UInt128 significand, FloatFormat format)
    {
        int minimum = 1 - format.Bias;
        if (_flushToZero && exponent < minimum && format != FloatFormat.Half)
        {
            Raise(FloatControl.Underflow);
            return format.Zero(negative);
        }
        bool isTiny = exponent < minimum;
        int dropped = 127 - format.FractionBits + (isTiny ? minimum - exponent : 0);
        var kept = Cut(significand, dropped, negative, Rounding, out bool inexact);
        if (isTiny && inexact)
            Raise(FloatControl.Underflow);
        // The integer bit of a normal number carries into the exponent field, as a rounding that overflows the fraction does.
        ulong bits = (ulong)kept + (isTiny ? 0 : (ulong)(exponent + format.Bias - 1) << format.FractionBits);
        bool isAlternative = _alternativeHalf && format == FloatFormat.Half;
        if (isAlternative
            ? exponent + format.Bias > 31 || bits >= format.SignBit
            : exponent > format.Bias || bits >= format.Infinity(false))
            return Overflowed(negative, format, isAlternative);
        if (inexact)
            Raise(FloatControl.Inexact);
        return format.Zero(negative) | bits;
    }

    private ulong Overflowed(bool negative, FloatFormat format, bool isAlternative)
    {
        if (isAlternative)
        {
            Raise(FloatControl.InvalidOperation);
            return format.Zero(negative) | (format.SignBit - 1);
        }
        Raise(FloatControl.Overflow | FloatControl.Inexact);
        bool isInfinite = Rounding switch
        {
            FloatRounding.Nearest or FloatRounding.TieAway => true,
            FloatRounding.Up => !negative,
            FloatRounding.Down => negative,
            _ => false,
        };
        return isInfinite ? format.Infinity(negative) : format.Largest(negative);
    }

    private ulong Round(in Number number, FloatFormat format)
    {
        if (number.IsInfinite)
            return format.Infinity(number.IsNegative);
        return number.IsZero
            ? format.Zero(number.IsNegative)
            : Round(number.IsNegative, number.Exponent, (UInt128)number.Significand << 64, format);
    }

    /// <summary>Drops the low <paramref name="count"/> (at least 1) bits of a number that is not 0, rounding.</summary>
    private static UInt128 Cut(UInt128 significand, int count, bool negative, FloatRounding rounding, out bool inexact)
    {
        if (count > 128)
            (significand, count) = (UInt128.One, 128);
        var kept = count == 128 ? UInt128.Zero : significand >> count;
        var rest = count == 128 ? significand : significand & ((UInt128.One << count) - 1);
        var half = UInt128.One << (count - 1);
        inexact = rest != 0;
        bool up = rounding switch
        {
            FloatRounding.Nearest => rest > half || (rest == half && (kept & 1) != 0),
            FloatRounding.TieAway => rest >= half,
            FloatRounding.Up => !negative && inexact,
            FloatRounding.Down => negative && inexact,
            FloatRounding.Odd => inexact && (kept & 1) == 0,
            _ => false,
        };
        return up ? kept + 1 : kept;
    }

    private ulong Invalid(FloatFormat format)
    {
        Raise(FloatControl.InvalidOperation);
        return format.DefaultNaN;
    }

    /// <summary>FPProcessNaN.</summary>
    private ulong ProcessNaN(ulong bits, FloatFormat format)
    {
        if ((bits & format.QuietBit) == 0)
            Raise(FloatControl.InvalidOperation);
        return _defaultNaN ? format.DefaultNaN : bits | format.QuietBit;
    }

    /// <summary>FPProcessNaNs: signalling ones first, then the first operand.</summary>
    private bool TryProcessNaNs(ulong a, ulong b, FloatFormat format, out ulong result)
    {
        ulong? chosen = format.IsSignaling(a) ? a : format.IsSignaling(b) ? b : format.IsNaN(a) ? a : format.IsNaN(b) ? b : null;
        result = chosen is { } nan ? ProcessNaN(nan, format) : 0;
        // The other operand is unpacked too, and may be denormal.
        if (chosen is not null && _flushToZero)
            NoteDenormals(a, b, format);
        return chosen is not null;
    }

    private void NoteDenormals(ulong a, ulong b, FloatFormat format)
    {
        if (!format.IsNaN(a))
            Unpack(a, format);
        if (!format.IsNaN(b))
            Unpack(b, format);
    }
}
