using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Lifting;

/// <summary>SSE4.1, and PCMPGTQ; methods are named as the instructions.</summary>
internal static class SseExtension
{
    [Lifts(Mnemonic.Pcmpeqq)]
    public static void Pcmpeqq(Lifter lifter) => lifter.Packed(VectorExtension.Pcmpeqq);

    [Lifts(Mnemonic.Pcmpgtq)]
    public static void Pcmpgtq(Lifter lifter) => lifter.Packed(VectorExtension.Pcmpgtq);

    [Lifts(Mnemonic.Packusdw)]
    public static void Packusdw(Lifter lifter) => lifter.Packed(VectorExtension.Packusdw);

    [Lifts(Mnemonic.Pmulld)]
    public static void Pmulld(Lifter lifter) => lifter.Packed(VectorExtension.Pmulld);

    [Lifts(Mnemonic.Pmuldq)]
    public static void Pmuldq(Lifter lifter) => lifter.Packed(VectorExtension.Pmuldq);

    [Lifts(Mnemonic.Pminsb)]
    public static void Pminsb(Lifter lifter) => lifter.Packed(VectorExtension.Pminsb);

    [Lifts(Mnemonic.Pmaxsb)]
    public static void Pmaxsb(Lifter lifter) => lifter.Packed(VectorExtension.Pmaxsb);

    [Lifts(Mnemonic.Pminsd)]
    public static void Pminsd(Lifter lifter) => lifter.Packed(VectorExtension.Pminsd);

    [Lifts(Mnemonic.Pmaxsd)]
    public static void Pmaxsd(Lifter lifter) => lifter.Packed(VectorExtension.Pmaxsd);

    [Lifts(Mnemonic.Pminuw)]
    public static void Pminuw(Lifter lifter) => lifter.Packed(VectorExtension.Pminuw);

    [Lifts(Mnemonic.Pmaxuw)]
    public static void Pmaxuw(Lifter lifter) => lifter.Packed(VectorExtension.Pmaxuw);

    [Lifts(Mnemonic.Pminud)]
    public static void Pminud(Lifter lifter) => lifter.Packed(VectorExtension.Pminud);

    [Lifts(Mnemonic.Pmaxud)]
    public static void Pmaxud(Lifter lifter) => lifter.Packed(VectorExtension.Pmaxud);

    [Lifts(Mnemonic.Pmovsxbw)]
    public static void Pmovsxbw(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxbw);

    [Lifts(Mnemonic.Pmovsxbd)]
    public static void Pmovsxbd(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxbd);

    [Lifts(Mnemonic.Pmovsxbq)]
    public static void Pmovsxbq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxbq);

    [Lifts(Mnemonic.Pmovsxwd)]
    public static void Pmovsxwd(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxwd);

    [Lifts(Mnemonic.Pmovsxwq)]
    public static void Pmovsxwq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxwq);

    [Lifts(Mnemonic.Pmovsxdq)]
    public static void Pmovsxdq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovsxdq);

    [Lifts(Mnemonic.Pmovzxbw)]
    public static void Pmovzxbw(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxbw);

    [Lifts(Mnemonic.Pmovzxbd)]
    public static void Pmovzxbd(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxbd);

    [Lifts(Mnemonic.Pmovzxbq)]
    public static void Pmovzxbq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxbq);

    [Lifts(Mnemonic.Pmovzxwd)]
    public static void Pmovzxwd(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxwd);

    [Lifts(Mnemonic.Pmovzxwq)]
    public static void Pmovzxwq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxwq);

    [Lifts(Mnemonic.Pmovzxdq)]
    public static void Pmovzxdq(Lifter lifter) => Widen(lifter, VectorExtension.Pmovzxdq);

    [Lifts(Mnemonic.Pblendvb)]
    public static void Pblendvb(Lifter lifter) => BlendByMask(lifter, VectorExtension.Pblendvb);

    [Lifts(Mnemonic.Blendvps)]
    public static void Blendvps(Lifter lifter) => BlendByMask(lifter, VectorExtension.Blendvps);

    [Lifts(Mnemonic.Blendvpd)]
    public static void Blendvpd(Lifter lifter) => BlendByMask(lifter, VectorExtension.Blendvpd);

    [Lifts(Mnemonic.Pblendw)]
    public static void Pblendw(Lifter lifter) => lifter.Packed(VectorSelection.Pblendw, lifter.Immediate(2));

    [Lifts(Mnemonic.Blendps)]
    public static void Blendps(Lifter lifter) => lifter.Packed(VectorSelection.Blendps, lifter.Immediate(2));

    [Lifts(Mnemonic.Mpsadbw)]
    public static void Mpsadbw(Lifter lifter) => lifter.Packed(VectorSelection.Mpsadbw, lifter.Immediate(2));

    [Lifts(Mnemonic.Phminposuw)]
    public static void Phminposuw(Lifter lifter) => lifter.Packed(VectorSelection.Phminposuw);

    [Lifts(Mnemonic.Dpps)]
    public static void Dpps(Lifter lifter) => lifter.Packed(SseHorizontal.Dpps, lifter.Immediate(2));

    [Lifts(Mnemonic.Dppd)]
    public static void Dppd(Lifter lifter) => lifter.Packed(SseHorizontal.Dppd, lifter.Immediate(2));

    [Lifts(Mnemonic.Roundps)]
    public static void Roundps(Lifter lifter) => lifter.Packed(SseHorizontal.Roundps, lifter.Immediate(2));

    [Lifts(Mnemonic.Roundpd)]
    public static void Roundpd(Lifter lifter) => lifter.Packed(SseHorizontal.Roundpd, lifter.Immediate(2));

    [Lifts(Mnemonic.Roundss)]
    public static void Roundss(Lifter lifter) => lifter.ScalarOperation(SseHorizontal.Roundss, 4, lifter.Immediate(2));

    [Lifts(Mnemonic.Roundsd)]
    public static void Roundsd(Lifter lifter) => lifter.ScalarOperation(SseHorizontal.Roundsd, 8, lifter.Immediate(2));

    /// <summary>Bit n of the immediate takes half n from the source.</summary>
    [Lifts(Mnemonic.Blendpd)]
    public static void Blendpd(Lifter lifter)
    {
        var source = lifter.Source(1);
        ulong choice = lifter.Immediate(2);
        if ((choice & 1) != 0)
            lifter.Ir.Move(lifter.Xmm(0), source);
        if ((choice & 2) != 0)
            lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), Lifter.High(source));
    }

    [Lifts(Mnemonic.Ptest)]
    public static void Ptest(Lifter lifter)
    {
        var flags = lifter.Ir.Temporary();
        lifter.Call(VectorSelection.Ptest, flags, lifter.Xmm(0), lifter.Source(1));
        lifter.SetComparisonFlags(flags);
    }

    [Lifts(Mnemonic.Pinsrb)]
    public static void Pinsrb(Lifter lifter) =>
        lifter.InsertLane(lifter.Xmm(0), 1, lifter.Immediate(2) & 15, lifter.IsMemory(1) ? lifter.Load(1, 1) : lifter.Read(1));

    [Lifts(Mnemonic.Pinsrd)]
    public static void Pinsrd(Lifter lifter) => lifter.InsertLane(lifter.Xmm(0), 4, lifter.Immediate(2) & 3, lifter.Read(1));

    [Lifts(Mnemonic.Pinsrq)]
    public static void Pinsrq(Lifter lifter) => lifter.InsertLane(lifter.Xmm(0), 8, lifter.Immediate(2) & 1, lifter.Read(1));

    [Lifts(Mnemonic.Pextrb)]
    public static void Pextrb(Lifter lifter) => Extract(lifter, 1, lifter.Immediate(2) & 15);

    [Lifts(Mnemonic.Pextrd, Mnemonic.Extractps)]
    public static void Pextrd(Lifter lifter) => Extract(lifter, 4, lifter.Immediate(2) & 3);

    [Lifts(Mnemonic.Pextrq)]
    public static void Pextrq(Lifter lifter) => Extract(lifter, 8, lifter.Immediate(2) & 1);

    /// <summary>Bits 6–7 of the immediate choose among the source register's lanes; in memory there is one.</summary>
    [Lifts(Mnemonic.Insertps)]
    public static void Insertps(Lifter lifter)
    {
        ulong choice = lifter.Immediate(2);
        var source = lifter.IsMemory(1) ? lifter.Load(1, 4) : lifter.ExtractLane(lifter.Xmm(1), 4, choice >> 6);
        lifter.Call(VectorSelection.Insertps, lifter.Xmm(0), lifter.Xmm(0), source, immediate: choice);
    }

    private static void Extract(Lifter lifter, int size, ulong number)
    {
        var value = lifter.ExtractLane(lifter.Xmm(1), size, number);
        if (lifter.IsMemory(0))
            lifter.Store(0, size, value);
        else
            lifter.Write(0, value);
    }

    private static void Widen(Lifter lifter, Helper helper) =>
        lifter.Call(helper, lifter.Xmm(0), b: lifter.IsMemory(1) ? lifter.ZeroExtended(lifter.Load(1, lifter.Size(1))) : lifter.Xmm(1));

    /// <summary>The mask is always xmm0.</summary>
    private static void BlendByMask(Lifter lifter, Helper helper) =>
        lifter.Call(helper, lifter.Xmm(0), lifter.Xmm(0), lifter.Source(1), Slots.Xmm(0));
}
