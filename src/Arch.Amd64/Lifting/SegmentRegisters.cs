using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Loads of segment registers; reading one is an ordinary move or push.</summary>
internal static class SegmentRegisters
{
    [Lifts(Code.Mov_Sreg_rm16, Code.Mov_Sreg_r32m16, Code.Mov_Sreg_r64m16)]
    public static void Move(Lifter lifter) => Load(lifter, lifter.Instruction.Op0Register, lifter.ZeroExtend(2, lifter.Read(1)));

    /// <summary>A far pointer: the selector lies after the offset.</summary>
    [Lifts(Mnemonic.Lfs, Mnemonic.Lgs, Mnemonic.Lss)]
    public static void LoadFarPointer(Lifter lifter)
    {
        int size = lifter.Size(0);
        var offset = lifter.Load(1, size);
        var selector = lifter.Ir.Load(2, lifter.Address(1), default, (ulong)size);
        var register = lifter.Instruction.Mnemonic switch { Mnemonic.Lfs => Register.FS, Mnemonic.Lgs => Register.GS, _ => Register.SS };
        Load(lifter, register, selector);
        lifter.Write(0, offset);
    }

    /// <summary>POP FS and POP GS, the only ones left in 64-bit mode.</summary>
    public static void Pop(Lifter lifter, int size)
    {
        Load(lifter, lifter.Instruction.Op0Register, lifter.Ir.Load(2, Slots.Rsp));
        lifter.Ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rsp, Slot.Zero, (ulong)size);
    }

    private static void Load(Lifter lifter, Register register, Slot selector)
    {
        lifter.Call(SegmentHelpers.CheckSelector, a: selector, immediate: register == Register.SS ? 1UL : 0);
        lifter.Ir.Move(Lifter.SlotOf(register), selector);
        if (register == Register.FS)
            lifter.Ir.Move(Slots.FsBase, 0);
        else if (register == Register.GS)
            lifter.Ir.Move(Slots.GsBase, 0);
    }
}
