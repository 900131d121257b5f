using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Branches.</summary>
internal static class Branches
{
    [Encoding("000101 imm26", "B")]
    public static void Branch(Lifter lifter) => lifter.Ir.Goto(Target(lifter, lifter.Imm26));

    [Encoding("100101 imm26", "BL")]
    public static void BranchWithLink(Lifter lifter)
    {
        lifter.Ir.Move(Slots.Lr, lifter.Next);
        lifter.Ir.Goto(Target(lifter, lifter.Imm26));
    }

    [Encoding("01010100 imm19 0 cond", "B.cond")]
    public static void Conditional(Lifter lifter)
    {
        int condition = lifter.Field(0, 4);
        if (condition >= 14)
            lifter.Ir.Goto(Target(lifter, lifter.Imm19));
        else
            Choose(lifter, lifter.Condition(condition & ~1), (condition & 1) == 0, lifter.Imm19);
    }

    [Encoding("sf 0110100 imm19 Rt", "CBZ")]
    public static void IfZero(Lifter lifter) => Choose(lifter, lifter.Read(lifter.Rt), false, lifter.Imm19);

    [Encoding("sf 0110101 imm19 Rt", "CBNZ")]
    public static void IfNotZero(Lifter lifter) => Choose(lifter, lifter.Read(lifter.Rt), true, lifter.Imm19);

    [Encoding("b5 0110110 b40 imm14 Rt", "TBZ")]
    public static void IfBitZero(Lifter lifter) => Choose(lifter, TestedBit(lifter), false, lifter.Imm14);

    [Encoding("b5 0110111 b40 imm14 Rt", "TBNZ")]
    public static void IfBitNotZero(Lifter lifter) => Choose(lifter, TestedBit(lifter), true, lifter.Imm14);

    [Encoding("1101011000011111000000 Rn 00000", "BR")]
    [Encoding("1101011001011111000000 Rn 00000", "RET")]
    public static void Indirect(Lifter lifter) => lifter.Ir.GotoIndirect(Lifter.X(lifter.Rn));

    [Encoding("1101011000111111000000 Rn 00000", "BLR")]
    public static void IndirectWithLink(Lifter lifter)
    {
        var target = lifter.Ir.Unary(IrOpcode.Move, Lifter.X(lifter.Rn));
        lifter.Ir.Move(Slots.Lr, lifter.Next);
        lifter.Ir.GotoIndirect(target);
    }

    private static Slot TestedBit(Lifter lifter) =>
        lifter.Ir.And(Lifter.X(lifter.Rt), 1UL << ((lifter.IsSet(31) ? 32 : 0) + lifter.Field(19, 5)));

    /// <summary>Branches by <paramref name="offset"/> words when the condition is not 0, or when it is.</summary>
    private static void Choose(Lifter lifter, Slot condition, bool whenSet, long offset)
    {
        ulong target = Target(lifter, offset);
        lifter.Ir.GotoIf(condition, whenSet ? target : lifter.Next);
        lifter.Ir.Goto(whenSet ? lifter.Next : target);
    }

    private static ulong Target(Lifter lifter, long words) => lifter.Pc + (ulong)(words << 2);
}
