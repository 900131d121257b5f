using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Integer vector arithmetic of MMX, SSE and SSE2; methods are named as the instructions.</summary>
internal static class SseIntegers
{
    [Lifts(Mnemonic.Paddb)]
    public static void Paddb(Lifter lifter) => lifter.Packed(VectorInteger.Paddb);

    [Lifts(Mnemonic.Paddw)]
    public static void Paddw(Lifter lifter) => lifter.Packed(VectorInteger.Paddw);

    [Lifts(Mnemonic.Paddd)]
    public static void Paddd(Lifter lifter) => lifter.Packed(VectorInteger.Paddd);

    [Lifts(Mnemonic.Psubb)]
    public static void Psubb(Lifter lifter) => lifter.Packed(VectorInteger.Psubb);

    [Lifts(Mnemonic.Psubw)]
    public static void Psubw(Lifter lifter) => lifter.Packed(VectorInteger.Psubw);

    [Lifts(Mnemonic.Psubd)]
    public static void Psubd(Lifter lifter) => lifter.Packed(VectorInteger.Psubd);

    [Lifts(Mnemonic.Paddsb)]
    public static void Paddsb(Lifter lifter) => lifter.Packed(VectorInteger.Paddsb);

    [Lifts(Mnemonic.Paddsw)]
    public static void Paddsw(Lifter lifter) => lifter.Packed(VectorInteger.Paddsw);

    [Lifts(Mnemonic.Paddusb)]
    public static void Paddusb(Lifter lifter) => lifter.Packed(VectorInteger.Paddusb);

    [Lifts(Mnemonic.Paddusw)]
    public static void Paddusw(Lifter lifter) => lifter.Packed(VectorInteger.Paddusw);

    [Lifts(Mnemonic.Psubsb)]
    public static void Psubsb(Lifter lifter) => lifter.Packed(VectorInteger.Psubsb);

    [Lifts(Mnemonic.Psubsw)]
    public static void Psubsw(Lifter lifter) => lifter.Packed(VectorInteger.Psubsw);

    [Lifts(Mnemonic.Psubusb)]
    public static void Psubusb(Lifter lifter) => lifter.Packed(VectorInteger.Psubusb);

    [Lifts(Mnemonic.Psubusw)]
    public static void Psubusw(Lifter lifter) => lifter.Packed(VectorInteger.Psubusw);

    [Lifts(Mnemonic.Pmullw)]
    public static void Pmullw(Lifter lifter) => lifter.Packed(VectorInteger.Pmullw);

    [Lifts(Mnemonic.Pmulhw)]
    public static void Pmulhw(Lifter lifter) => lifter.Packed(VectorInteger.Pmulhw);

    [Lifts(Mnemonic.Pmulhuw)]
    public static void Pmulhuw(Lifter lifter) => lifter.Packed(VectorInteger.Pmulhuw);

    [Lifts(Mnemonic.Pmuludq)]
    public static void Pmuludq(Lifter lifter) => lifter.Packed(VectorInteger.Pmuludq);

    [Lifts(Mnemonic.Pmaddwd)]
    public static void Pmaddwd(Lifter lifter) => lifter.Packed(VectorInteger.Pmaddwd);

    [Lifts(Mnemonic.Pavgb)]
    public static void Pavgb(Lifter lifter) => lifter.Packed(VectorInteger.Pavgb);

    [Lifts(Mnemonic.Pavgw)]
    public static void Pavgw(Lifter lifter) => lifter.Packed(VectorInteger.Pavgw);

    [Lifts(Mnemonic.Psadbw)]
    public static void Psadbw(Lifter lifter) => lifter.Packed(VectorInteger.Psadbw);

    [Lifts(Mnemonic.Pminub)]
    public static void Pminub(Lifter lifter) => lifter.Packed(VectorInteger.Pminub);

    [Lifts(Mnemonic.Pmaxub)]
    public static void Pmaxub(Lifter lifter) => lifter.Packed(VectorInteger.Pmaxub);

    [Lifts(Mnemonic.Pminsw)]
    public static void Pminsw(Lifter lifter) => lifter.Packed(VectorInteger.Pminsw);

    [Lifts(Mnemonic.Pmaxsw)]
    public static void Pmaxsw(Lifter lifter) => lifter.Packed(VectorInteger.Pmaxsw);

    [Lifts(Mnemonic.Pcmpeqb)]
    public static void Pcmpeqb(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpeqb);

    [Lifts(Mnemonic.Pcmpeqw)]
    public static void Pcmpeqw(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpeqw);

    [Lifts(Mnemonic.Pcmpeqd)]
    public static void Pcmpeqd(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpeqd);

    [Lifts(Mnemonic.Pcmpgtb)]
    public static void Pcmpgtb(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpgtb);

    [Lifts(Mnemonic.Pcmpgtw)]
    public static void Pcmpgtw(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpgtw);

    [Lifts(Mnemonic.Pcmpgtd)]
    public static void Pcmpgtd(Lifter lifter) => lifter.Packed(VectorInteger.Pcmpgtd);

    [Lifts(Mnemonic.Paddq)]
    public static void Paddq(Lifter lifter) => lifter.Halves(IrOpcode.Add);

    [Lifts(Mnemonic.Psubq)]
    public static void Psubq(Lifter lifter) => lifter.Halves(IrOpcode.Subtract);
}
