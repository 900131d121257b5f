using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Conversions between floating-point formats, and between floating point and general registers.</summary>
internal static class FloatingPointConversions
{
    [Encoding("00011110 type 1 000100 10000 Rn Rd", "FCVT to single")]
    public static void ToSingle(Lifter lifter) => Convert(lifter, 2);

    [Encoding("00011110 type 1 000101 10000 Rn Rd", "FCVT to double")]
    public static void ToDouble(Lifter lifter) => Convert(lifter, 3);

    [Encoding("00011110 type 1 000111 10000 Rn Rd", "FCVT to half")]
    public static void ToHalf(Lifter lifter) => Convert(lifter, 1);

    [Encoding("sf 0011110 type 1 00 000 000000 Rn Rd", "FCVTNS (scalar)")]
    [Encoding("sf 0011110 type 1 00 001 000000 Rn Rd", "FCVTNU (scalar)")]
    public static void ToNearest(Lifter lifter) => ToInteger(lifter, FloatRounding.Nearest);

    [Encoding("sf 0011110 type 1 01 000 000000 Rn Rd", "FCVTPS (scalar)")]
    [Encoding("sf 0011110 type 1 01 001 000000 Rn Rd", "FCVTPU (scalar)")]
    public static void Ceiling(Lifter lifter) => ToInteger(lifter, FloatRounding.Up);

    [Encoding("sf 0011110 type 1 10 000 000000 Rn Rd", "FCVTMS (scalar)")]
    [Encoding("sf 0011110 type 1 10 001 000000 Rn Rd", "FCVTMU (scalar)")]
    public static void Floor(Lifter lifter) => ToInteger(lifter, FloatRounding.Down);

    [Encoding("sf 0011110 type 1 11 000 000000 Rn Rd", "FCVTZS (scalar, integer)")]
    [Encoding("sf 0011110 type 1 11 001 000000 Rn Rd", "FCVTZU (scalar, integer)")]
    public static void TowardZero(Lifter lifter) => ToInteger(lifter, FloatRounding.TowardZero);

    [Encoding("sf 0011110 type 1 00 100 000000 Rn Rd", "FCVTAS (scalar)")]
    [Encoding("sf 0011110 type 1 00 101 000000 Rn Rd", "FCVTAU (scalar)")]
    public static void TiesAway(Lifter lifter) => ToInteger(lifter, FloatRounding.TieAway);

    [Encoding("sf 0011110 type 1 00 010 000000 Rn Rd", "SCVTF (scalar, integer)")]
    [Encoding("sf 0011110 type 1 00 011 000000 Rn Rd", "UCVTF (scalar, integer)")]
    public static void FromInteger(Lifter lifter) => General(lifter, ConversionHelpers.FromGeneral, 0, 0);

    [Encoding("sf 0011110 type 0 11 000 scale Rn Rd", "FCVTZS (scalar, fixed-point)")]
    [Encoding("sf 0011110 type 0 11 001 scale Rn Rd", "FCVTZU (scalar, fixed-point)")]
    public static void ToFixed(Lifter lifter) => Fixed(lifter, ConversionHelpers.ToGeneral);

    [Encoding("sf 0011110 type 0 00 010 scale Rn Rd", "SCVTF (scalar, fixed-point)")]
    [Encoding("sf 0011110 type 0 00 011 scale Rn Rd", "UCVTF (scalar, fixed-point)")]
    public static void FromFixed(Lifter lifter) => Fixed(lifter, ConversionHelpers.FromGeneral);

    [Encoding("0 0011110 00 1 00 110 000000 Rn Rd", "FMOV (single to general)")]
    public static void MoveToW(Lifter lifter) => lifter.WriteW(lifter.Rd, Lifter.V(lifter.Rn));

    [Encoding("1 0011110 01 1 00 110 000000 Rn Rd", "FMOV (double to general)")]
    public static void MoveToX(Lifter lifter) => lifter.WriteX(lifter.Rd, Lifter.V(lifter.Rn));

    [Encoding("1 0011110 10 1 01 110 000000 Rn Rd", "FMOV (top half to general)")]
    public static void MoveTopToX(Lifter lifter) => lifter.WriteX(lifter.Rd, Lifter.High(Lifter.V(lifter.Rn)));

    [Encoding("0 0011110 00 1 00 111 000000 Rn Rd", "FMOV (general to single)")]
    public static void MoveFromW(Lifter lifter) => WriteLow(lifter, lifter.ZeroExtend(Lifter.X(lifter.Rn), 4));

    [Encoding("1 0011110 01 1 00 111 000000 Rn Rd", "FMOV (general to double)")]
    public static void MoveFromX(Lifter lifter) => WriteLow(lifter, Lifter.X(lifter.Rn));

    [Encoding("1 0011110 10 1 01 111 000000 Rn Rd", "FMOV (general to top half)")]
    public static void MoveTopFromX(Lifter lifter) => lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), Lifter.X(lifter.Rn));

    private static void WriteLow(Lifter lifter, Slot value)
    {
        lifter.Ir.Move(Lifter.V(lifter.Rd), value);
        lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), Slot.Zero);
    }

    // type: 0 single, 1 double, 3 half.
    private static void Convert(Lifter lifter, int to)
    {
        int type = lifter.Field(22, 2), from = type == 3 ? 1 : 2 + type;
        if (type == 2 || from == to)
            lifter.Reject();
        else
            lifter.Call(ConversionHelpers.Scalar, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default, (ulong)(from | to << 4));
    }

    private static void ToInteger(Lifter lifter, FloatRounding rounding) => General(lifter, ConversionHelpers.ToGeneral, rounding, 0);

    private static void Fixed(Lifter lifter, Helper helper)
    {
        int fraction = 64 - lifter.Field(10, 6);
        if (!lifter.Sf && fraction > 32)
            lifter.Reject();
        else
            General(lifter, helper, FloatRounding.TowardZero, fraction);
    }

    private static void General(Lifter lifter, Helper helper, FloatRounding rounding, int fraction)
    {
        if (!FloatingPoint.TrySize(lifter, out int size))
            return;
        ulong shape = new LaneShape(
            LaneOperation.Copy, size, 1, lifter.Sf ? 3 : 2, IsUnsigned: lifter.IsSet(16),
            Amount: fraction | ((int)rounding + 1) << 8).Packed;
        if (helper == ConversionHelpers.FromGeneral)
        {
            lifter.Call(helper, Lifter.V(lifter.Rd), Lifter.X(lifter.Rn), default, default, shape);
            return;
        }
        // The helper raises exceptions: it runs even if its result is thrown away.
        var result = lifter.Ir.Temporary();
        lifter.Call(helper, result, Lifter.V(lifter.Rn), default, default, shape);
        lifter.WriteX(lifter.Rd, result);
    }
}
