using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>MXCSR, the FXSAVE image, and leaving the MMX state.</summary>
internal static class SseControl
{
    [Lifts(Mnemonic.Ldmxcsr)]
    public static void LoadMxcsr(Lifter lifter)
    {
        var value = lifter.Load(0, 4);
        lifter.Ir.TrapIf(lifter.Ir.And(value, ~(ulong)FxImage.MxcsrMask), Traps.GeneralProtection);
        lifter.Ir.Move(Slots.Mxcsr, value);
    }

    [Lifts(Mnemonic.Stmxcsr)]
    public static void StoreMxcsr(Lifter lifter) => lifter.Store(0, 4, Slots.Mxcsr);

    [Lifts(Mnemonic.Fxsave, Mnemonic.Fxsave64)]
    public static void SaveState(Lifter lifter)
    {
        lifter.RequireAlignment(0);
        lifter.Call(FxStateHelpers.Fxsave, a: lifter.Address(0), immediate: lifter.Instruction.Mnemonic == Mnemonic.Fxsave64 ? 1u : 0);
    }

    [Lifts(Mnemonic.Fxrstor, Mnemonic.Fxrstor64)]
    public static void RestoreState(Lifter lifter)
    {
        lifter.RequireAlignment(0);
        lifter.Call(FxStateHelpers.Fxrstor, a: lifter.Address(0), immediate: lifter.Instruction.Mnemonic == Mnemonic.Fxrstor64 ? 1u : 0);
    }

    [Lifts(Mnemonic.Emms)]
    public static void EmptyMmxState(Lifter lifter)
    {
        lifter.TrapWaitingError();
        lifter.EnterMmxState();
        lifter.Ir.Move(Slots.Ftw, 0);
    }
}
