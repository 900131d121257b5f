using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

// The condition flags. Values are cut to the instruction's width.
internal sealed partial class Lifter
{
    /// <summary>N and Z of a result; C and V clear (ANDS, BICS).</summary>
    public void SetLogicalFlags(Slot result)
    {
        SetSignAndZero(result);
        Ir.Move(Slots.C, Slot.Zero);
        Ir.Move(Slots.V, Slot.Zero);
    }

    /// <summary>Flags of sum = a + b + carry in.</summary>
    /// <param name="carry">The carry out.</param>
    public void SetSumFlags(Slot a, Slot b, Slot sum, Slot carry)
    {
        var overflow = Ir.And(Ir.Xor(a, sum), Ir.Xor(b, sum));
        var sign = Ir.ShiftRight(overflow, (ulong)(Bits - 1));
        SetSignAndZero(sum);
        Ir.Move(Slots.C, carry);
        Ir.Move(Slots.V, sign);
    }

    /// <summary>Flags of difference = a − b; carry means no borrow.</summary>
    public void SetDifferenceFlags(Slot a, Slot b, Slot difference)
    {
        var overflow = Ir.And(Ir.Xor(a, b), Ir.Xor(a, difference));
        var sign = Ir.ShiftRight(overflow, (ulong)(Bits - 1));
        SetSignAndZero(difference);
        Ir.Into(Slots.C, IrOpcode.LessOrEqualUnsigned, b, a);
        Ir.Move(Slots.V, sign);
    }

    /// <summary>Each flag to a bit of <paramref name="nzcv"/> (bits 3–0).</summary>
    public void SetFlags(int nzcv)
    {
        Ir.Move(Slots.N, (ulong)(nzcv >> 3 & 1));
        Ir.Move(Slots.Z, (ulong)(nzcv >> 2 & 1));
        Ir.Move(Slots.C, (ulong)(nzcv >> 1 & 1));
        Ir.Move(Slots.V, (ulong)(nzcv & 1));
    }

    /// <summary>
    /// Each flag to <paramref name="value"/>'s where <paramref name="condition"/> is set, otherwise to its bit of <paramref name="nzcv"/>.
    /// </summary>
    public Slot SelectFlag(Slot condition, Slot value, int nzcv, int bit) =>
        Ir.Select(condition, value, (nzcv >> bit & 1) != 0 ? Ir.Constant(1) : Slot.Zero);

    /// <summary>ConditionHolds: not 0 when the condition holds.</summary>
    public Slot Condition(int condition)
    {
        if (condition >= 14)
            return Ir.Constant(1);
        bool isInverted = (condition & 1) != 0;
        switch (condition >> 1)
        {
            case 4:
                return isInverted
                    ? Ir.Or(Ir.Xor(Slots.C, 1), Slots.Z)
                    : Ir.And(Slots.C, Ir.Xor(Slots.Z, 1));
            case 5:
                return isInverted ? Ir.NotEqual(Slots.N, Slots.V) : Ir.Equal(Slots.N, Slots.V);
            case 6:
                return isInverted
                    ? Ir.Or(Slots.Z, Ir.Xor(Slots.N, Slots.V))
                    : Ir.And(Ir.Equal(Slots.N, Slots.V), Ir.Xor(Slots.Z, 1));
            default:
                var flag = (condition >> 1) switch { 0 => Slots.Z, 1 => Slots.C, 2 => Slots.N, _ => Slots.V };
                return isInverted ? Ir.Xor(flag, 1) : flag;
        }
    }

    private void SetSignAndZero(Slot result)
    {
        Ir.Into(Slots.N, IrOpcode.ShiftRight, result, Slot.Zero, (ulong)(Bits - 1));
        Ir.Into(Slots.Z, IrOpcode.Equal, result, Slot.Zero);
    }
}
