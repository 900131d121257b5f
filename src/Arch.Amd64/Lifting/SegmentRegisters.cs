using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Loads of segment registers; reading one is an ordinary move or push.</summary>
internal static class SegmentRegisters
{
    [Lifts(Code.Mov_Sreg_rm16, Code.Mov_Sreg_r32m16, Code.Mov_Sreg_r64m16)]
    public static void Move(Lifter lifter) => Load(lifter, lifter.ZeroExtend(2, lifter.Read(1)));

    /// <summary>POP FS and POP GS, the only ones left in 64-bit mode.</summary>
    public static void Pop(Lifter lifter, int size)
    {
        Load(lifter, lifter.Ir.Load(2, Slots.Rsp));
        lifter.Ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rsp, Slot.Zero, (ulong)size);
    }

    private static void Load(Lifter lifter, Slot selector)
    {
        var register = lifter.Instruction.Op0Register;
        lifter.Call(SegmentHelpers.CheckSelector, a: selector, immediate: register == Register.SS ? 1UL : 0);
        lifter.Ir.Move(Lifter.SlotOf(register), selector);
        if (register == Register.FS)
            lifter.Ir.Move(Slots.FsBase, 0);
        else if (register == Register.GS)
            lifter.Ir.Move(Slots.GsBase, 0);
    }
}
