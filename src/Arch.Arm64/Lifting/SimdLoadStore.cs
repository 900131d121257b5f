using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Loads and stores of one or two SIMD and floating-point registers. A load clears the bits above what it loads.</summary>
internal static class SimdLoadStore
{
    [Encoding("size 111101 opc imm12 Rn Rt", "LDR, STR (immediate, SIMD&FP, unsigned offset)")]
    public static void UnsignedOffset(Lifter lifter)
    {
        if (TrySize(lifter, out int bytes))
            Transfer(lifter, bytes, lifter.BaseAddress(), default, (ulong)(lifter.Imm12 * bytes));
    }

    [Encoding("size 111100 opc 0 imm9 00 Rn Rt", "LDUR, STUR (SIMD&FP)")]
    public static void Unscaled(Lifter lifter)
    {
        if (TrySize(lifter, out int bytes))
            Transfer(lifter, bytes, lifter.BaseAddress(), default, (ulong)lifter.Imm9);
    }

    [Encoding("size 111100 opc 0 imm9 01 Rn Rt", "LDR, STR (immediate, SIMD&FP, post-index)")]
    public static void PostIndex(Lifter lifter) => WithWriteBack(lifter, 0);

    [Encoding("size 111100 opc 0 imm9 11 Rn Rt", "LDR, STR (immediate, SIMD&FP, pre-index)")]
    public static void PreIndex(Lifter lifter) => WithWriteBack(lifter, (ulong)lifter.Imm9);

    [Encoding("size 111100 opc 1 Rm option S 10 Rn Rt", "LDR, STR (register, SIMD&FP)")]
    public static void RegisterOffset(Lifter lifter)
    {
        if (!TrySize(lifter, out int bytes) || (lifter.Option & 2) == 0)
            lifter.Reject();
        else
            Transfer(lifter, bytes, lifter.BaseAddress(), lifter.OffsetRegister(int.Log2(bytes)), 0);
    }

    [Encoding("opc 011100 imm19 Rt", "LDR (literal, SIMD&FP)")]
    public static void Literal(Lifter lifter)
    {
        int opc = lifter.Field(30, 2);
        if (opc == 3)
            lifter.Reject();
        else
            lifter.LoadVector(lifter.Rt, 4 << opc, Slot.Zero, default, LoadStore.LiteralAddress(lifter));
    }

    [Encoding("opc 1011000 L imm7 Rt2 Rn Rt", "LDNP, STNP (SIMD&FP)")]
    [Encoding("opc 1011010 L imm7 Rt2 Rn Rt", "LDP, STP (SIMD&FP, signed offset)")]
    public static void PairOffset(Lifter lifter) => Pair(lifter, isPostIndex: false, writesBack: false);

    [Encoding("opc 1011001 L imm7 Rt2 Rn Rt", "LDP, STP (SIMD&FP, post-index)")]
    public static void PairPostIndex(Lifter lifter) => Pair(lifter, isPostIndex: true, writesBack: true);

    [Encoding("opc 1011011 L imm7 Rt2 Rn Rt", "LDP, STP (SIMD&FP, pre-index)")]
    public static void PairPreIndex(Lifter lifter) => Pair(lifter, isPostIndex: false, writesBack: true);

    private static void WithWriteBack(Lifter lifter, ulong displacement)
    {
        if (!TrySize(lifter, out int bytes))
            return;
        Transfer(lifter, bytes, lifter.BaseAddress(), default, displacement);
        lifter.WriteBack((ulong)lifter.Imm9);
    }

    // opc<1>:size, the logarithm of the bytes.
    private static bool TrySize(Lifter lifter, out int bytes)
    {
        int scale = (lifter.IsSet(23) ? 4 : 0) + lifter.Size;
        bytes = 1 << scale;
        if (scale > 4)
            lifter.Reject();
        return scale <= 4;
    }

    private static void Transfer(Lifter lifter, int bytes, Slot address, Slot index, ulong displacement)
    {
        if (lifter.IsSet(22))
            lifter.LoadVector(lifter.Rt, bytes, address, index, displacement);
        else
            lifter.StoreVector(lifter.Rt, bytes, address, index, displacement);
    }

    private static void Pair(Lifter lifter, bool isPostIndex, bool writesBack)
    {
        int opc = lifter.Field(30, 2);
        if (opc == 3)
        {
            lifter.Reject();
            return;
        }
        int bytes = 4 << opc;
        ulong offset = (ulong)(lifter.Imm7 * bytes), displacement = isPostIndex ? 0 : offset;
        var (ir, address) = (lifter.Ir, lifter.BaseAddress());
        if (lifter.IsSet(22))
            LoadPair(lifter, bytes, address, displacement);
        else
        {
            ir.ProbeWrite(2 * bytes, address, displacement);
            lifter.StoreVector(lifter.Rt, bytes, address, default, displacement);
            lifter.StoreVector(lifter.Rt2, bytes, address, default, displacement + (ulong)bytes);
        }
        if (writesBack)
            lifter.WriteBack(offset);
    }

    // The first register is written when nothing can fault any more.
    private static void LoadPair(Lifter lifter, int bytes, Slot address, ulong displacement)
    {
        var ir = lifter.Ir;
        var (first, second) = (Lifter.V(lifter.Rt), Lifter.V(lifter.Rt2));
        if (bytes == 16)
        {
            var low = ir.Load128(address, displacement);
            ir.Append(new IrInstruction(IrOpcode.Load128, 16, second, address, default, default, displacement + 16));
            ir.Move(first, low);
            ir.Move(Lifter.High(first), Lifter.High(low));
            return;
        }
        var value = ir.Load(bytes, address, default, displacement);
        lifter.LoadVector(lifter.Rt2, bytes, address, default, displacement + (ulong)bytes);
        ir.Move(first, value);
        ir.Move(Lifter.High(first), Slot.Zero);
    }
}
