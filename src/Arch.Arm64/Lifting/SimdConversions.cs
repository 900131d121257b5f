using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;

namespace Arch.Arm64.Lifting;

/// <summary>Conversions and roundings of floating-point vectors.</summary>
internal static class SimdConversions
{
    [Encoding("0 Q 0 01110 0 sz 10000 11000 10 Rn Rd", "FRINTN (vector)")]
    public static void RoundToNearest(Lifter lifter) => Round(lifter, FloatRounding.Nearest);

    [Encoding("0 Q 0 01110 0 sz 10000 11001 10 Rn Rd", "FRINTM (vector)")]
    public static void RoundDown(Lifter lifter) => Round(lifter, FloatRounding.Down);

    [Encoding("0 Q 0 01110 1 sz 10000 11000 10 Rn Rd", "FRINTP (vector)")]
    public static void RoundUp(Lifter lifter) => Round(lifter, FloatRounding.Up);

    [Encoding("0 Q 0 01110 1 sz 10000 11001 10 Rn Rd", "FRINTZ (vector)")]
    public static void RoundTowardZero(Lifter lifter) => Round(lifter, FloatRounding.TowardZero);

    [Encoding("0 Q 1 01110 0 sz 10000 11000 10 Rn Rd", "FRINTA (vector)")]
    public static void RoundTiesAway(Lifter lifter) => Round(lifter, FloatRounding.TieAway);

    [Encoding("0 Q 1 01110 0 sz 10000 11001 10 Rn Rd", "FRINTX (vector)")]
    public static void RoundExact(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatRoundExact);

    [Encoding("0 Q 1 01110 1 sz 10000 11001 10 Rn Rd", "FRINTI (vector)")]
    public static void RoundAsControlled(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatRound);

    [Encoding("0 Q U 01110 0 sz 10000 11010 10 Rn Rd", "FCVTNS, FCVTNU (vector)")]
    [Encoding("01 U 11110 0 sz 10000 11010 10 Rn Rd", "FCVTNS, FCVTNU (scalar)")]
    public static void ToNearest(Lifter lifter) => ToInteger(lifter, FloatRounding.Nearest);

    [Encoding("0 Q U 01110 0 sz 10000 11011 10 Rn Rd", "FCVTMS, FCVTMU (vector)")]
    [Encoding("01 U 11110 0 sz 10000 11011 10 Rn Rd", "FCVTMS, FCVTMU (scalar)")]
    public static void Floor(Lifter lifter) => ToInteger(lifter, FloatRounding.Down);

    [Encoding("0 Q U 01110 1 sz 10000 11010 10 Rn Rd", "FCVTPS, FCVTPU (vector)")]
    [Encoding("01 U 11110 1 sz 10000 11010 10 Rn Rd", "FCVTPS, FCVTPU (scalar)")]
    public static void Ceiling(Lifter lifter) => ToInteger(lifter, FloatRounding.Up);

    [Encoding("0 Q U 01110 1 sz 10000 11011 10 Rn Rd", "FCVTZS, FCVTZU (vector, integer)")]
    [Encoding("01 U 11110 1 sz 10000 11011 10 Rn Rd", "FCVTZS, FCVTZU (scalar, integer)")]
    public static void TowardZero(Lifter lifter) => ToInteger(lifter, FloatRounding.TowardZero);

    [Encoding("0 Q U 01110 0 sz 10000 11100 10 Rn Rd", "FCVTAS, FCVTAU (vector)")]
    [Encoding("01 U 11110 0 sz 10000 11100 10 Rn Rd", "FCVTAS, FCVTAU (scalar)")]
    public static void TiesAway(Lifter lifter) => ToInteger(lifter, FloatRounding.TieAway);

    [Encoding("0 Q U 01110 0 sz 10000 11101 10 Rn Rd", "SCVTF, UCVTF (vector, integer)")]
    [Encoding("01 U 11110 0 sz 10000 11101 10 Rn Rd", "SCVTF, UCVTF (scalar, integer)")]
    public static void FromInteger(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatFromInteger, 0, lifter.U);

    [Encoding("0 Q 0 01110 0 sz 10000 10111 10 Rn Rd", "FCVTL")]
    public static void ConvertLong(Lifter lifter) => Convert(lifter, ConversionHelpers.Long);

    [Encoding("0 Q 0 01110 0 sz 10000 10110 10 Rn Rd", "FCVTN")]
    public static void ConvertNarrow(Lifter lifter) => Convert(lifter, ConversionHelpers.Narrow);

    [Encoding("0 Q 1 01110 01 10000 10110 10 Rn Rd", "FCVTXN")]
    [Encoding("01 1 11110 01 10000 10110 10 Rn Rd", "FCVTXN (scalar)")]
    public static void ConvertNarrowToOdd(Lifter lifter) => Convert(lifter, ConversionHelpers.NarrowToOdd);

    private static void Round(Lifter lifter, FloatRounding rounding) =>
        lifter.UnaryFloats(LaneOperation.FloatRound, ((int)rounding + 1) << 8);

    private static void ToInteger(Lifter lifter, FloatRounding rounding) =>
        lifter.UnaryFloats(LaneOperation.FloatToInteger, ((int)rounding + 1) << 8, lifter.U);

    // sz tells the narrow format: half or single.
    private static void Convert(Lifter lifter, TraceKernel.Machine.Execution.Helper helper) =>
        lifter.Halves(helper, LaneOperation.Copy, lifter.IsSet(22) ? 2 : 1, default, isUnsigned: true);
}
