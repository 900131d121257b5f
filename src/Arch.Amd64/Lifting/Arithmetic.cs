using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Addition, subtraction and comparison of integers.</summary>
internal static class Arithmetic
{
    [Lifts(Mnemonic.Add)]
    public static void Add(Lifter lifter)
    {
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int size = lifter.Size(0);
        var (sum, carry) = Sum(lifter, size, a, b);
        lifter.WriteIfMemory(0, sum);
        lifter.SetSumFlags(size, a, b, sum);
        lifter.Ir.Move(Slots.CF, carry);
        lifter.WriteIfRegister(0, sum);
    }

    [Lifts(Mnemonic.Adc)]
    public static void AddWithCarry(Lifter lifter)
    {
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int size = lifter.Size(0);
        var (partial, firstCarry) = Sum(lifter, size, a, b);
        var (sum, secondCarry) = Sum(lifter, size, partial, Slots.CF);
        lifter.WriteIfMemory(0, sum);
        lifter.SetSumFlags(size, a, b, sum);
        lifter.Ir.Into(Slots.CF, IrOpcode.Or, firstCarry, secondCarry);
        lifter.WriteIfRegister(0, sum);
    }

    [Lifts(Mnemonic.Sub)]
    public static void Subtract(Lifter lifter)
    {
        if (lifter.IsSameRegister(0, 1))
        {
            Logic.Clear(lifter);
            return;
        }
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int size = lifter.Size(0);
        var difference = Difference(lifter, size, a, b);
        lifter.WriteIfMemory(0, difference);
        lifter.SetCompareFlags(size, a, b, difference);
        lifter.WriteIfRegister(0, difference);
    }

    [Lifts(Mnemonic.Sbb)]
    public static void SubtractWithBorrow(Lifter lifter)
    {
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int size = lifter.Size(0);
        var partial = Difference(lifter, size, a, b);
        var difference = Difference(lifter, size, partial, Slots.CF);
        lifter.WriteIfMemory(0, difference);
        lifter.SetDifferenceFlags(size, a, b, difference);
        var firstBorrow = lifter.Ir.Binary(IrOpcode.LessUnsigned, a, b);
        var secondBorrow = lifter.Ir.Binary(IrOpcode.LessUnsigned, partial, Slots.CF);
        lifter.Ir.Into(Slots.CF, IrOpcode.Or, firstBorrow, secondBorrow);
        lifter.WriteIfRegister(0, difference);
    }

    [Lifts(Mnemonic.Cmp)]
    public static void Compare(Lifter lifter)
    {
        var (a, b) = (lifter.Read(0), lifter.Read(1));
        int size = lifter.Size(0);
        lifter.SetCompareFlags(size, a, b, Difference(lifter, size, a, b));
    }

    [Lifts(Mnemonic.Inc)]
    public static void Increment(Lifter lifter)
    {
        var (a, one) = (lifter.Read(0), lifter.Ir.Constant(1));
        int size = lifter.Size(0);
        var sum = Sum(lifter, size, a, one).Value;
        lifter.WriteIfMemory(0, sum);
        lifter.SetSumFlags(size, a, one, sum);
        lifter.WriteIfRegister(0, sum);
    }

    [Lifts(Mnemonic.Dec)]
    public static void Decrement(Lifter lifter)
    {
        var (a, one) = (lifter.Read(0), lifter.Ir.Constant(1));
        int size = lifter.Size(0);
        var difference = Difference(lifter, size, a, one);
        lifter.WriteIfMemory(0, difference);
        lifter.SetDifferenceFlags(size, a, one, difference);
        lifter.WriteIfRegister(0, difference);
    }

    [Lifts(Mnemonic.Neg)]
    public static void Negate(Lifter lifter)
    {
        var a = lifter.Read(0);
        int size = lifter.Size(0);
        var difference = Difference(lifter, size, Slot.Zero, a);
        lifter.WriteIfMemory(0, difference);
        lifter.SetCompareFlags(size, Slot.Zero, a, difference);
        lifter.WriteIfRegister(0, difference);
    }

    [Lifts(Mnemonic.Xadd)]
    public static void ExchangeAndAdd(Lifter lifter)
    {
        var ir = lifter.Ir;
        var (old, b) = (ir.Unary(IrOpcode.Move, lifter.Read(0)), lifter.Read(1));
        int size = lifter.Size(0);
        var (sum, carry) = Sum(lifter, size, old, b);
        lifter.WriteIfMemory(0, sum);
        lifter.SetSumFlags(size, old, b, sum);
        ir.Move(Slots.CF, carry);
        lifter.Write(1, old);
        lifter.WriteIfRegister(0, sum);
    }

    private static (Slot Value, Slot Carry) Sum(Lifter lifter, int size, Slot a, Slot b)
    {
        var ir = lifter.Ir;
        var sum = ir.Add(a, b);
        return size == 8
            ? (sum, ir.Binary(IrOpcode.LessUnsigned, sum, a))
            : (lifter.ZeroExtend(size, sum), ir.ShiftRight(sum, (ulong)(8 * size)));
    }

    private static Slot Difference(Lifter lifter, int size, Slot a, Slot b) => lifter.ZeroExtend(size, lifter.Ir.Subtract(a, b));
}
