using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Compare and exchange. Memory is written in either case, with its old value when the comparison fails, so that it must be writable;
/// a register keeps all its bits then. One guest instruction runs at a time, so the lock prefix needs nothing.
/// </summary>
internal static class CompareExchange
{
    [Lifts(Mnemonic.Cmpxchg)]
    public static void Exchange(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        var (accumulator, old, source) = (lifter.ZeroExtend(size, Slots.Rax), ir.Unary(IrOpcode.Move, lifter.Read(0)), lifter.Read(1));
        var equal = ir.Equal(accumulator, old);
        var result = ir.Select(equal, source, old);
        lifter.WriteIfMemory(0, result);
        lifter.SetCompareFlags(size, accumulator, old, lifter.ZeroExtend(size, ir.Subtract(accumulator, old)));
        WriteUnless(lifter, equal, size, Slots.Rax, old);
        if (size == 4 && !lifter.IsMemory(0))
            WriteUnless(lifter, ir.Xor(equal, 1), 4, Lifter.SlotOf(lifter.Instruction.Op0Register), source);
        else
            lifter.WriteIfRegister(0, result);
    }

    [Lifts(Mnemonic.Cmpxchg8b)]
    public static void Exchange8(Lifter lifter)
    {
        var ir = lifter.Ir;
        var old = lifter.Load(0, 8);
        var equal = ir.Equal(old, Pair(lifter, Slots.Rax, Slots.Rdx));
        lifter.Store(0, 8, ir.Select(equal, Pair(lifter, Slots.Rbx, Slots.Rcx), old));
        ir.Move(Slots.ZF, equal);
        WriteUnless(lifter, equal, 4, Slots.Rax, old);
        WriteUnless(lifter, equal, 4, Slots.Rdx, ir.ShiftRight(old, 32));
    }

    [Lifts(Mnemonic.Cmpxchg16b)]
    public static void Exchange16(Lifter lifter)
    {
        var ir = lifter.Ir;
        ir.TrapIf(ir.And(lifter.Address(0), 15), Traps.GeneralProtection);
        var old = lifter.ReadVector(0);
        var high = Lifter.High(old);
        var equal = ir.And(ir.Equal(old, Slots.Rax), ir.Equal(high, Slots.Rdx));
        var replacement = ir.Temporary128();
        ir.Move(replacement, ir.Select(equal, Slots.Rbx, old));
        ir.Move(Lifter.High(replacement), ir.Select(equal, Slots.Rcx, high));
        lifter.WriteVector(0, replacement);
        ir.Move(Slots.ZF, equal);
        WriteUnless(lifter, equal, 8, Slots.Rax, old);
        WriteUnless(lifter, equal, 8, Slots.Rdx, high);
    }

    private static Slot Pair(Lifter lifter, Slot low, Slot high) =>
        lifter.Ir.Or(lifter.ZeroExtend(4, low), lifter.Ir.ShiftLeft(high, 32));

    /// <summary>Writes a general register when <paramref name="condition"/> is 0, and otherwise leaves all 64 bits of it.</summary>
    private static void WriteUnless(Lifter lifter, Slot condition, int size, Slot register, Slot value)
    {
        var ir = lifter.Ir;
        var written = size switch
        {
            1 => ir.Binary(IrOpcode.Insert8, register, value),
            2 => ir.Binary(IrOpcode.Insert16, register, value),
            4 => ir.Unary(IrOpcode.ZeroExtend32, value),
            _ => value,
        };
        ir.Move(register, ir.Select(condition, register, written));
    }
}
