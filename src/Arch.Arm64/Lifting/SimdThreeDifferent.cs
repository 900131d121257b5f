using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;

namespace Arch.Arm64.Lifting;

/// <summary>
/// Integer vectors whose operands or results are twice as wide (Advanced SIMD three different). The forms with "2" take the upper half.
/// </summary>
internal static class SimdThreeDifferent
{
    [Encoding("0 Q U 01110 size 1 Rm 000000 Rn Rd", "SADDL, UADDL")]
    public static void AddLong(Lifter lifter) => Long(lifter, LaneOperation.Add);

    [Encoding("0 Q U 01110 size 1 Rm 000100 Rn Rd", "SADDW, UADDW")]
    public static void AddWide(Lifter lifter) => Wide(lifter, LaneOperation.Add);

    [Encoding("0 Q U 01110 size 1 Rm 001000 Rn Rd", "SSUBL, USUBL")]
    public static void SubtractLong(Lifter lifter) => Long(lifter, LaneOperation.Subtract);

    [Encoding("0 Q U 01110 size 1 Rm 001100 Rn Rd", "SSUBW, USUBW")]
    public static void SubtractWide(Lifter lifter) => Wide(lifter, LaneOperation.Subtract);

    [Encoding("0 Q 0 01110 size 1 Rm 010000 Rn Rd", "ADDHN")]
    public static void AddHigh(Lifter lifter) => Narrow(lifter, LaneOperation.AddHigh);

    [Encoding("0 Q 1 01110 size 1 Rm 010000 Rn Rd", "RADDHN")]
    public static void RoundingAddHigh(Lifter lifter) => Narrow(lifter, LaneOperation.RoundingAddHigh);

    [Encoding("0 Q 0 01110 size 1 Rm 011000 Rn Rd", "SUBHN")]
    public static void SubtractHigh(Lifter lifter) => Narrow(lifter, LaneOperation.SubtractHigh);

    [Encoding("0 Q 1 01110 size 1 Rm 011000 Rn Rd", "RSUBHN")]
    public static void RoundingSubtractHigh(Lifter lifter) => Narrow(lifter, LaneOperation.RoundingSubtractHigh);

    [Encoding("0 Q U 01110 size 1 Rm 010100 Rn Rd", "SABAL, UABAL")]
    public static void AbsoluteDifferenceAccumulate(Lifter lifter) => Long(lifter, LaneOperation.AbsoluteDifferenceAccumulate);

    [Encoding("0 Q U 01110 size 1 Rm 011100 Rn Rd", "SABDL, UABDL")]
    public static void AbsoluteDifference(Lifter lifter) => Long(lifter, LaneOperation.AbsoluteDifference);

    [Encoding("0 Q U 01110 size 1 Rm 100000 Rn Rd", "SMLAL, UMLAL (vector)")]
    public static void MultiplyAdd(Lifter lifter) => Long(lifter, LaneOperation.MultiplyAdd);

    [Encoding("0 Q U 01110 size 1 Rm 101000 Rn Rd", "SMLSL, UMLSL (vector)")]
    public static void MultiplySubtract(Lifter lifter) => Long(lifter, LaneOperation.MultiplySubtract);

    [Encoding("0 Q U 01110 size 1 Rm 110000 Rn Rd", "SMULL, UMULL (vector)")]
    public static void Multiply(Lifter lifter) => Long(lifter, LaneOperation.Multiply);

    [Encoding("0 Q 0 01110 size 1 Rm 100100 Rn Rd", "SQDMLAL (vector)")]
    [Encoding("01 0 11110 size 1 Rm 100100 Rn Rd", "SQDMLAL (scalar)")]
    public static void DoublingMultiplyAdd(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiplyAdd, 1);

    [Encoding("0 Q 0 01110 size 1 Rm 101100 Rn Rd", "SQDMLSL (vector)")]
    [Encoding("01 0 11110 size 1 Rm 101100 Rn Rd", "SQDMLSL (scalar)")]
    public static void DoublingMultiplySubtract(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiplySubtract, 1);

    [Encoding("0 Q 0 01110 size 1 Rm 110100 Rn Rd", "SQDMULL (vector)")]
    [Encoding("01 0 11110 size 1 Rm 110100 Rn Rd", "SQDMULL (scalar)")]
    public static void DoublingMultiply(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiply, 1);

    [Encoding("0 Q 0 01110 size 1 Rm 111000 Rn Rd", "PMULL")]
    public static void PolynomialMultiply(Lifter lifter)
    {
        if (lifter.ElementSize == 0)
            lifter.Halves(LaneHelpers.Long, LaneOperation.PolynomialMultiply, 0, Lifter.V(lifter.Rm), isUnsigned: true);
        else if (lifter.ElementSize == 3)
            lifter.Call(CryptoHelpers.PolynomialMultiplyLong, Lifter.V(lifter.Rd), Half(lifter, lifter.Rn), Half(lifter, lifter.Rm));
        else
            lifter.Reject();
    }

    private static TraceKernel.Machine.Ir.Slot Half(Lifter lifter, int register) =>
        lifter.Q ? Lifter.High(Lifter.V(register)) : Lifter.V(register);

    private static void Long(Lifter lifter, LaneOperation operation, int smallest = 0) =>
        Halves(lifter, LaneHelpers.Long, operation, smallest);

    private static void Wide(Lifter lifter, LaneOperation operation) => Halves(lifter, LaneHelpers.Wide, operation, 0);

    private static void Narrow(Lifter lifter, LaneOperation operation) =>
        Halves(lifter, LaneHelpers.NarrowHigh, operation, 0, isUnsigned: true);

    private static void Halves(
        Lifter lifter, TraceKernel.Machine.Execution.Helper helper, LaneOperation operation, int smallest, bool? isUnsigned = null)
    {
        if (lifter.ElementSize == 3 || lifter.ElementSize < smallest)
            lifter.Reject();
        else
            lifter.Halves(helper, operation, lifter.ElementSize, Lifter.V(lifter.Rm), isUnsigned ?? lifter.U);
    }
}
