using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Rotations, alone or through the carry flag. They touch CF and OF only, and those only when the count cut to 5 or 6 bits is not
/// zero. OF is defined for a count of one only; here it is computed in the same way for every count.
/// </summary>
internal static class Rotations
{
    [Lifts(Mnemonic.Rol)]
    public static void RotateLeft(Lifter lifter)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 1));
        var result = Rotated(lifter, size, new Count(count.SubtractedFrom(ir, 64), 0));
        var carry = ir.And(result, 1);
        Finish(lifter, count, result, carry, ir.Xor(lifter.SignBit(size, result), carry));
    }

    [Lifts(Mnemonic.Ror)]
    public static void RotateRight(Lifter lifter)
    {
        var (ir, size, count) = (lifter.Ir, lifter.Size(0), Count.Of(lifter, 1));
        var result = Rotated(lifter, size, count);
        Finish(lifter, count, result, lifter.SignBit(size, result), TopBitsDiffer(lifter, size, result));
    }

    [Lifts(Mnemonic.Rcl)]
    public static void RotateLeftThroughCarry(Lifter lifter)
    {
        var (result, carry) = ThroughCarry(lifter, RotateHelpers.LeftThroughCarry);
        Finish(lifter, Count.Of(lifter, 1), result, carry, lifter.Ir.Xor(lifter.SignBit(lifter.Size(0), result), carry));
    }

    [Lifts(Mnemonic.Rcr)]
    public static void RotateRightThroughCarry(Lifter lifter)
    {
        var (result, carry) = ThroughCarry(lifter, RotateHelpers.RightThroughCarry);
        Finish(lifter, Count.Of(lifter, 1), result, carry, TopBitsDiffer(lifter, lifter.Size(0), result));
    }

    /// <summary>Operand 0 rotated right; a short one is repeated to fill 64 bits first, so that any count up to 64 does.</summary>
    private static Slot Rotated(Lifter lifter, int size, Count count)
    {
        var (ir, a) = (lifter.Ir, lifter.Read(0));
        return size switch
        {
            1 => lifter.ZeroExtend(1, count.Apply(ir, IrOpcode.RotateRight, ir.Binary(IrOpcode.Multiply, a, 0x0101010101010101))),
            2 => lifter.ZeroExtend(2, count.Apply(ir, IrOpcode.RotateRight, ir.Binary(IrOpcode.Multiply, a, 0x0001000100010001))),
            4 => count.Apply(ir, IrOpcode.RotateRight32, a),
            _ => count.Apply(ir, IrOpcode.RotateRight, a),
        };
    }

    private static (Slot Result, Slot Carry) ThroughCarry(Lifter lifter, Helper helper)
    {
        var count = Count.Of(lifter, 1);
        var amount = count.IsConstant ? lifter.Ir.Constant(count.Constant) : count.Slot;
        var pair = lifter.Ir.Temporary128();
        lifter.Call(helper, pair, lifter.Read(0), amount, Slots.CF, (ulong)lifter.Size(0));
        return (pair, Lifter.High(pair));
    }

    private static Slot TopBitsDiffer(Lifter lifter, int size, Slot result) =>
        lifter.SignBit(size, lifter.ZeroExtend(size, lifter.Ir.Xor(result, lifter.Ir.ShiftLeft(result, 1))));

    private static void Finish(Lifter lifter, Count count, Slot result, Slot carry, Slot overflow)
    {
        lifter.WriteIfMemory(0, result);
        if (!count.IsZero)
        {
            count.SetUnlessZero(lifter.Ir, Slots.CF, carry);
            count.SetUnlessZero(lifter.Ir, Slots.OF, overflow);
        }
        lifter.WriteIfRegister(0, result);
    }
}
