using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Bitwise logic.</summary>
internal static class Logic
{
    [Lifts(Mnemonic.And)]
    public static void And(Lifter lifter) => Combine(lifter, IrOpcode.And);

    [Lifts(Mnemonic.Or)]
    public static void Or(Lifter lifter) => Combine(lifter, IrOpcode.Or);

    [Lifts(Mnemonic.Xor)]
    public static void Xor(Lifter lifter)
    {
        if (lifter.IsSameRegister(0, 1))
            Clear(lifter);
        else
            Combine(lifter, IrOpcode.Xor);
    }

    [Lifts(Mnemonic.Test)]
    public static void Test(Lifter lifter)
    {
        var a = lifter.Read(0);
        var result = lifter.IsSameRegister(0, 1) ? a : lifter.Ir.And(a, lifter.Read(1));
        lifter.SetLogicFlags(lifter.Size(0), result);
    }

    [Lifts(Mnemonic.Not)]
    public static void Not(Lifter lifter) => lifter.Write(0, lifter.Ir.Unary(IrOpcode.Not, lifter.Read(0)));

    /// <summary>XOR and SUB of a register with itself: zero, and flags that depend on nothing.</summary>
    public static void Clear(Lifter lifter)
    {
        var ir = lifter.Ir;
        lifter.Write(0, Slot.Zero);
        ir.Move(Slots.CF, 0);
        ir.Move(Slots.PF, 1);
        ir.Move(Slots.AF, 0);
        ir.Move(Slots.ZF, 1);
        ir.Move(Slots.SF, 0);
        ir.Move(Slots.OF, 0);
    }

    private static void Combine(Lifter lifter, IrOpcode op)
    {
        var result = lifter.Ir.Binary(op, lifter.Read(0), lifter.Read(1));
        lifter.Write(0, result);
        lifter.SetLogicFlags(lifter.Size(0), result);
    }
}
