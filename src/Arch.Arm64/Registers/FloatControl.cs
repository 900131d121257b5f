namespace Arch.Arm64.Registers;

/// <summary>Bits of FPCR and FPSR that this processor has (Arm manual, C5.2).</summary>
internal static class FloatControl
{
    /// <summary>FPCR: alternative half precision, default NaN, flush to zero; the rounding mode is bits 23–22.</summary>
    public const ulong AlternativeHalf = 1 << 26, DefaultNaN = 1 << 25, FlushToZero = 1 << 24, RoundingMask = 3 << 22;

    public const int RoundingShift = 22;

    /// <summary>All of FPCR.</summary>
    public const ulong FpcrMask = AlternativeHalf | DefaultNaN | FlushToZero | RoundingMask;

    /// <summary>FPSR: saturation, and the cumulative exceptions.</summary>
    public const ulong Saturated = 1 << 27, InputDenormal = 1 << 7, Inexact = 1 << 4, Underflow = 1 << 3, Overflow = 1 << 2,
        DivideByZero = 1 << 1, InvalidOperation = 1 << 0;

    /// <summary>All of FPSR.</summary>
    public const ulong FpsrMask = Saturated | InputDenormal | Inexact | Underflow | Overflow | DivideByZero | InvalidOperation;
}
