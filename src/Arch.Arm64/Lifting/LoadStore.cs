using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Loads and stores of one general register in every addressing mode.</summary>
internal static class LoadStore
{
    [Encoding("size 111001 opc imm12 Rn Rt", "LDR, STR (immediate, unsigned offset)")]
    public static void UnsignedOffset(Lifter lifter)
    {
        if (IsAllocated(lifter))
            Transfer(lifter, default, (ulong)lifter.Imm12 << lifter.Size);
    }

    [Encoding("size 111000 opc 0 imm9 00 Rn Rt", "LDUR, STUR")]
    [Encoding("size 111000 opc 0 imm9 10 Rn Rt", "LDTR, STTR")]
    public static void Unscaled(Lifter lifter)
    {
        // At EL0 the unprivileged forms are like the others, but there is no unprivileged prefetch.
        if (IsAllocated(lifter) && !(IsPrefetch(lifter) && lifter.IsSet(11)))
            Transfer(lifter, default, (ulong)lifter.Imm9);
        else
            lifter.Reject();
    }

    [Encoding("size 111000 opc 0 imm9 01 Rn Rt", "LDR, STR (immediate, post-index)")]
    public static void PostIndex(Lifter lifter) => WithWriteBack(lifter, 0);

    [Encoding("size 111000 opc 0 imm9 11 Rn Rt", "LDR, STR (immediate, pre-index)")]
    public static void PreIndex(Lifter lifter) => WithWriteBack(lifter, (ulong)lifter.Imm9);

    [Encoding("size 111000 opc 1 Rm option S 10 Rn Rt", "LDR, STR (register)")]
    public static void RegisterOffset(Lifter lifter)
    {
        if (!IsAllocated(lifter) || (lifter.Option & 2) == 0)
            lifter.Reject();
        else
            Transfer(lifter, lifter.OffsetRegister(lifter.Size), 0);
    }

    [Encoding("0 x 011000 imm19 Rt", "LDR (literal)")]
    public static void Literal(Lifter lifter)
    {
        var value = lifter.Ir.Load(lifter.IsSet(30) ? 8 : 4, Slot.Zero, default, LiteralAddress(lifter));
        lifter.WriteX(lifter.Rt, value);
    }

    [Encoding("10 011000 imm19 Rt", "LDRSW (literal)")]
    public static void LiteralSigned(Lifter lifter)
    {
        var value = lifter.Ir.Load(4, Slot.Zero, default, LiteralAddress(lifter));
        lifter.WriteX(lifter.Rt, lifter.Ir.Unary(IrOpcode.SignExtend32, value));
    }

    [Encoding("11 011000 imm19 Rt", "PRFM (literal)")]
    public static void LiteralPrefetch(Lifter lifter)
    {
        // As every prefetch.
    }

    /// <summary>Where a literal lies.</summary>
    public static ulong LiteralAddress(Lifter lifter) => lifter.Pc + (ulong)(lifter.Imm19 << 2);

    private static void WithWriteBack(Lifter lifter, ulong displacement)
    {
        if (!IsAllocated(lifter) || IsPrefetch(lifter))
        {
            lifter.Reject();
            return;
        }
        Transfer(lifter, default, displacement);
        lifter.WriteBack((ulong)lifter.Imm9);
    }

    private static int Opc(Lifter lifter) => lifter.Field(22, 2);

    private static bool IsPrefetch(Lifter lifter) => lifter.Size == 3 && Opc(lifter) == 2;

    // There is nothing to sign-extend a doubleword to, nor a word to 32 bits.
    private static bool IsAllocated(Lifter lifter)
    {
        if (lifter.Size >= 2 && Opc(lifter) == 3)
            lifter.Reject();
        return !lifter.IsRejected;
    }

    private static void Transfer(Lifter lifter, Slot index, ulong displacement)
    {
        // A prefetch is a hint and never faults, not even for the stack pointer's alignment.
        if (IsPrefetch(lifter))
            return;
        int bytes = 1 << lifter.Size;
        var address = lifter.BaseAddress();
        switch (Opc(lifter))
        {
            case 0:
                lifter.Ir.Store(bytes, Lifter.X(lifter.Rt), address, index, displacement);
                break;
            case 1:
                lifter.WriteX(lifter.Rt, lifter.Ir.Load(bytes, address, index, displacement));
                break;
            case 2:
                lifter.WriteX(lifter.Rt, lifter.Ir.Unary(SignExtension(bytes), lifter.Ir.Load(bytes, address, index, displacement)));
                break;
            default:
                lifter.WriteW(lifter.Rt, lifter.Ir.Unary(SignExtension(bytes), lifter.Ir.Load(bytes, address, index, displacement)));
                break;
        }
    }

    private static IrOpcode SignExtension(int bytes) =>
        bytes switch { 1 => IrOpcode.SignExtend8, 2 => IrOpcode.SignExtend16, _ => IrOpcode.SignExtend32 };
}
