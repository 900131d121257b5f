using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Shifts of one operand or of two. The count is taken modulo 32, or 64 for 64-bit operands; a count of zero changes no flag.
/// OF is defined for a count of one only; here, as in most processors, it is computed in the same way for every count.
/// </summary>
internal static class Shifts
{
    [Lifts(Mnemonic.Shl, Mnemonic.Sal)]
    public static void ShiftLeft(Lifter lifter)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 1));
        var a = lifter.Read(0);
        var result = lifter.ZeroExtend(size, count.Apply(ir, IrOpcode.ShiftLeft, a));
        lifter.WriteIfMemory(0, result);
        if (!count.IsZero)
        {
            // The last bit out: bit (size − count) of the operand; none when the count exceeds the size.
            var carry = size == 8
                ? ir.Binary(IrOpcode.ShiftRight, a, count.SubtractedFrom(ir, 64))
                : ir.ShiftRight(count.Apply(ir, IrOpcode.ShiftLeft, a), (ulong)(8 * size));
            carry = ir.And(carry, 1);
            SetFlags(lifter, count, size, result, carry, ir.Xor(lifter.SignBit(size, result), carry));
        }
        lifter.WriteIfRegister(0, result);
    }

    [Lifts(Mnemonic.Shr)]
    public static void ShiftRight(Lifter lifter)
    {
        var a = lifter.Read(0);
        Right(lifter, IrOpcode.ShiftRight, a, lifter.SignBit(lifter.Size(0), a));
    }

    [Lifts(Mnemonic.Sar)]
    public static void ShiftRightSigned(Lifter lifter) => Right(lifter, IrOpcode.ShiftRightSigned, lifter.ReadSigned(0), Slot.Zero);

    /// <summary>The first operand shifted left, bits of the second coming in. With 16 bits and a count
    /// above 16 the result is undefined: here the first operand comes in again after the second.</summary>
    [Lifts(Mnemonic.Shld)]
    public static void DoubleShiftLeft(Lifter lifter)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 2));
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int bits = 8 * size;
        Slot result, carry;
        if (size == 2)
        {
            var row = ir.Or(ir.Or(ir.ShiftLeft(a, 32), ir.ShiftLeft(b, 16)), a);
            var shifted = count.Apply(ir, IrOpcode.ShiftLeft, row);
            result = lifter.ZeroExtend(2, ir.ShiftRight(shifted, 32));
            carry = ir.And(ir.ShiftRight(shifted, 48), 1);
        }
        else
        {
            var rest = count.SubtractedFrom(ir, bits);
            result = lifter.ZeroExtend(size, ir.Or(count.Apply(ir, IrOpcode.ShiftLeft, a), ir.ShiftRight(b, rest)));
            carry = ir.And(ir.ShiftRight(a, rest), 1);
        }
        FinishDouble(lifter, count, size, a, result, carry);
    }

    [Lifts(Mnemonic.Shrd)]
    public static void DoubleShiftRight(Lifter lifter)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 2));
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int bits = 8 * size;
        Slot result, carried;
        if (size == 2)
        {
            carried = ir.Or(ir.Or(ir.ShiftLeft(a, 32), ir.ShiftLeft(b, 16)), a);
            result = lifter.ZeroExtend(2, count.Apply(ir, IrOpcode.ShiftRight, carried));
        }
        else
        {
            carried = a;
            var incoming = ir.ShiftLeft(b, count.SubtractedFrom(ir, bits));
            result = lifter.ZeroExtend(size, ir.Or(count.Apply(ir, IrOpcode.ShiftRight, a), incoming));
        }
        FinishDouble(lifter, count, size, a, result, count.BitShiftedOutRight(ir, IrOpcode.ShiftRight, carried));
    }

    private static void Right(Lifter lifter, IrOpcode shift, Slot a, Slot overflow)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 1));
        var result = lifter.ZeroExtend(size, count.Apply(ir, shift, a));
        lifter.WriteIfMemory(0, result);
        if (!count.IsZero)
            SetFlags(lifter, count, size, result, count.BitShiftedOutRight(ir, shift, a), overflow);
        lifter.WriteIfRegister(0, result);
    }

    private static void FinishDouble(Lifter lifter, Count count, int size, Slot a, Slot result, Slot carry)
    {
        lifter.WriteIfMemory(0, result);
        if (!count.IsZero)
            SetFlags(lifter, count, size, result, carry, lifter.SignBit(size, lifter.Ir.Xor(a, result)));
        lifter.WriteIfRegister(0, result);
    }

    /// <summary>AF is undefined; Intel's processors clear it, AMD's set it.</summary>
    private static void SetFlags(Lifter lifter, Count count, int size, Slot result, Slot carry, Slot overflow)
    {
        var ir = lifter.Ir;
        if (count.IsConstant)
        {
            lifter.SetResultFlags(size, result);
            ir.Move(Slots.CF, carry);
            ir.Move(Slots.OF, overflow);
            ir.Move(Slots.AF, 0);
            return;
        }
        count.SetUnlessZero(ir, Slots.SF, lifter.SignBit(size, result));
        count.SetUnlessZero(ir, Slots.ZF, ir.Equal(result, 0));
        count.SetUnlessZero(ir, Slots.PF, ir.Unary(IrOpcode.Parity8, result));
        count.SetUnlessZero(ir, Slots.CF, carry);
        count.SetUnlessZero(ir, Slots.OF, overflow);
        count.SetUnlessZero(ir, Slots.AF, Slot.Zero);
    }
}
