using Arch.Amd64.Helpers;
using Iced.Intel;

namespace Arch.Amd64.Lifting;

/// <summary>SSSE3 in xmm and MMX registers, and the arithmetic of SSE3; methods are named as the instructions.</summary>
internal static class SseSupplement
{
    private const ulong LowIndices = 0x8787_8787_8787_8787;

    [Lifts(Mnemonic.Phaddw)]
    public static void Phaddw(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phaddw);

    [Lifts(Mnemonic.Phaddd)]
    public static void Phaddd(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phaddd);

    [Lifts(Mnemonic.Phaddsw)]
    public static void Phaddsw(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phaddsw);

    [Lifts(Mnemonic.Phsubw)]
    public static void Phsubw(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phsubw);

    [Lifts(Mnemonic.Phsubd)]
    public static void Phsubd(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phsubd);

    [Lifts(Mnemonic.Phsubsw)]
    public static void Phsubsw(Lifter lifter) => lifter.PackedAcross(VectorSupplement.Phsubsw);

    [Lifts(Mnemonic.Psignb)]
    public static void Psignb(Lifter lifter) => lifter.Packed(VectorSupplement.Psignb);

    [Lifts(Mnemonic.Psignw)]
    public static void Psignw(Lifter lifter) => lifter.Packed(VectorSupplement.Psignw);

    [Lifts(Mnemonic.Psignd)]
    public static void Psignd(Lifter lifter) => lifter.Packed(VectorSupplement.Psignd);

    [Lifts(Mnemonic.Pabsb)]
    public static void Pabsb(Lifter lifter) => lifter.Packed(VectorSupplement.Pabsb);

    [Lifts(Mnemonic.Pabsw)]
    public static void Pabsw(Lifter lifter) => lifter.Packed(VectorSupplement.Pabsw);

    [Lifts(Mnemonic.Pabsd)]
    public static void Pabsd(Lifter lifter) => lifter.Packed(VectorSupplement.Pabsd);

    [Lifts(Mnemonic.Pmaddubsw)]
    public static void Pmaddubsw(Lifter lifter) => lifter.Packed(VectorSupplement.Pmaddubsw);

    [Lifts(Mnemonic.Pmulhrsw)]
    public static void Pmulhrsw(Lifter lifter) => lifter.Packed(VectorSupplement.Pmulhrsw);

    /// <summary>Of an index the MMX form looks at three bits, and at the top one.</summary>
    [Lifts(Mnemonic.Pshufb)]
    public static void Pshufb(Lifter lifter)
    {
        if (!lifter.IsMmx(0))
        {
            lifter.Packed(VectorSupplement.Pshufb);
            return;
        }
        lifter.TrapWaitingError();
        var (value, indices) = (lifter.ReadMmx(0), lifter.Ir.And(lifter.Source(1), LowIndices));
        lifter.Call(VectorSupplement.Pshufb, value, value, lifter.ZeroExtended(indices));
        lifter.WriteMmx(0, value);
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Palignr)]
    public static void Palignr(Lifter lifter)
    {
        ulong count = lifter.Immediate(2);
        if (!lifter.IsMmx(0))
        {
            lifter.Packed(VectorSupplement.Palignr, count);
            return;
        }
        lifter.TrapWaitingError();
        // The sixteen bytes of both registers, shifted down: what a register above zeros gives.
        var joined = lifter.Pair(lifter.Source(1), lifter.Mmx(0));
        lifter.Call(VectorSupplement.Palignr, joined, lifter.ZeroExtended(default), joined, immediate: count);
        lifter.WriteMmx(0, joined);
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Haddpd)]
    public static void Haddpd(Lifter lifter) => lifter.Packed(SseHorizontal.Haddpd);

    [Lifts(Mnemonic.Haddps)]
    public static void Haddps(Lifter lifter) => lifter.Packed(SseHorizontal.Haddps);

    [Lifts(Mnemonic.Hsubpd)]
    public static void Hsubpd(Lifter lifter) => lifter.Packed(SseHorizontal.Hsubpd);

    [Lifts(Mnemonic.Hsubps)]
    public static void Hsubps(Lifter lifter) => lifter.Packed(SseHorizontal.Hsubps);

    [Lifts(Mnemonic.Addsubpd)]
    public static void Addsubpd(Lifter lifter) => lifter.Packed(SseHorizontal.Addsubpd);

    [Lifts(Mnemonic.Addsubps)]
    public static void Addsubps(Lifter lifter) => lifter.Packed(SseHorizontal.Addsubps);
}
