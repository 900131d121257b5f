using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Integer vectors: three registers of one size (Arm manual, C4.1: Advanced SIMD three same, and scalar three same).</summary>
internal static class SimdThreeSame
{
    [Encoding("0 Q U 01110 size 1 Rm 000001 Rn Rd", "SHADD, UHADD")]
    public static void HalvingAdd(Lifter lifter) => lifter.Same(LaneOperation.HalvingAdd, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 000011 Rn Rd", "SQADD, UQADD")]
    [Encoding("01 U 11110 size 1 Rm 000011 Rn Rd", "SQADD, UQADD (scalar)")]
    public static void SaturatingAdd(Lifter lifter) => lifter.Same(LaneOperation.SaturatingAdd);

    [Encoding("0 Q U 01110 size 1 Rm 000101 Rn Rd", "SRHADD, URHADD")]
    public static void RoundingHalvingAdd(Lifter lifter) => lifter.Same(LaneOperation.RoundingHalvingAdd, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 001001 Rn Rd", "SHSUB, UHSUB")]
    public static void HalvingSubtract(Lifter lifter) => lifter.Same(LaneOperation.HalvingSubtract, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 001011 Rn Rd", "SQSUB, UQSUB")]
    [Encoding("01 U 11110 size 1 Rm 001011 Rn Rd", "SQSUB, UQSUB (scalar)")]
    public static void SaturatingSubtract(Lifter lifter) => lifter.Same(LaneOperation.SaturatingSubtract);

    [Encoding("0 Q U 01110 size 1 Rm 001101 Rn Rd", "CMGT, CMHI (register)")]
    [Encoding("01 U 11110 11 1 Rm 001101 Rn Rd", "CMGT, CMHI (register, scalar)")]
    public static void GreaterThan(Lifter lifter) => lifter.Same(LaneOperation.GreaterThan);

    [Encoding("0 Q U 01110 size 1 Rm 001111 Rn Rd", "CMGE, CMHS (register)")]
    [Encoding("01 U 11110 11 1 Rm 001111 Rn Rd", "CMGE, CMHS (register, scalar)")]
    public static void GreaterOrEqual(Lifter lifter) => lifter.Same(LaneOperation.GreaterOrEqual);

    [Encoding("0 Q U 01110 size 1 Rm 010001 Rn Rd", "SSHL, USHL")]
    [Encoding("01 U 11110 11 1 Rm 010001 Rn Rd", "SSHL, USHL (scalar)")]
    public static void Shift(Lifter lifter) => lifter.Same(LaneOperation.Shift);

    [Encoding("0 Q U 01110 size 1 Rm 010011 Rn Rd", "SQSHL, UQSHL (register)")]
    [Encoding("01 U 11110 size 1 Rm 010011 Rn Rd", "SQSHL, UQSHL (register, scalar)")]
    public static void SaturatingShift(Lifter lifter) => lifter.Same(LaneOperation.SaturatingShift);

    [Encoding("0 Q U 01110 size 1 Rm 010101 Rn Rd", "SRSHL, URSHL")]
    [Encoding("01 U 11110 11 1 Rm 010101 Rn Rd", "SRSHL, URSHL (scalar)")]
    public static void RoundingShift(Lifter lifter) => lifter.Same(LaneOperation.RoundingShift);

    [Encoding("0 Q U 01110 size 1 Rm 010111 Rn Rd", "SQRSHL, UQRSHL")]
    [Encoding("01 U 11110 size 1 Rm 010111 Rn Rd", "SQRSHL, UQRSHL (scalar)")]
    public static void SaturatingRoundingShift(Lifter lifter) => lifter.Same(LaneOperation.SaturatingRoundingShift);

    [Encoding("0 Q U 01110 size 1 Rm 011001 Rn Rd", "SMAX, UMAX")]
    public static void Maximum(Lifter lifter) => lifter.Same(LaneOperation.Maximum, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 011011 Rn Rd", "SMIN, UMIN")]
    public static void Minimum(Lifter lifter) => lifter.Same(LaneOperation.Minimum, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 011101 Rn Rd", "SABD, UABD")]
    public static void AbsoluteDifference(Lifter lifter) => lifter.Same(LaneOperation.AbsoluteDifference, largest: 2);

    [Encoding("0 Q U 01110 size 1 Rm 011111 Rn Rd", "SABA, UABA")]
    public static void AbsoluteDifferenceAccumulate(Lifter lifter) => lifter.Same(LaneOperation.AbsoluteDifferenceAccumulate, largest: 2);

    [Encoding("0 Q 0 01110 size 1 Rm 100001 Rn Rd", "ADD (vector)")]
    [Encoding("01 0 11110 11 1 Rm 100001 Rn Rd", "ADD (vector, scalar)")]
    public static void Add(Lifter lifter) => Doublewords(lifter, IrOpcode.Add, LaneOperation.Add);

    [Encoding("0 Q 1 01110 size 1 Rm 100001 Rn Rd", "SUB (vector)")]
    [Encoding("01 1 11110 11 1 Rm 100001 Rn Rd", "SUB (vector, scalar)")]
    public static void Subtract(Lifter lifter) => Doublewords(lifter, IrOpcode.Subtract, LaneOperation.Subtract);

    [Encoding("0 Q 0 01110 size 1 Rm 100011 Rn Rd", "CMTST")]
    [Encoding("01 0 11110 11 1 Rm 100011 Rn Rd", "CMTST (scalar)")]
    public static void Test(Lifter lifter) => lifter.Same(LaneOperation.Test);

    [Encoding("0 Q 1 01110 size 1 Rm 100011 Rn Rd", "CMEQ (register)")]
    [Encoding("01 1 11110 11 1 Rm 100011 Rn Rd", "CMEQ (register, scalar)")]
    public static void Equal(Lifter lifter) => lifter.Same(LaneOperation.Equal);

    [Encoding("0 Q 0 01110 size 1 Rm 100101 Rn Rd", "MLA (vector)")]
    public static void MultiplyAdd(Lifter lifter) => lifter.Same(LaneOperation.MultiplyAdd, largest: 2);

    [Encoding("0 Q 1 01110 size 1 Rm 100101 Rn Rd", "MLS (vector)")]
    public static void MultiplySubtract(Lifter lifter) => lifter.Same(LaneOperation.MultiplySubtract, largest: 2);

    [Encoding("0 Q 0 01110 size 1 Rm 100111 Rn Rd", "MUL (vector)")]
    public static void Multiply(Lifter lifter) => lifter.Same(LaneOperation.Multiply, largest: 2);

    [Encoding("0 Q 1 01110 00 1 Rm 100111 Rn Rd", "PMUL")]
    public static void PolynomialMultiply(Lifter lifter) => lifter.Same(LaneOperation.PolynomialMultiply);

    [Encoding("0 Q U 01110 size 1 Rm 101001 Rn Rd", "SMAXP, UMAXP")]
    public static void PairwiseMaximum(Lifter lifter) => Pairwise(lifter, LaneOperation.Maximum, 2);

    [Encoding("0 Q U 01110 size 1 Rm 101011 Rn Rd", "SMINP, UMINP")]
    public static void PairwiseMinimum(Lifter lifter) => Pairwise(lifter, LaneOperation.Minimum, 2);

    [Encoding("0 Q 0 01110 size 1 Rm 101101 Rn Rd", "SQDMULH (vector)")]
    [Encoding("01 0 11110 size 1 Rm 101101 Rn Rd", "SQDMULH (scalar)")]
    public static void DoublingMultiplyHigh(Lifter lifter) => lifter.Same(LaneOperation.DoublingMultiplyHigh, 1, 2, isUnsigned: false);

    [Encoding("0 Q 1 01110 size 1 Rm 101101 Rn Rd", "SQRDMULH (vector)")]
    [Encoding("01 1 11110 size 1 Rm 101101 Rn Rd", "SQRDMULH (scalar)")]
    public static void RoundingDoublingMultiplyHigh(Lifter lifter) =>
        lifter.Same(LaneOperation.RoundingDoublingMultiplyHigh, 1, 2, isUnsigned: false);

    [Encoding("0 Q 0 01110 size 1 Rm 101111 Rn Rd", "ADDP (vector)")]
    public static void PairwiseAdd(Lifter lifter) => Pairwise(lifter, LaneOperation.Add, 3);

    [Encoding("01 0 11110 11 11000 110111 0 Rn Rd", "ADDP (scalar)")]
    public static void PairwiseAddScalar(Lifter lifter)
    {
        var sum = lifter.Ir.Add(Lifter.V(lifter.Rn), Lifter.High(Lifter.V(lifter.Rn)));
        lifter.Ir.Move(Lifter.V(lifter.Rd), sum);
        lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), Slot.Zero);
    }

    [Encoding("0 Q 0 01110 00 1 Rm 000111 Rn Rd", "AND (vector)")]
    public static void And(Lifter lifter) => Logic(lifter, IrOpcode.And, false);

    [Encoding("0 Q 0 01110 01 1 Rm 000111 Rn Rd", "BIC (vector, register)")]
    public static void AndNot(Lifter lifter) => Logic(lifter, IrOpcode.And, true);

    [Encoding("0 Q 0 01110 10 1 Rm 000111 Rn Rd", "ORR (vector, register)")]
    public static void Or(Lifter lifter) => Logic(lifter, IrOpcode.Or, false);

    [Encoding("0 Q 0 01110 11 1 Rm 000111 Rn Rd", "ORN (vector)")]
    public static void OrNot(Lifter lifter) => Logic(lifter, IrOpcode.Or, true);

    [Encoding("0 Q 1 01110 00 1 Rm 000111 Rn Rd", "EOR (vector)")]
    public static void ExclusiveOr(Lifter lifter) => Logic(lifter, IrOpcode.Xor, false);

    [Encoding("0 Q 1 01110 01 1 Rm 000111 Rn Rd", "BSL")]
    public static void Select(Lifter lifter) => Choose(lifter, lifter.Rd, lifter.Rn, lifter.Rm);

    [Encoding("0 Q 1 01110 10 1 Rm 000111 Rn Rd", "BIT")]
    public static void InsertIfTrue(Lifter lifter) => Choose(lifter, lifter.Rm, lifter.Rn, lifter.Rd);

    [Encoding("0 Q 1 01110 11 1 Rm 000111 Rn Rd", "BIF")]
    public static void InsertIfFalse(Lifter lifter) => Choose(lifter, lifter.Rm, lifter.Rd, lifter.Rn);

    private static void Pairwise(Lifter lifter, LaneOperation operation, int largest) =>
        lifter.Lanes(LaneHelpers.Pairwise, operation, lifter.ElementSize, 0, largest, lifter.U, Lifter.V(lifter.Rm));

    // Elements of 64 bits are slots.
    private static void Doublewords(Lifter lifter, IrOpcode opcode, LaneOperation operation)
    {
        if (lifter.ElementSize != 3 || (!lifter.Q && !lifter.IsScalar))
        {
            lifter.Same(operation);
            return;
        }
        var ir = lifter.Ir;
        var (a, b) = (Lifter.V(lifter.Rn), Lifter.V(lifter.Rm));
        var low = ir.Binary(opcode, a, b);
        var high = lifter.IsScalar ? Slot.Zero : ir.Binary(opcode, Lifter.High(a), Lifter.High(b));
        lifter.WriteVector(lifter.Rd, low, high);
    }

    private static void Logic(Lifter lifter, IrOpcode opcode, bool inverts)
    {
        var ir = lifter.Ir;
        var (a, b) = (Lifter.V(lifter.Rn), Lifter.V(lifter.Rm));
        var low = ir.Binary(opcode, a, inverts ? ir.Unary(IrOpcode.Not, b) : b);
        var high = lifter.Q
            ? ir.Binary(opcode, Lifter.High(a), inverts ? ir.Unary(IrOpcode.Not, Lifter.High(b)) : Lifter.High(b))
            : Slot.Zero;
        lifter.WriteVector(lifter.Rd, low, high);
    }

    // Bits of one register where the mask is set, of another where it is clear.
    private static void Choose(Lifter lifter, int mask, int whenSet, int whenClear)
    {
        var low = Half(Lifter.V(mask), Lifter.V(whenSet), Lifter.V(whenClear));
        var high = lifter.Q
            ? Half(Lifter.High(Lifter.V(mask)), Lifter.High(Lifter.V(whenSet)), Lifter.High(Lifter.V(whenClear)))
            : Slot.Zero;
        lifter.WriteVector(lifter.Rd, low, high);

        Slot Half(Slot bits, Slot set, Slot clear) => lifter.Ir.Xor(lifter.Ir.And(lifter.Ir.Xor(set, clear), bits), clear);
    }
}
