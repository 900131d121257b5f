using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Branches, calls and returns. A target outside the address space faults when it is fetched.</summary>
internal static class ControlFlow
{
    [Lifts(Mnemonic.Ja, Mnemonic.Jae, Mnemonic.Jb, Mnemonic.Jbe, Mnemonic.Je, Mnemonic.Jg, Mnemonic.Jge, Mnemonic.Jl,
        Mnemonic.Jle, Mnemonic.Jne, Mnemonic.Jno, Mnemonic.Jnp, Mnemonic.Jns, Mnemonic.Jo, Mnemonic.Jp, Mnemonic.Js)]
    public static void JumpIf(Lifter lifter) => Branch(lifter, lifter.Tested);

    [Lifts(Mnemonic.Jmp)]
    public static void Jump(Lifter lifter)
    {
        if (IsFar(lifter))
            lifter.Reject();
        else if (lifter.Instruction.Op0Kind == OpKind.NearBranch64)
            lifter.Ir.Goto(lifter.Instruction.NearBranchTarget);
        else
            lifter.Ir.GotoIndirect(lifter.Read(0));
    }

    [Lifts(Mnemonic.Call)]
    public static void Call(Lifter lifter)
    {
        var ir = lifter.Ir;
        if (IsFar(lifter))
        {
            lifter.Reject();
            return;
        }
        bool direct = lifter.Instruction.Op0Kind == OpKind.NearBranch64;
        var target = direct ? default : ir.Unary(IrOpcode.Move, lifter.Read(0));
        ir.Store(8, ir.Constant(lifter.Next), Slots.Rsp, default, unchecked((ulong)-8));
        ir.Into(Slots.Rsp, IrOpcode.Subtract, Slots.Rsp, Slot.Zero, 8);
        if (direct)
            ir.Goto(lifter.Instruction.NearBranchTarget);
        else
            ir.GotoIndirect(target);
    }

    /// <summary>RET, with or without bytes of arguments to drop.</summary>
    [Lifts(Mnemonic.Ret)]
    public static void Return(Lifter lifter)
    {
        var ir = lifter.Ir;
        ulong arguments = lifter.Instruction.OpCount == 0 ? 0 : lifter.Immediate(0);
        var target = ir.Load(8, Slots.Rsp);
        ir.Into(Slots.Rsp, IrOpcode.Add, Slots.Rsp, Slot.Zero, 8 + arguments);
        ir.GotoIndirect(target);
    }

    /// <summary>LOOP, LOOPE and LOOPNE; the address size chooses between rcx and ecx.</summary>
    [Lifts(Mnemonic.Loop, Mnemonic.Loope, Mnemonic.Loopne)]
    public static void Loop(Lifter lifter)
    {
        var ir = lifter.Ir;
        bool isShort = lifter.Instruction.Code is Code.Loop_rel8_64_ECX or Code.Loope_rel8_64_ECX or Code.Loopne_rel8_64_ECX;
        lifter.WriteLow(isShort ? 4 : 8, Slots.Rcx, ir.Subtract(Slots.Rcx, 1));
        var again = ir.NotEqual(Slots.Rcx, 0);
        if (lifter.Instruction.Mnemonic == Mnemonic.Loope)
            again = ir.And(again, Slots.ZF);
        else if (lifter.Instruction.Mnemonic == Mnemonic.Loopne)
            again = ir.And(again, ir.Xor(Slots.ZF, 1));
        Branch(lifter, new(again, false));
    }

    [Lifts(Mnemonic.Jrcxz, Mnemonic.Jecxz)]
    public static void JumpIfCountIsZero(Lifter lifter) =>
        Branch(lifter, new(lifter.ZeroExtend(lifter.Instruction.Mnemonic == Mnemonic.Jecxz ? 4 : 8, Slots.Rcx), true));

    private static void Branch(Lifter lifter, Lifter.Condition condition)
    {
        ulong target = lifter.Instruction.NearBranchTarget;
        var (whenSet, whenClear) = condition.Negated ? (lifter.Next, target) : (target, lifter.Next);
        lifter.Ir.GotoIf(condition.Slot, whenSet);
        lifter.Ir.Goto(whenClear);
    }

    /// <summary>
    /// Through another code segment: a user program of FreeBSD/amd64 has only the 32-bit one to go to, which is not emulated.
    /// </summary>
    private static bool IsFar(Lifter lifter) => lifter.Instruction.IsJmpFarIndirect || lifter.Instruction.IsCallFarIndirect;
}
