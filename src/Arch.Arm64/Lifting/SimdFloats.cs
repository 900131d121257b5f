using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;

namespace Arch.Arm64.Lifting;

/// <summary>
/// Floating-point vectors (Advanced SIMD three same, two-register miscellaneous, pairwise and across lanes; and their scalar groups).
/// </summary>
internal static class SimdFloats
{
    [Encoding("0 Q 0 01110 0 sz 1 Rm 110101 Rn Rd", "FADD (vector)")]
    public static void Add(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatAdd);

    [Encoding("0 Q 0 01110 1 sz 1 Rm 110101 Rn Rd", "FSUB (vector)")]
    public static void Subtract(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatSubtract);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 110111 Rn Rd", "FMUL (vector)")]
    public static void Multiply(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMultiply);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 111111 Rn Rd", "FDIV (vector)")]
    public static void Divide(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatDivide);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 110011 Rn Rd", "FMLA (vector)")]
    public static void MultiplyAdd(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMultiplyAdd);

    [Encoding("0 Q 0 01110 1 sz 1 Rm 110011 Rn Rd", "FMLS (vector)")]
    public static void MultiplySubtract(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMultiplySubtract);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 110111 Rn Rd", "FMULX")]
    [Encoding("01 0 11110 0 sz 1 Rm 110111 Rn Rd", "FMULX (scalar)")]
    public static void MultiplyExtended(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMultiplyExtended);

    [Encoding("0 Q 1 01110 1 sz 1 Rm 110101 Rn Rd", "FABD")]
    [Encoding("01 1 11110 1 sz 1 Rm 110101 Rn Rd", "FABD (scalar)")]
    public static void AbsoluteDifference(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatAbsoluteDifference);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 111101 Rn Rd", "FMAX (vector)")]
    public static void Maximum(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMaximum);

    [Encoding("0 Q 0 01110 1 sz 1 Rm 111101 Rn Rd", "FMIN (vector)")]
    public static void Minimum(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMinimum);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 110001 Rn Rd", "FMAXNM (vector)")]
    public static void MaximumNumber(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMaximumNumber);

    [Encoding("0 Q 0 01110 1 sz 1 Rm 110001 Rn Rd", "FMINNM (vector)")]
    public static void MinimumNumber(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatMinimumNumber);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 111001 Rn Rd", "FCMEQ (register)")]
    [Encoding("01 0 11110 0 sz 1 Rm 111001 Rn Rd", "FCMEQ (register, scalar)")]
    public static void Equal(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatEqual);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 111001 Rn Rd", "FCMGE (register)")]
    [Encoding("01 1 11110 0 sz 1 Rm 111001 Rn Rd", "FCMGE (register, scalar)")]
    public static void GreaterOrEqual(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatGreaterOrEqual);

    [Encoding("0 Q 1 01110 1 sz 1 Rm 111001 Rn Rd", "FCMGT (register)")]
    [Encoding("01 1 11110 1 sz 1 Rm 111001 Rn Rd", "FCMGT (register, scalar)")]
    public static void GreaterThan(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatGreaterThan);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 111011 Rn Rd", "FACGE")]
    [Encoding("01 1 11110 0 sz 1 Rm 111011 Rn Rd", "FACGE (scalar)")]
    public static void AbsoluteGreaterOrEqual(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatAbsoluteGreaterOrEqual);

    [Encoding("0 Q 1 01110 1 sz 1 Rm 111011 Rn Rd", "FACGT")]
    [Encoding("01 1 11110 1 sz 1 Rm 111011 Rn Rd", "FACGT (scalar)")]
    public static void AbsoluteGreaterThan(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatAbsoluteGreaterThan);

    [Encoding("0 Q 0 01110 0 sz 1 Rm 111111 Rn Rd", "FRECPS")]
    [Encoding("01 0 11110 0 sz 1 Rm 111111 Rn Rd", "FRECPS (scalar)")]
    public static void ReciprocalStep(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatReciprocalStep);

    [Encoding("0 Q 0 01110 1 sz 1 Rm 111111 Rn Rd", "FRSQRTS")]
    [Encoding("01 0 11110 1 sz 1 Rm 111111 Rn Rd", "FRSQRTS (scalar)")]
    public static void RootStep(Lifter lifter) => lifter.SameFloats(LaneOperation.FloatRootStep);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 110101 Rn Rd", "FADDP (vector)")]
    public static void PairwiseAdd(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatAdd);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 111101 Rn Rd", "FMAXP (vector)")]
    public static void PairwiseMaximum(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMaximum);

    [Encoding("0 Q 1 01110 1 sz 1 Rm 111101 Rn Rd", "FMINP (vector)")]
    public static void PairwiseMinimum(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMinimum);

    [Encoding("0 Q 1 01110 0 sz 1 Rm 110001 Rn Rd", "FMAXNMP (vector)")]
    public static void PairwiseMaximumNumber(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMaximumNumber);

    [Encoding("0 Q 1 01110 1 sz 1 Rm 110001 Rn Rd", "FMINNMP (vector)")]
    public static void PairwiseMinimumNumber(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMinimumNumber);

    [Encoding("01 1 11110 0 sz 11000 01101 10 Rn Rd", "FADDP (scalar)")]
    public static void PairAdd(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatAdd);

    [Encoding("01 1 11110 0 sz 11000 01111 10 Rn Rd", "FMAXP (scalar)")]
    public static void PairMaximum(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMaximum);

    [Encoding("01 1 11110 1 sz 11000 01111 10 Rn Rd", "FMINP (scalar)")]
    public static void PairMinimum(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMinimum);

    [Encoding("01 1 11110 0 sz 11000 01100 10 Rn Rd", "FMAXNMP (scalar)")]
    public static void PairMaximumNumber(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMaximumNumber);

    [Encoding("01 1 11110 1 sz 11000 01100 10 Rn Rd", "FMINNMP (scalar)")]
    public static void PairMinimumNumber(Lifter lifter) => Pairwise(lifter, LaneOperation.FloatMinimumNumber);

    [Encoding("01 1 01110 00 11000 01100 10 Rn Rd", "FMAXNMV")]
    public static void MaximumNumberAcross(Lifter lifter) => Across(lifter, LaneOperation.FloatMaximumNumber);

    [Encoding("01 1 01110 10 11000 01100 10 Rn Rd", "FMINNMV")]
    public static void MinimumNumberAcross(Lifter lifter) => Across(lifter, LaneOperation.FloatMinimumNumber);

    [Encoding("01 1 01110 00 11000 01111 10 Rn Rd", "FMAXV")]
    public static void MaximumAcross(Lifter lifter) => Across(lifter, LaneOperation.FloatMaximum);

    [Encoding("01 1 01110 10 11000 01111 10 Rn Rd", "FMINV")]
    public static void MinimumAcross(Lifter lifter) => Across(lifter, LaneOperation.FloatMinimum);

    [Encoding("0 Q 0 01110 1 sz 10000 01100 10 Rn Rd", "FCMGT (zero)")]
    [Encoding("01 0 11110 1 sz 10000 01100 10 Rn Rd", "FCMGT (zero, scalar)")]
    public static void GreaterThanZero(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatGreaterThan);

    [Encoding("0 Q 1 01110 1 sz 10000 01100 10 Rn Rd", "FCMGE (zero)")]
    [Encoding("01 1 11110 1 sz 10000 01100 10 Rn Rd", "FCMGE (zero, scalar)")]
    public static void GreaterOrEqualZero(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatGreaterOrEqual);

    [Encoding("0 Q 0 01110 1 sz 10000 01101 10 Rn Rd", "FCMEQ (zero)")]
    [Encoding("01 0 11110 1 sz 10000 01101 10 Rn Rd", "FCMEQ (zero, scalar)")]
    public static void EqualZero(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatEqual);

    [Encoding("0 Q 1 01110 1 sz 10000 01101 10 Rn Rd", "FCMLE (zero)")]
    [Encoding("01 1 11110 1 sz 10000 01101 10 Rn Rd", "FCMLE (zero, scalar)")]
    public static void LessOrEqualZero(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatLessOrEqual);

    [Encoding("0 Q 0 01110 1 sz 10000 01110 10 Rn Rd", "FCMLT (zero)")]
    [Encoding("01 0 11110 1 sz 10000 01110 10 Rn Rd", "FCMLT (zero, scalar)")]
    public static void LessThanZero(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatLessThan);

    [Encoding("0 Q 0 01110 1 sz 10000 01111 10 Rn Rd", "FABS (vector)")]
    public static void Absolute(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatAbsolute);

    [Encoding("0 Q 1 01110 1 sz 10000 01111 10 Rn Rd", "FNEG (vector)")]
    public static void Negate(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatNegate);

    [Encoding("0 Q 1 01110 1 sz 10000 11111 10 Rn Rd", "FSQRT (vector)")]
    public static void SquareRoot(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatSquareRoot);

    [Encoding("0 Q 0 01110 1 sz 10000 11101 10 Rn Rd", "FRECPE")]
    [Encoding("01 0 11110 1 sz 10000 11101 10 Rn Rd", "FRECPE (scalar)")]
    public static void ReciprocalEstimate(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatReciprocalEstimate);

    [Encoding("0 Q 1 01110 1 sz 10000 11101 10 Rn Rd", "FRSQRTE")]
    [Encoding("01 1 11110 1 sz 10000 11101 10 Rn Rd", "FRSQRTE (scalar)")]
    public static void RootEstimate(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatRootEstimate);

    [Encoding("01 0 11110 1 sz 10000 11111 10 Rn Rd", "FRECPX")]
    public static void ReciprocalExponent(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FloatReciprocalExponent);

    [Encoding("0 Q 0 01110 10 10000 11100 10 Rn Rd", "URECPE")]
    public static void FractionReciprocal(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FractionReciprocalEstimate);

    [Encoding("0 Q 1 01110 10 10000 11100 10 Rn Rd", "URSQRTE")]
    public static void FractionRoot(Lifter lifter) => lifter.UnaryFloats(LaneOperation.FractionRootEstimate);

    private static void Pairwise(Lifter lifter, LaneOperation operation) =>
        lifter.Lanes(LaneHelpers.Pairwise, operation, lifter.FloatSize, 2, 3, true, Lifter.V(lifter.Rm));

    private static void Across(Lifter lifter, LaneOperation operation) =>
        lifter.Call(LaneHelpers.AcrossFloats, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
            new LaneShape(operation, 2, 4).Packed);
}
