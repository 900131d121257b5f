using System.Numerics;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Helpers;

// Conversions between formats and integers.
internal partial struct FloatUnit
{
    /// <summary>FPConvert.</summary>
    public ulong Convert(ulong bits, FloatFormat from, FloatFormat to)
    {
        bool fromAlternative = _alternativeHalf && from == FloatFormat.Half, toAlternative = _alternativeHalf && to == FloatFormat.Half;
        if (from.IsNaN(bits) && !fromAlternative)
            return ConvertNaN(bits, from, to, toAlternative);
        var number = Unpack(bits, from);
        if (number.IsInfinite && toAlternative)
        {
            Raise(FloatControl.InvalidOperation);
            return to.Zero(number.IsNegative) | (to.SignBit - 1);
        }
        return Round(number, to);
    }

    /// <summary>
    /// FPToFixed: an integer of <paramref name="bits"/> bits, the value scaled by 2^<paramref name="fraction"/>; what does not fit
    /// saturates.
    /// </summary>
    public ulong ToFixed(ulong value, FloatFormat format, int bits, int fraction, bool isUnsigned, FloatRounding rounding)
    {
        ulong maximum = isUnsigned ? Mask(bits) : Mask(bits - 1);
        if (format.IsNaN(value))
        {
            Raise(FloatControl.InvalidOperation);
            return 0;
        }
        var number = Unpack(value, format);
        ulong minimum = isUnsigned ? 0 : maximum + 1;
        if (number.IsInfinite || (!number.IsZero && number.Exponent + fraction > 64))
        {
            Raise(FloatControl.InvalidOperation);
            return (number.IsNegative ? minimum : maximum) & Mask(bits);
        }
        if (number.IsZero)
            return 0;
        var magnitude = Cut((UInt128)number.Significand << 62, 125 - number.Exponent - fraction, number.IsNegative, rounding,
            out bool inexact);
        if (magnitude > (number.IsNegative ? minimum : maximum))
        {
            Raise(FloatControl.InvalidOperation);
            return (number.IsNegative ? minimum : maximum) & Mask(bits);
        }
        if (inexact)
            Raise(FloatControl.Inexact);
        return (number.IsNegative ? 0 - (ulong)magnitude : (ulong)magnitude) & Mask(bits);
    }

    /// <summary>FixedToFP: the integer divided by 2^<paramref name="fraction"/>.</summary>
    public ulong FromFixed(ulong value, int bits, FloatFormat format, int fraction, bool isUnsigned)
    {
        bool negative = !isUnsigned && (value >> (bits - 1) & 1) != 0;
        ulong magnitude = (negative ? 0 - value : value) & Mask(bits);
        if (magnitude == 0)
            return 0;
        int shift = BitOperations.LeadingZeroCount(magnitude);
        return Round(new Number(negative, 63 - shift - fraction, magnitude << shift), format);
    }

    /// <summary>FPRoundInt: to an integral value; <paramref name="isExact"/> raises the inexact exception.</summary>
    public ulong RoundToIntegral(ulong value, FloatFormat format, FloatRounding rounding, bool isExact)
    {
        if (format.IsNaN(value))
            return ProcessNaN(value, format);
        var number = Unpack(value, format);
        if (number.IsInfinite || number.IsZero || number.Exponent >= 63)
            return Round(number, format);
        var magnitude = Cut((UInt128)number.Significand << 62, 125 - number.Exponent, number.IsNegative, rounding, out bool inexact);
        if (inexact && isExact)
            Raise(FloatControl.Inexact);
        if (magnitude == 0)
            return format.Zero(number.IsNegative);
        int shift = BitOperations.LeadingZeroCount((ulong)magnitude);
        return Round(new Number(number.IsNegative, 63 - shift, (ulong)magnitude << shift), format);
    }

    // FPConvertNaN: the payload keeps its upper bits.
    private ulong ConvertNaN(ulong bits, FloatFormat from, FloatFormat to, bool toAlternative)
    {
        if (from.IsSignaling(bits) || toAlternative)
            Raise(FloatControl.InvalidOperation);
        if (toAlternative)
            return to.Zero(from.IsNegative(bits));
        if (_defaultNaN)
            return to.DefaultNaN;
        ulong fraction = (bits & from.FractionMask) << (63 - from.FractionBits) >> (63 - to.FractionBits);
        return to.Infinity(from.IsNegative(bits)) | to.QuietBit | fraction;
    }

    private static ulong Mask(int bits) => bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;
}
