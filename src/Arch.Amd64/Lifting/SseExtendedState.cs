using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Lifting;

/// <summary>The XSAVE area and XCR0 (Intel SDM volume 1, chapter 13).</summary>
internal static class SseExtendedState
{
    private const ulong Alignment = 64;

    [Lifts(Mnemonic.Xgetbv)]
    public static void ReadControlRegister(Lifter lifter) => lifter.Call(ExtendedStateHelpers.Xgetbv, Slots.Rax);

    [Lifts(Mnemonic.Xsave, Mnemonic.Xsave64)]
    public static void Save(Lifter lifter) => CallAligned(lifter, ExtendedStateHelpers.Xsave, lifter.Instruction.Mnemonic == Mnemonic.Xsave64);

    [Lifts(Mnemonic.Xsaveopt, Mnemonic.Xsaveopt64)]
    public static void SaveOptimised(Lifter lifter) =>
        CallAligned(lifter, ExtendedStateHelpers.Xsaveopt, lifter.Instruction.Mnemonic == Mnemonic.Xsaveopt64);

    [Lifts(Mnemonic.Xsavec, Mnemonic.Xsavec64)]
    public static void SaveCompacted(Lifter lifter) => CallAligned(lifter, ExtendedStateHelpers.Xsavec, lifter.Instruction.Mnemonic == Mnemonic.Xsavec64);

    [Lifts(Mnemonic.Xrstor, Mnemonic.Xrstor64)]
    public static void Restore(Lifter lifter) => CallAligned(lifter, ExtendedStateHelpers.Xrstor, lifter.Instruction.Mnemonic == Mnemonic.Xrstor64);

    private static void CallAligned(Lifter lifter, Helper helper, bool isWide)
    {
        var address = lifter.Address(0);
        lifter.Ir.TrapIf(lifter.Ir.And(address, Alignment - 1), Traps.GeneralProtection);
        lifter.Call(helper, a: address, immediate: isWide ? 1u : 0);
    }
}
