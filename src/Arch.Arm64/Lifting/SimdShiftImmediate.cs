using System.Numerics;
using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Lifting;

/// <summary>
/// Shifts by constants (Advanced SIMD shift by immediate, and scalar). immh's highest bit gives the element size; with immh 0 the same
/// words are vector constants.
/// </summary>
internal static class SimdShiftImmediate
{
    [Encoding("0 Q U 011110 immh+ immb 000001 Rn Rd", "SSHR, USHR")]
    [Encoding("01 U 111110 immh+ immb 000001 Rn Rd", "SSHR, USHR (scalar)")]
    public static void Right(Lifter lifter) => ShiftRight(lifter, LaneOperation.ShiftRight);

    [Encoding("0 Q U 011110 immh+ immb 000101 Rn Rd", "SSRA, USRA")]
    [Encoding("01 U 111110 immh+ immb 000101 Rn Rd", "SSRA, USRA (scalar)")]
    public static void RightAccumulate(Lifter lifter) => ShiftRight(lifter, LaneOperation.ShiftRightAccumulate);

    [Encoding("0 Q U 011110 immh+ immb 001001 Rn Rd", "SRSHR, URSHR")]
    [Encoding("01 U 111110 immh+ immb 001001 Rn Rd", "SRSHR, URSHR (scalar)")]
    public static void RoundingRight(Lifter lifter) => ShiftRight(lifter, LaneOperation.RoundingShiftRight);

    [Encoding("0 Q U 011110 immh+ immb 001101 Rn Rd", "SRSRA, URSRA")]
    [Encoding("01 U 111110 immh+ immb 001101 Rn Rd", "SRSRA, URSRA (scalar)")]
    public static void RoundingRightAccumulate(Lifter lifter) => ShiftRight(lifter, LaneOperation.RoundingShiftRightAccumulate);

    [Encoding("0 Q 1 011110 immh+ immb 010001 Rn Rd", "SRI")]
    [Encoding("01 1 111110 immh+ immb 010001 Rn Rd", "SRI (scalar)")]
    public static void RightInsert(Lifter lifter) => ShiftRight(lifter, LaneOperation.ShiftRightInsert);

    [Encoding("0 Q 0 011110 immh+ immb 010101 Rn Rd", "SHL")]
    [Encoding("01 0 111110 immh+ immb 010101 Rn Rd", "SHL (scalar)")]
    public static void Left(Lifter lifter) => ShiftLeft(lifter, LaneOperation.ShiftLeft, 3);

    [Encoding("0 Q 1 011110 immh+ immb 010101 Rn Rd", "SLI")]
    [Encoding("01 1 111110 immh+ immb 010101 Rn Rd", "SLI (scalar)")]
    public static void LeftInsert(Lifter lifter) => ShiftLeft(lifter, LaneOperation.ShiftLeftInsert, 3);

    [Encoding("0 Q 1 011110 immh+ immb 011001 Rn Rd", "SQSHLU")]
    [Encoding("01 1 111110 immh+ immb 011001 Rn Rd", "SQSHLU (scalar)")]
    public static void SaturatingLeftUnsigned(Lifter lifter) =>
        ShiftLeft(lifter, LaneOperation.SaturatingShiftLeftUnsigned, 0, isUnsigned: false);

    [Encoding("0 Q U 011110 immh+ immb 011101 Rn Rd", "SQSHL, UQSHL (immediate)")]
    [Encoding("01 U 111110 immh+ immb 011101 Rn Rd", "SQSHL, UQSHL (immediate, scalar)")]
    public static void SaturatingLeft(Lifter lifter) => ShiftLeft(lifter, LaneOperation.SaturatingShiftLeft, 0);

    [Encoding("0 Q 0 011110 immh+ immb 100001 Rn Rd", "SHRN")]
    public static void Narrow(Lifter lifter) => ShiftNarrow(lifter, LaneHelpers.Narrow, LaneOperation.Truncate, true);

    [Encoding("0 Q 0 011110 immh+ immb 100011 Rn Rd", "RSHRN")]
    public static void NarrowRounded(Lifter lifter) => ShiftNarrow(lifter, LaneHelpers.NarrowRounded, LaneOperation.Truncate, true);

    [Encoding("0 Q 1 011110 immh+ immb 100001 Rn Rd", "SQSHRUN")]
    [Encoding("01 1 111110 immh+ immb 100001 Rn Rd", "SQSHRUN (scalar)")]
    public static void NarrowToUnsigned(Lifter lifter) => ShiftNarrow(lifter, LaneHelpers.Narrow, LaneOperation.SaturateToUnsigned, false);

    [Encoding("0 Q 1 011110 immh+ immb 100011 Rn Rd", "SQRSHRUN")]
    [Encoding("01 1 111110 immh+ immb 100011 Rn Rd", "SQRSHRUN (scalar)")]
    public static void NarrowRoundedToUnsigned(Lifter lifter) =>
        ShiftNarrow(lifter, LaneHelpers.NarrowRounded, LaneOperation.SaturateToUnsigned, false);

    [Encoding("0 Q U 011110 immh+ immb 100101 Rn Rd", "SQSHRN, UQSHRN")]
    [Encoding("01 U 111110 immh+ immb 100101 Rn Rd", "SQSHRN, UQSHRN (scalar)")]
    public static void NarrowSaturating(Lifter lifter) => ShiftNarrow(lifter, LaneHelpers.Narrow, LaneOperation.Saturate, lifter.U);

    [Encoding("0 Q U 011110 immh+ immb 100111 Rn Rd", "SQRSHRN, UQRSHRN")]
    [Encoding("01 U 111110 immh+ immb 100111 Rn Rd", "SQRSHRN, UQRSHRN (scalar)")]
    public static void NarrowRoundedSaturating(Lifter lifter) =>
        ShiftNarrow(lifter, LaneHelpers.NarrowRounded, LaneOperation.Saturate, lifter.U);

    [Encoding("0 Q U 011110 immh+ immb 101001 Rn Rd", "SSHLL, USHLL")]
    public static void LeftLong(Lifter lifter)
    {
        if (TrySize(lifter, out int size) && size < 3)
            lifter.Halves(LaneHelpers.Long, LaneOperation.ShiftLeft, size, default, lifter.U, amount: Field(lifter) - (8 << size));
        else
            lifter.Reject();
    }

    [Encoding("0 Q U 011110 immh+ immb 111001 Rn Rd", "SCVTF, UCVTF (vector, fixed-point)")]
    [Encoding("01 U 111110 immh+ immb 111001 Rn Rd", "SCVTF, UCVTF (scalar, fixed-point)")]
    public static void FromFixed(Lifter lifter) => Fixed(lifter, LaneOperation.FloatFromInteger, 0);

    [Encoding("0 Q U 011110 immh+ immb 111111 Rn Rd", "FCVTZS, FCVTZU (vector, fixed-point)")]
    [Encoding("01 U 111110 immh+ immb 111111 Rn Rd", "FCVTZS, FCVTZU (scalar, fixed-point)")]
    public static void ToFixed(Lifter lifter) => Fixed(lifter, LaneOperation.FloatToInteger, ((int)FloatRounding.TowardZero + 1) << 8);

    /// <summary>immh:immb.</summary>
    private static int Field(Lifter lifter) => lifter.Field(16, 7);

    private static bool TrySize(Lifter lifter, out int size)
    {
        int high = lifter.Field(19, 4);
        size = high == 0 ? 0 : BitOperations.Log2((uint)high);
        if (high == 0)
            lifter.Reject();
        return high != 0;
    }

    private static void ShiftRight(Lifter lifter, LaneOperation operation)
    {
        if (TrySize(lifter, out int size))
            Shift(lifter, operation, size, (16 << size) - Field(lifter), 3, lifter.U);
    }

    private static void ShiftLeft(Lifter lifter, LaneOperation operation, int smallestScalar, bool? isUnsigned = null)
    {
        if (TrySize(lifter, out int size))
            Shift(lifter, operation, size, Field(lifter) - (8 << size), smallestScalar, isUnsigned ?? lifter.U);
    }

    private static void Shift(Lifter lifter, LaneOperation operation, int size, int amount, int smallestScalar, bool isUnsigned)
    {
        if (lifter.IsScalar && size < smallestScalar)
            lifter.Reject();
        else if (lifter.TryCount(size, out int count))
            lifter.Call(LaneHelpers.SameWithZero, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
                new LaneShape(operation, size, count, IsUnsigned: isUnsigned, Amount: amount).Packed);
    }

    private static void ShiftNarrow(Lifter lifter, Helper helper, LaneOperation operation, bool isUnsigned)
    {
        if (TrySize(lifter, out int size) && size < 3)
            lifter.Halves(helper, operation, size, default, isUnsigned, amount: (16 << size) - Field(lifter));
        else
            lifter.Reject();
    }

    private static void Fixed(Lifter lifter, LaneOperation operation, int rounding)
    {
        if (!TrySize(lifter, out int size) || size < 2)
            lifter.Reject();
        else if (lifter.TryCount(size, out int count))
            lifter.Call(LaneHelpers.SameWithZero, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
                new LaneShape(operation, size, count, IsUnsigned: lifter.U, Amount: rounding | ((16 << size) - Field(lifter))).Packed);
    }
}
