using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Conditional select: Rn if the condition holds, otherwise Rm, perhaps incremented, inverted or negated.</summary>
internal static class ConditionalSelect
{
    [Encoding("sf 0011010100 Rm cond 00 Rn Rd", "CSEL")]
    public static void Select(Lifter lifter) => Choose(lifter, Lifter.X(lifter.Rm));

    [Encoding("sf 0011010100 Rm cond 01 Rn Rd", "CSINC")]
    public static void SelectIncrement(Lifter lifter) => Choose(lifter, lifter.Ir.Add(Lifter.X(lifter.Rm), 1));

    [Encoding("sf 1011010100 Rm cond 00 Rn Rd", "CSINV")]
    public static void SelectInvert(Lifter lifter) => Choose(lifter, lifter.Ir.Unary(IrOpcode.Not, Lifter.X(lifter.Rm)));

    [Encoding("sf 1011010100 Rm cond 01 Rn Rd", "CSNEG")]
    public static void SelectNegate(Lifter lifter) => Choose(lifter, lifter.Ir.Unary(IrOpcode.Negate, Lifter.X(lifter.Rm)));

    private static void Choose(Lifter lifter, Slot otherwise) =>
        lifter.Write(lifter.Rd, lifter.Ir.Select(lifter.Condition(lifter.Field(12, 4)), Lifter.X(lifter.Rn), otherwise));
}
