using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>The stack: push and pop of operands and flags, and stack frames.</summary>
internal static class Stack
{
    [Lifts(Mnemonic.Push)]
    public static void Push(Lifter lifter)
    {
        int size = lifter.Instruction.StackPointerIncrement == -2 ? 2 : 8;
        Push(lifter, size, lifter.Read(0));
    }

    /// <summary>A destination relative to rsp is addressed with the incremented one (Intel SDM, POP).</summary>
    [Lifts(Mnemonic.Pop)]
    public static void Pop(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Instruction.StackPointerIncrement;
        if (!lifter.IsMemory(0) && lifter.Instruction.Op0Register.IsSegmentRegister())
        {
            SegmentRegisters.Pop(lifter, size);
            return;
        }
        var value = ir.Load(size, Slots.Rsp);
        if (lifter.IsMemory(0) && lifter.Instruction.MemoryBase is Register.RSP or Register.ESP)
            lifter.Displace(0, ir.Constant((ulong)size));
        lifter.WriteIfMemory(0, value);
        ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rsp, Slot.Zero, (ulong)size);
        lifter.WriteIfRegister(0, value);
    }

    [Lifts(Mnemonic.Pushfq, Mnemonic.Pushf)]
    public static void PushFlags(Lifter lifter) =>
        Push(lifter, lifter.Instruction.Mnemonic == Mnemonic.Pushf ? 2 : 8, FlagControl.Image(lifter));

    [Lifts(Mnemonic.Popfq, Mnemonic.Popf)]
    public static void PopFlags(Lifter lifter)
    {
        int size = lifter.Instruction.Mnemonic == Mnemonic.Popf ? 2 : 8;
        var image = lifter.Ir.Load(size, Slots.Rsp);
        lifter.Ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rsp, Slot.Zero, (ulong)size);
        FlagControl.SetFrom(lifter, image, size);
    }

    [Lifts(Mnemonic.Leave)]
    public static void Leave(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Instruction.Code == Code.Leavew ? 2 : 8;
        var frame = ir.Load(size, Slots.Rbp);
        ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rbp, Slot.Zero, (ulong)size);
        lifter.WriteLow(size, Slots.Rbp, frame);
    }

    /// <summary>ENTER: a new frame, with copies of the frame pointers of enclosing levels.</summary>
    [Lifts(Mnemonic.Enter)]
    public static void Enter(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Instruction.Code == Code.Enterw_imm16_imm8 ? 2 : 8;
        ulong level = lifter.Immediate(1) & 31;
        ulong bytes = (level + 1) * (ulong)size + lifter.Immediate(0);
        var frame = ir.Subtract(Slots.Rsp, (ulong)size);
        // In this order; a write at the final stack pointer must be possible (Intel SDM, ENTER).
        ir.ProbeWrite(size, frame);
        if (level > 0)
            lifter.Call(StackHelpers.ProbeFramePointers, ir.Temporary(), a: frame, b: Slots.Rbp, c: ir.Constant(level), immediate: (ulong)size);
        ir.ProbeWrite(size, Slots.Rsp, 0 - bytes);
        if (level == 0)
            ir.Store(size, Slots.Rbp, frame);
        else
            lifter.Call(StackHelpers.StoreFramePointers, a: frame, b: Slots.Rbp, c: ir.Constant(level), immediate: (ulong)size);
        ir.Into(Slots.Rsp, IrOpcode.Subtract, Slots.Rsp, Slot.Zero, bytes);
        lifter.WriteLow(size, Slots.Rbp, frame);
    }

    private static void Push(Lifter lifter, int size, Slot value)
    {
        lifter.Ir.Store(size, value, Slots.Rsp, default, 0 - (ulong)size);
        lifter.Ir.Into(Slots.Rsp, IrOpcode.Subtract, Slots.Rsp, Slot.Zero, (ulong)size);
    }
}
