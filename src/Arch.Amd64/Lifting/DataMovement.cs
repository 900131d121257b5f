using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Moves, exchanges, extensions and address computation.</summary>
internal static class DataMovement
{
    [Lifts(Mnemonic.Mov, Mnemonic.Movzx, Mnemonic.Movnti)]
    public static void Move(Lifter lifter) => lifter.Write(0, lifter.Read(1));

    [Lifts(Mnemonic.Movsx, Mnemonic.Movsxd)]
    public static void MoveSigned(Lifter lifter) => lifter.Write(0, lifter.ReadSigned(1));

    [Lifts(Mnemonic.Lea)]
    public static void LoadEffectiveAddress(Lifter lifter) => lifter.Write(0, lifter.EffectiveAddress(1));

    /// <summary>
    /// Memory is written first, because it can fault. The lock that an exchange with it implies needs nothing: one CPU runs at a time.
    /// </summary>
    [Lifts(Mnemonic.Xchg)]
    public static void Exchange(Lifter lifter)
    {
        var first = lifter.Ir.Unary(IrOpcode.Move, lifter.Read(0));
        var second = lifter.Ir.Unary(IrOpcode.Move, lifter.Read(1));
        int memory = lifter.IsMemory(1) ? 1 : 0;
        lifter.Write(memory, memory == 0 ? second : first);
        lifter.Write(1 - memory, memory == 0 ? first : second);
    }

    /// <summary>The source is read, and a 32-bit destination's upper half cleared, whether or not the condition holds.</summary>
    [Lifts(Mnemonic.Cmova, Mnemonic.Cmovae, Mnemonic.Cmovb, Mnemonic.Cmovbe, Mnemonic.Cmove, Mnemonic.Cmovg, Mnemonic.Cmovge,
        Mnemonic.Cmovl, Mnemonic.Cmovle, Mnemonic.Cmovne, Mnemonic.Cmovno, Mnemonic.Cmovnp, Mnemonic.Cmovns, Mnemonic.Cmovo,
        Mnemonic.Cmovp, Mnemonic.Cmovs)]
    public static void MoveIf(Lifter lifter)
    {
        var (old, source) = (lifter.Read(0), lifter.Read(1));
        var condition = lifter.Tested;
        var (whenSet, whenClear) = condition.Negated ? (old, source) : (source, old);
        lifter.Write(0, lifter.Ir.Select(condition.Slot, whenSet, whenClear));
    }

    [Lifts(Mnemonic.Seta, Mnemonic.Setae, Mnemonic.Setb, Mnemonic.Setbe, Mnemonic.Sete, Mnemonic.Setg, Mnemonic.Setge, Mnemonic.Setl,
        Mnemonic.Setle, Mnemonic.Setne, Mnemonic.Setno, Mnemonic.Setnp, Mnemonic.Setns, Mnemonic.Seto, Mnemonic.Setp, Mnemonic.Sets)]
    public static void SetIf(Lifter lifter)
    {
        var condition = lifter.Tested;
        lifter.Write(0, condition.Negated ? lifter.Ir.Xor(condition.Slot, 1) : condition.Slot);
    }

    /// <summary>With a 16-bit operand the result is undefined; processors clear it.</summary>
    [Lifts(Mnemonic.Bswap)]
    public static void ByteSwap(Lifter lifter) =>
        lifter.Write(0, lifter.Size(0) == 2 ? Slot.Zero : Swapped(lifter, lifter.Size(0), lifter.Read(0)));

    [Lifts(Mnemonic.Movbe)]
    public static void MoveBigEndian(Lifter lifter) => lifter.Write(0, Swapped(lifter, lifter.Size(0), lifter.Read(1)));

    [Lifts(Mnemonic.Cbw, Mnemonic.Cwde, Mnemonic.Cdqe)]
    public static void ExtendAccumulator(Lifter lifter)
    {
        int size = lifter.Instruction.Mnemonic switch { Mnemonic.Cbw => 2, Mnemonic.Cwde => 4, _ => 8 };
        lifter.WriteLow(size, Slots.Rax, lifter.SignExtend(size / 2, Slots.Rax));
    }

    [Lifts(Mnemonic.Cwd, Mnemonic.Cdq, Mnemonic.Cqo)]
    public static void ExtendIntoRdx(Lifter lifter)
    {
        int size = lifter.Instruction.Mnemonic switch { Mnemonic.Cwd => 2, Mnemonic.Cdq => 4, _ => 8 };
        var sign = lifter.Ir.Binary(IrOpcode.ShiftRightSigned, lifter.SignExtend(size, Slots.Rax), 63);
        lifter.WriteLow(size, Slots.Rdx, sign);
    }

    [Lifts(Mnemonic.Xlatb)]
    public static void TableLookup(Lifter lifter) => lifter.WriteLow(1, Slots.Rax, lifter.Load(0, 1));

    private static Slot Swapped(Lifter lifter, int size, Slot value) => size switch
    {
        2 => lifter.Ir.ShiftRight(lifter.Ir.Unary(IrOpcode.ByteSwap32, value), 16),
        4 => lifter.Ir.Unary(IrOpcode.ByteSwap32, value),
        _ => lifter.Ir.Unary(IrOpcode.ByteSwap64, value),
    };
}
