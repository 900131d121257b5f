using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;

namespace Arch.Arm64.Lifting;

/// <summary>Vectors by one element of another (Advanced SIMD vector x indexed element, and scalar).</summary>
internal static class SimdByElement
{
    [Encoding("0 Q 1 01111 size L M Rmlo 0000 H 0 Rn Rd", "MLA (by element)")]
    public static void MultiplyAdd(Lifter lifter) => Same(lifter, LaneOperation.MultiplyAdd);

    [Encoding("0 Q 1 01111 size L M Rmlo 0100 H 0 Rn Rd", "MLS (by element)")]
    public static void MultiplySubtract(Lifter lifter) => Same(lifter, LaneOperation.MultiplySubtract);

    [Encoding("0 Q 0 01111 size L M Rmlo 1000 H 0 Rn Rd", "MUL (by element)")]
    public static void Multiply(Lifter lifter) => Same(lifter, LaneOperation.Multiply);

    [Encoding("0 Q U 01111 size L M Rmlo 0010 H 0 Rn Rd", "SMLAL, UMLAL (by element)")]
    public static void MultiplyAddLong(Lifter lifter) => Long(lifter, LaneOperation.MultiplyAdd, lifter.U);

    [Encoding("0 Q U 01111 size L M Rmlo 0110 H 0 Rn Rd", "SMLSL, UMLSL (by element)")]
    public static void MultiplySubtractLong(Lifter lifter) => Long(lifter, LaneOperation.MultiplySubtract, lifter.U);

    [Encoding("0 Q U 01111 size L M Rmlo 1010 H 0 Rn Rd", "SMULL, UMULL (by element)")]
    public static void MultiplyLong(Lifter lifter) => Long(lifter, LaneOperation.Multiply, lifter.U);

    [Encoding("0 Q 0 01111 size L M Rmlo 0011 H 0 Rn Rd", "SQDMLAL (by element)")]
    [Encoding("01 0 11111 size L M Rmlo 0011 H 0 Rn Rd", "SQDMLAL (by element, scalar)")]
    public static void DoublingMultiplyAdd(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiplyAdd, false);

    [Encoding("0 Q 0 01111 size L M Rmlo 0111 H 0 Rn Rd", "SQDMLSL (by element)")]
    [Encoding("01 0 11111 size L M Rmlo 0111 H 0 Rn Rd", "SQDMLSL (by element, scalar)")]
    public static void DoublingMultiplySubtract(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiplySubtract, false);

    [Encoding("0 Q 0 01111 size L M Rmlo 1011 H 0 Rn Rd", "SQDMULL (by element)")]
    [Encoding("01 0 11111 size L M Rmlo 1011 H 0 Rn Rd", "SQDMULL (by element, scalar)")]
    public static void DoublingMultiply(Lifter lifter) => Long(lifter, LaneOperation.DoublingMultiply, false);

    [Encoding("0 Q 0 01111 size L M Rmlo 1100 H 0 Rn Rd", "SQDMULH (by element)")]
    [Encoding("01 0 11111 size L M Rmlo 1100 H 0 Rn Rd", "SQDMULH (by element, scalar)")]
    public static void DoublingMultiplyHigh(Lifter lifter) => Same(lifter, LaneOperation.DoublingMultiplyHigh);

    [Encoding("0 Q 0 01111 size L M Rmlo 1101 H 0 Rn Rd", "SQRDMULH (by element)")]
    [Encoding("01 0 11111 size L M Rmlo 1101 H 0 Rn Rd", "SQRDMULH (by element, scalar)")]
    public static void RoundingDoublingMultiplyHigh(Lifter lifter) => Same(lifter, LaneOperation.RoundingDoublingMultiplyHigh);

    [Encoding("0 Q 0 01111 1 sz L M Rmlo 0001 H 0 Rn Rd", "FMLA (by element)")]
    [Encoding("01 0 11111 1 sz L M Rmlo 0001 H 0 Rn Rd", "FMLA (by element, scalar)")]
    public static void FloatMultiplyAdd(Lifter lifter) => Floats(lifter, LaneOperation.FloatMultiplyAdd);

    [Encoding("0 Q 0 01111 1 sz L M Rmlo 0101 H 0 Rn Rd", "FMLS (by element)")]
    [Encoding("01 0 11111 1 sz L M Rmlo 0101 H 0 Rn Rd", "FMLS (by element, scalar)")]
    public static void FloatMultiplySubtract(Lifter lifter) => Floats(lifter, LaneOperation.FloatMultiplySubtract);

    [Encoding("0 Q 0 01111 1 sz L M Rmlo 1001 H 0 Rn Rd", "FMUL (by element)")]
    [Encoding("01 0 11111 1 sz L M Rmlo 1001 H 0 Rn Rd", "FMUL (by element, scalar)")]
    public static void FloatMultiply(Lifter lifter) => Floats(lifter, LaneOperation.FloatMultiply);

    [Encoding("0 Q 1 01111 1 sz L M Rmlo 1001 H 0 Rn Rd", "FMULX (by element)")]
    [Encoding("01 1 11111 1 sz L M Rmlo 1001 H 0 Rn Rd", "FMULX (by element, scalar)")]
    public static void FloatMultiplyExtended(Lifter lifter) => Floats(lifter, LaneOperation.FloatMultiplyExtended);

    // Of halfwords the index is H:L:M and the register one of the first sixteen, of words H:L.
    private static bool TryElement(Lifter lifter, out int register, out int index)
    {
        int high = lifter.Field(11, 1), low = lifter.Field(21, 1), middle = lifter.Field(20, 1);
        (register, index) = lifter.ElementSize == 1
            ? (lifter.Field(16, 4), high << 2 | low << 1 | middle)
            : (lifter.Field(16, 5), high << 1 | low);
        if (lifter.ElementSize is not (1 or 2))
            lifter.Reject();
        return !lifter.IsRejected;
    }

    private static void Same(Lifter lifter, LaneOperation operation)
    {
        if (TryElement(lifter, out int register, out int index) && lifter.TryCount(lifter.ElementSize, out int count))
            lifter.Call(LaneHelpers.Same, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(register), default,
                new LaneShape(operation, lifter.ElementSize, count, index).Packed);
    }

    private static void Long(Lifter lifter, LaneOperation operation, bool isUnsigned)
    {
        if (TryElement(lifter, out int register, out int index))
            lifter.Halves(LaneHelpers.Long, operation, lifter.ElementSize, Lifter.V(register), isUnsigned, index);
    }

    private static void Floats(Lifter lifter, LaneOperation operation)
    {
        int size = lifter.FloatSize, high = lifter.Field(11, 1), low = lifter.Field(21, 1);
        if (size == 3 && low != 0)
            lifter.Reject();
        else if (lifter.TryCount(size, out int count))
            lifter.Call(LaneHelpers.Same, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Field(16, 5)), default,
                new LaneShape(operation, size, count, size == 3 ? high : high << 1 | low, IsUnsigned: true).Packed);
    }
}
