using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// String instructions. A repeated one does one iteration and branches to itself while more are due: it can be interrupted between
/// iterations, faults at the element it got to, and each iteration counts as an instruction.
/// </summary>
internal static class Strings
{
    [Lifts(Code.Movsb_m8_m8, Code.Movsw_m16_m16, Code.Movsd_m32_m32, Code.Movsq_m64_m64)]
    public static void Move(Lifter lifter)
    {
        BeginIteration(lifter);
        lifter.Write(0, lifter.Read(1));
        Advance(lifter, Slots.Rsi, Slots.Rdi);
        EndIteration(lifter);
    }

    [Lifts(Mnemonic.Stosb, Mnemonic.Stosw, Mnemonic.Stosd, Mnemonic.Stosq)]
    public static void Store(Lifter lifter)
    {
        BeginIteration(lifter);
        lifter.Write(0, Slots.Rax);
        Advance(lifter, Slots.Rdi);
        EndIteration(lifter);
    }

    [Lifts(Mnemonic.Lodsb, Mnemonic.Lodsw, Mnemonic.Lodsd, Mnemonic.Lodsq)]
    public static void Load(Lifter lifter)
    {
        BeginIteration(lifter);
        lifter.Write(0, lifter.Read(1));
        Advance(lifter, Slots.Rsi);
        EndIteration(lifter);
    }

    [Lifts(Code.Cmpsb_m8_m8, Code.Cmpsw_m16_m16, Code.Cmpsd_m32_m32, Code.Cmpsq_m64_m64)]
    public static void Compare(Lifter lifter)
    {
        BeginIteration(lifter);
        Compare(lifter, lifter.Read(0), lifter.Read(1), Slots.Rsi, Slots.Rdi);
    }

    [Lifts(Mnemonic.Scasb, Mnemonic.Scasw, Mnemonic.Scasd, Mnemonic.Scasq)]
    public static void Scan(Lifter lifter)
    {
        BeginIteration(lifter);
        Compare(lifter, lifter.ZeroExtend(lifter.Size(0), Slots.Rax), lifter.Read(1), Slots.Rdi);
    }

    /// <summary>
    /// Only the iteration that ends a repeated comparison sets flags: a fault or a trap before it shows those from before the instruction
    /// (Intel SDM volume 2, REP).
    /// </summary>
    private static void Compare(Lifter lifter, Slot a, Slot b, params ReadOnlySpan<Slot> pointers)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        Advance(lifter, pointers);
        if (IsRepeated(lifter))
            ir.GotoIf(ir.And(CountDown(lifter), lifter.Instruction.HasRepnePrefix ? ir.NotEqual(a, b) : ir.Equal(a, b)), lifter.Pc);
        lifter.SetCompareFlags(size, a, b, lifter.ZeroExtend(size, ir.Subtract(a, b)));
        if (IsRepeated(lifter))
            ir.Goto(lifter.Next);
    }

    private static bool IsRepeated(Lifter lifter) => lifter.Instruction.HasRepPrefix || lifter.Instruction.HasRepnePrefix;

    /// <summary>Bytes of rsi, rdi and rcx that count: 4 with the address-size prefix.</summary>
    private static int AddressSize(Lifter lifter) =>
        IsShort(lifter.Instruction.Op0Kind) || IsShort(lifter.Instruction.Op1Kind) ? 4 : 8;

    private static bool IsShort(OpKind kind) => kind is OpKind.MemorySegESI or OpKind.MemoryESEDI;

    private static void BeginIteration(Lifter lifter)
    {
        if (!IsRepeated(lifter))
            return;
        var done = lifter.Ir.Equal(lifter.ZeroExtend(AddressSize(lifter), Slots.Rcx), 0);
        lifter.Ir.GotoIf(done, lifter.Next);
    }

    /// <summary>Moves the pointers to the next element, up or down as DF says.</summary>
    private static void Advance(Lifter lifter, params ReadOnlySpan<Slot> pointers)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        var back = ir.Subtract(Slot.Zero, ir.ShiftLeft(Slots.DF, (ulong)int.Log2(size) + 1));
        foreach (var pointer in pointers)
        {
            var moved = ir.Temporary();
            ir.Into(moved, IrOpcode.Add, pointer, back, (ulong)size);
            lifter.WriteLow(AddressSize(lifter), pointer, moved);
        }
    }

    /// <summary>Counts, and goes round again unless the count is used up.</summary>
    private static void EndIteration(Lifter lifter)
    {
        if (!IsRepeated(lifter))
            return;
        lifter.Ir.GotoIf(CountDown(lifter), lifter.Pc);
        lifter.Ir.Goto(lifter.Next);
    }

    /// <summary>Decrements the count; 1 while it is not used up.</summary>
    private static Slot CountDown(Lifter lifter)
    {
        lifter.WriteLow(AddressSize(lifter), Slots.Rcx, lifter.Ir.Subtract(Slots.Rcx, 1));
        return lifter.Ir.NotEqual(Slots.Rcx, 0);
    }
}
