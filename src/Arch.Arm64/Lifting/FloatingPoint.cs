using Arch.Arm64.Decoding;
using Arch.Arm64.Helpers;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Scalar floating point: arithmetic, comparison, selection. A result clears the rest of its vector register.</summary>
internal static class FloatingPoint
{
    [Encoding("00011110 type 1 Rm 000010 Rn Rd", "FMUL (scalar)")]
    public static void Multiply(Lifter lifter) => Binary(lifter, LaneOperation.FloatMultiply);

    [Encoding("00011110 type 1 Rm 000110 Rn Rd", "FDIV (scalar)")]
    public static void Divide(Lifter lifter) => Binary(lifter, LaneOperation.FloatDivide);

    [Encoding("00011110 type 1 Rm 001010 Rn Rd", "FADD (scalar)")]
    public static void Add(Lifter lifter) => Binary(lifter, LaneOperation.FloatAdd);

    [Encoding("00011110 type 1 Rm 001110 Rn Rd", "FSUB (scalar)")]
    public static void Subtract(Lifter lifter) => Binary(lifter, LaneOperation.FloatSubtract);

    [Encoding("00011110 type 1 Rm 010010 Rn Rd", "FMAX (scalar)")]
    public static void Maximum(Lifter lifter) => Binary(lifter, LaneOperation.FloatMaximum);

    [Encoding("00011110 type 1 Rm 010110 Rn Rd", "FMIN (scalar)")]
    public static void Minimum(Lifter lifter) => Binary(lifter, LaneOperation.FloatMinimum);

    [Encoding("00011110 type 1 Rm 011010 Rn Rd", "FMAXNM (scalar)")]
    public static void MaximumNumber(Lifter lifter) => Binary(lifter, LaneOperation.FloatMaximumNumber);

    [Encoding("00011110 type 1 Rm 011110 Rn Rd", "FMINNM (scalar)")]
    public static void MinimumNumber(Lifter lifter) => Binary(lifter, LaneOperation.FloatMinimumNumber);

    [Encoding("00011110 type 1 Rm 100010 Rn Rd", "FNMUL (scalar)")]
    public static void NegatedMultiply(Lifter lifter) => Binary(lifter, LaneOperation.FloatNegatedMultiply);

    [Encoding("00011111 type 0 Rm 0 Ra Rn Rd", "FMADD")]
    public static void MultiplyAdd(Lifter lifter) => Fused(lifter, false, false);

    [Encoding("00011111 type 0 Rm 1 Ra Rn Rd", "FMSUB")]
    public static void MultiplySubtract(Lifter lifter) => Fused(lifter, false, true);

    [Encoding("00011111 type 1 Rm 0 Ra Rn Rd", "FNMADD")]
    public static void NegatedMultiplyAdd(Lifter lifter) => Fused(lifter, true, true);

    [Encoding("00011111 type 1 Rm 1 Ra Rn Rd", "FNMSUB")]
    public static void NegatedMultiplySubtract(Lifter lifter) => Fused(lifter, true, false);

    [Encoding("00011110 type 1 000000 10000 Rn Rd", "FMOV (register)")]
    public static void Move(Lifter lifter)
    {
        if (TrySize(lifter, out int size))
            Write(lifter, size == 3 ? Lifter.V(lifter.Rn) : lifter.ZeroExtend(Lifter.V(lifter.Rn), 4));
    }

    [Encoding("00011110 type 1 000001 10000 Rn Rd", "FABS (scalar)")]
    public static void Absolute(Lifter lifter)
    {
        if (TrySize(lifter, out int size))
            Write(lifter, lifter.Ir.And(Lifter.V(lifter.Rn), size == 3 ? (ulong)long.MaxValue : 0x7fff_ffffUL));
    }

    [Encoding("00011110 type 1 000010 10000 Rn Rd", "FNEG (scalar)")]
    public static void Negate(Lifter lifter)
    {
        if (TrySize(lifter, out int size))
            Write(lifter, lifter.ZeroExtend(lifter.Ir.Xor(Lifter.V(lifter.Rn), size == 3 ? 1UL << 63 : 1UL << 31), 1 << size));
    }

    [Encoding("00011110 type 1 000011 10000 Rn Rd", "FSQRT (scalar)")]
    public static void SquareRoot(Lifter lifter) => Unary(lifter, LaneOperation.FloatSquareRoot, 0);

    [Encoding("00011110 type 1 001000 10000 Rn Rd", "FRINTN (scalar)")]
    public static void RoundToNearest(Lifter lifter) => Round(lifter, FloatRounding.Nearest);

    [Encoding("00011110 type 1 001001 10000 Rn Rd", "FRINTP (scalar)")]
    public static void RoundUp(Lifter lifter) => Round(lifter, FloatRounding.Up);

    [Encoding("00011110 type 1 001010 10000 Rn Rd", "FRINTM (scalar)")]
    public static void RoundDown(Lifter lifter) => Round(lifter, FloatRounding.Down);

    [Encoding("00011110 type 1 001011 10000 Rn Rd", "FRINTZ (scalar)")]
    public static void RoundTowardZero(Lifter lifter) => Round(lifter, FloatRounding.TowardZero);

    [Encoding("00011110 type 1 001100 10000 Rn Rd", "FRINTA (scalar)")]
    public static void RoundTiesAway(Lifter lifter) => Round(lifter, FloatRounding.TieAway);

    [Encoding("00011110 type 1 001110 10000 Rn Rd", "FRINTX (scalar)")]
    public static void RoundExact(Lifter lifter) => Unary(lifter, LaneOperation.FloatRoundExact, 0);

    [Encoding("00011110 type 1 001111 10000 Rn Rd", "FRINTI (scalar)")]
    public static void RoundAsControlled(Lifter lifter) => Unary(lifter, LaneOperation.FloatRound, 0);

    [Encoding("00011110 type 1 imm8 100 00000 Rd", "FMOV (scalar, immediate)")]
    public static void Constant(Lifter lifter)
    {
        if (!TrySize(lifter, out int size))
            return;
        ulong imm8 = (ulong)lifter.Field(13, 8);
        Write(lifter, lifter.Ir.Constant(size == 3 ? VectorConstants.Float(imm8, 64, 11) : VectorConstants.Float(imm8, 32, 8)));
    }

    [Encoding("00011110 type 1 Rm 001000 Rn 00000", "FCMP")]
    [Encoding("00011110 type 1 Rm 001000 Rn 10000", "FCMPE")]
    public static void Compare(Lifter lifter) => Compare(lifter, Lifter.V(lifter.Rm), lifter.IsSet(4));

    [Encoding("00011110 type 1 xxxxx 001000 Rn 01000", "FCMP (zero)")]
    [Encoding("00011110 type 1 xxxxx 001000 Rn 11000", "FCMPE (zero)")]
    public static void CompareZero(Lifter lifter) => Compare(lifter, Slot.Zero, lifter.IsSet(4));

    [Encoding("00011110 type 1 Rm cond 01 Rn 0 nzcv", "FCCMP")]
    [Encoding("00011110 type 1 Rm cond 01 Rn 1 nzcv", "FCCMPE")]
    public static void ConditionalCompare(Lifter lifter)
    {
        if (!TrySize(lifter, out int size))
            return;
        var ir = lifter.Ir;
        var condition = ir.Unary(IrOpcode.Move, lifter.Condition(lifter.Field(12, 4)));
        // When the condition fails nothing is compared, and no exception raised.
        var nzcv = ir.Temporary();
        lifter.Call(FloatHelpers.ConditionalCompare, nzcv, Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), condition,
            (uint)size | (lifter.IsSet(4) ? 16UL : 0) | (uint)lifter.Nzcv << 8);
        SetFlags(ir, nzcv);
    }

    [Encoding("00011110 type 1 Rm cond 11 Rn Rd", "FCSEL")]
    public static void Select(Lifter lifter)
    {
        if (!TrySize(lifter, out int size))
            return;
        var chosen = lifter.Ir.Select(lifter.Condition(lifter.Field(12, 4)), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm));
        Write(lifter, lifter.ZeroExtend(chosen, 1 << size));
    }

    /// <summary>Single or double; there is no arithmetic in half precision (FEAT_FP16).</summary>
    public static bool TrySize(Lifter lifter, out int size)
    {
        size = 2 + lifter.Field(22, 2);
        if (size > 3)
            lifter.Reject();
        return size <= 3;
    }

    private static void Write(Lifter lifter, Slot value)
    {
        lifter.Ir.Move(Lifter.V(lifter.Rd), value);
        lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), Slot.Zero);
    }

    private static void Binary(Lifter lifter, LaneOperation operation)
    {
        if (TrySize(lifter, out int size))
            lifter.Call(LaneHelpers.Same, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), default,
                new LaneShape(operation, size, 1, IsUnsigned: true).Packed);
    }

    private static void Unary(Lifter lifter, LaneOperation operation, int amount)
    {
        if (TrySize(lifter, out int size))
            lifter.Call(LaneHelpers.SameWithZero, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), default, default,
                new LaneShape(operation, size, 1, IsUnsigned: true, Amount: amount).Packed);
    }

    private static void Round(Lifter lifter, FloatRounding rounding) => Unary(lifter, LaneOperation.FloatRound, ((int)rounding + 1) << 8);

    private static void Fused(Lifter lifter, bool negatesAddend, bool negatesProduct)
    {
        if (TrySize(lifter, out int size))
            lifter.Call(FloatHelpers.Fused, Lifter.V(lifter.Rd), Lifter.V(lifter.Rn), Lifter.V(lifter.Rm), Lifter.V(lifter.Ra),
                (uint)size | (negatesAddend ? 16UL : 0) | (negatesProduct ? 32UL : 0));
    }

    private static void Compare(Lifter lifter, Slot other, bool signals)
    {
        if (!TrySize(lifter, out int size))
            return;
        var nzcv = lifter.Ir.Temporary();
        lifter.Call(FloatHelpers.Compare, nzcv, Lifter.V(lifter.Rn), other, default, (uint)size | (signals ? 16UL : 0));
        SetFlags(lifter.Ir, nzcv);
    }

    private static void SetFlags(IrBuilder ir, Slot nzcv)
    {
        ir.Move(Slots.N, ir.ShiftRight(nzcv, 3));
        ir.Move(Slots.Z, ir.And(ir.ShiftRight(nzcv, 2), 1));
        ir.Move(Slots.C, ir.And(ir.ShiftRight(nzcv, 1), 1));
        ir.Move(Slots.V, ir.And(nzcv, 1));
    }
}
