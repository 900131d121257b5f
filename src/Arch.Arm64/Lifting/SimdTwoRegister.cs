using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Integer vectors of one operand (Advanced SIMD two-register miscellaneous, and scalar), and across lanes.</summary>
internal static class SimdTwoRegister
{
    [Encoding("0 Q 0 01110 size 10000 00000 10 Rn Rd", "REV64")]
    public static void Reverse64(Lifter lifter) => Reverse(lifter, 3);

    [Encoding("0 Q 1 01110 size 10000 00000 10 Rn Rd", "REV32 (vector)")]
    public static void Reverse32(Lifter lifter) => Reverse(lifter, 2);

    [Encoding("0 Q 0 01110 size 10000 00001 10 Rn Rd", "REV16 (vector)")]
    public static void Reverse16(Lifter lifter) => Reverse(lifter, 1);

    [Encoding("0 Q U 01110 size 10000 00010 10 Rn Rd", "SADDLP, UADDLP")]
    public static void AddPairs(Lifter lifter) => Pairs(lifter, LaneOperation.Add);

    [Encoding("0 Q U 01110 size 10000 00110 10 Rn Rd", "SADALP, UADALP")]
    public static void AddPairsAccumulate(Lifter lifter) => Pairs(lifter, LaneOperation.AddAccumulate);

    [Encoding("0 Q U 01110 size 10000 00011 10 Rn Rd", "SUQADD, USQADD")]
    [Encoding("01 U 11110 size 10000 00011 10 Rn Rd", "SUQADD, USQADD (scalar)")]
    public static void SaturatingAccumulate(Lifter lifter) => lifter.Unary(LaneOperation.SaturatingAccumulate);

    [Encoding("0 Q 0 01110 size 10000 00100 10 Rn Rd", "CLS (vector)")]
    public static void CountLeadingSigns(Lifter lifter) => lifter.Unary(LaneOperation.LeadingSigns, largest: 2, isUnsigned: false);

    [Encoding("0 Q 1 01110 size 10000 00100 10 Rn Rd", "CLZ (vector)")]
    public static void CountLeadingZeros(Lifter lifter) => lifter.Unary(LaneOperation.LeadingZeros, largest: 2, isUnsigned: true);

    [Encoding("0 Q 0 01110 00 10000 00101 10 Rn Rd", "CNT")]
    public static void CountBits(Lifter lifter) => lifter.Unary(LaneOperation.PopulationCount, isUnsigned: true);

    [Encoding("0 Q 1 01110 01 10000 00101 10 Rn Rd", "RBIT (vector)")]
    public static void ReverseBits(Lifter lifter) =>
        lifter.Lanes(LaneHelpers.SameWithZero, LaneOperation.ReverseBits, 0, 0, 0, true, default);

    [Encoding("0 Q 1 01110 00 10000 00101 10 Rn Rd", "NOT")]
    public static void Not(Lifter lifter)
    {
        var ir = lifter.Ir;
        var source = Lifter.V(lifter.Rn);
        var low = ir.Unary(IrOpcode.Not, source);
        lifter.WriteVector(lifter.Rd, low, lifter.Q ? ir.Unary(IrOpcode.Not, Lifter.High(source)) : Slot.Zero);
    }

    [Encoding("0 Q 0 01110 size 10000 00111 10 Rn Rd", "SQABS")]
    [Encoding("01 0 11110 size 10000 00111 10 Rn Rd", "SQABS (scalar)")]
    public static void SaturatingAbsolute(Lifter lifter) => lifter.Unary(LaneOperation.SaturatingAbsolute);

    [Encoding("0 Q 1 01110 size 10000 00111 10 Rn Rd", "SQNEG")]
    [Encoding("01 1 11110 size 10000 00111 10 Rn Rd", "SQNEG (scalar)")]
    public static void SaturatingNegate(Lifter lifter) => lifter.Unary(LaneOperation.SaturatingNegate, isUnsigned: false);

    [Encoding("0 Q 0 01110 size 10000 01000 10 Rn Rd", "CMGT (zero)")]
    [Encoding("01 0 11110 11 10000 01000 10 Rn Rd", "CMGT (zero, scalar)")]
    public static void GreaterThanZero(Lifter lifter) => lifter.Unary(LaneOperation.GreaterThan);

    [Encoding("0 Q 1 01110 size 10000 01000 10 Rn Rd", "CMGE (zero)")]
    [Encoding("01 1 11110 11 10000 01000 10 Rn Rd", "CMGE (zero, scalar)")]
    public static void GreaterOrEqualZero(Lifter lifter) => lifter.Unary(LaneOperation.GreaterOrEqual, isUnsigned: false);

    [Encoding("0 Q 0 01110 size 10000 01001 10 Rn Rd", "CMEQ (zero)")]
    [Encoding("01 0 11110 11 10000 01001 10 Rn Rd", "CMEQ (zero, scalar)")]
    public static void EqualZero(Lifter lifter) => lifter.Unary(LaneOperation.Equal);

    [Encoding("0 Q 1 01110 size 10000 01001 10 Rn Rd", "CMLE (zero)")]
    [Encoding("01 1 11110 11 10000 01001 10 Rn Rd", "CMLE (zero, scalar)")]
    public static void LessOrEqualZero(Lifter lifter) => lifter.Unary(LaneOperation.LessOrEqual, isUnsigned: false);

    [Encoding("0 Q 0 01110 size 10000 01010 10 Rn Rd", "CMLT (zero)")]
    [Encoding("01 0 11110 11 10000 01010 10 Rn Rd", "CMLT (zero, scalar)")]
    public static void LessThanZero(Lifter lifter) => lifter.Unary(LaneOperation.LessThan);

    [Encoding("0 Q 0 01110 size 10000 01011 10 Rn Rd", "ABS (vector)")]
    [Encoding("01 0 11110 11 10000 01011 10 Rn Rd", "ABS (scalar)")]
    public static void Absolute(Lifter lifter) => lifter.Unary(LaneOperation.Absolute);

    [Encoding("0 Q 1 01110 size 10000 01011 10 Rn Rd", "NEG (vector)")]
    [Encoding("01 1 11110 11 10000 01011 10 Rn Rd", "NEG (scalar)")]
    public static void Negate(Lifter lifter) => lifter.Unary(LaneOperation.Negate);

    [Encoding("0 Q 0 01110 size 10000 10010 10 Rn Rd", "XTN")]
    public static void Truncate(Lifter lifter) => Narrow(lifter, LaneOperation.Truncate, isUnsigned: true);

    [Encoding("0 Q 1 01110 size 10000 10010 10 Rn Rd", "SQXTUN")]
    [Encoding("01 1 11110 size 10000 10010 10 Rn Rd", "SQXTUN (scalar)")]
    public static void SaturateToUnsigned(Lifter lifter) => Narrow(lifter, LaneOperation.SaturateToUnsigned, isUnsigned: false);

    [Encoding("0 Q U 01110 size 10000 10100 10 Rn Rd", "SQXTN, UQXTN")]
    [Encoding("01 U 11110 size 10000 10100 10 Rn Rd", "SQXTN, UQXTN (scalar)")]
    public static void Saturate(Lifter lifter) => Narrow(lifter, LaneOperation.Saturate, lifter.U);

    [Encoding("0 Q 1 01110 size 10000 10011 10 Rn Rd", "SHLL")]
    public static void ShiftLeftLong(Lifter lifter)
    {
        if (lifter.ElementSize == 3)
            lifter.Reject();
        else
            lifter.Halves(LaneHelpers.Long, LaneOperation.ShiftLeft, lifter.ElementSize, default, isUnsigned: true,
                amount: 8 << lifter.ElementSize);
    }

    [Encoding("0 Q U 01110 size 11000 00011 10 Rn Rd", "SADDLV, UADDLV")]
    public static void AddAcrossLong(Lifter lifter) => Across(lifter, LaneOperation.Add, lifter.ElementSize + 1);

    [Encoding("0 Q 0 01110 size 11000 11011 10 Rn Rd", "ADDV")]
    public static void AddAcross(Lifter lifter) => Across(lifter, LaneOperation.Add, lifter.ElementSize);

    [Encoding("0 Q U 01110 size 11000 01010 10 Rn Rd", "SMAXV, UMAXV")]
    public static void MaximumAcross(Lifter lifter) => Across(lifter, LaneOperation.Maximum, lifter.ElementSize);

    [Encoding("0 Q U 01110 size 11000 11010 10 Rn Rd", "SMINV, UMINV")]
    public static void MinimumAcross(Lifter lifter) => Across(lifter, LaneOperation.Minimum, lifter.ElementSize);

    private static void Pairs(Lifter lifter, LaneOperation operation)
    {
        if (lifter.ElementSize == 3)
            lifter.Reject();
        else
            lifter.Call(LaneHelpers.PairwiseLong, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
                new LaneShape(operation, lifter.ElementSize, (lifter.Q ? 8 : 4) >> lifter.ElementSize, IsUnsigned: lifter.U).Packed);
    }

    private static void Narrow(Lifter lifter, LaneOperation operation, bool isUnsigned)
    {
        if (lifter.ElementSize == 3)
            lifter.Reject();
        else
            lifter.Halves(LaneHelpers.Narrow, operation, lifter.ElementSize, default, isUnsigned);
    }

    private static void Across(Lifter lifter, LaneOperation operation, int resultSize)
    {
        int count = (lifter.Q ? 16 : 8) >> lifter.ElementSize;
        if (lifter.ElementSize == 3 || count == 2)
            lifter.Reject();
        else
            lifter.Call(LaneHelpers.Across, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
                new LaneShape(operation, lifter.ElementSize, count, IsUnsigned: lifter.U, Amount: resultSize).Packed);
    }

    // Elements in reverse order within containers of a size.
    private static void Reverse(Lifter lifter, int container)
    {
        if (lifter.ElementSize >= container)
        {
            lifter.Reject();
            return;
        }
        lifter.Call(PermuteHelpers.Reverse, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
            (uint)lifter.ElementSize | (uint)container << 4 | (lifter.Q ? 1UL << 8 : 0));
    }
}
