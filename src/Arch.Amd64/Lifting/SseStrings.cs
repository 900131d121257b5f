using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>The text comparisons of SSE4.2, whose memory operands need no alignment, and CRC32.</summary>
internal static class SseStrings
{
    [Lifts(Mnemonic.Pcmpistri)]
    public static void Pcmpistri(Lifter lifter) => SetIndex(lifter, CompareImplicit(lifter));

    [Lifts(Mnemonic.Pcmpistrm)]
    public static void Pcmpistrm(Lifter lifter) => SetMask(lifter, CompareImplicit(lifter));

    [Lifts(Mnemonic.Pcmpestri, Mnemonic.Pcmpestri64)]
    public static void Pcmpestri(Lifter lifter) => SetIndex(lifter, CompareExplicit(lifter));

    [Lifts(Mnemonic.Pcmpestrm, Mnemonic.Pcmpestrm64)]
    public static void Pcmpestrm(Lifter lifter) => SetMask(lifter, CompareExplicit(lifter));

    [Lifts(Mnemonic.Crc32)]
    public static void Crc32(Lifter lifter)
    {
        var result = lifter.Ir.Temporary();
        lifter.Call(VectorSelection.Crc32, result, lifter.Read(0), lifter.Read(1), immediate: (ulong)lifter.Size(1));
        lifter.Write(0, result);
    }

    /// <summary>A pair: the flags, the bits of the result.</summary>
    private static Slot CompareImplicit(Lifter lifter)
    {
        var outcome = lifter.Ir.Temporary128();
        lifter.Call(VectorStrings.Implicit, outcome, lifter.Xmm(0), lifter.ReadVector(1), immediate: lifter.Immediate(2));
        return outcome;
    }

    /// <summary>The lengths are in eax and edx, or with REX.W in rax and rdx.</summary>
    private static Slot CompareExplicit(Lifter lifter)
    {
        bool wide = lifter.Instruction.Mnemonic is Mnemonic.Pcmpestri64 or Mnemonic.Pcmpestrm64;
        var lengths = wide
            ? lifter.Pair(Slots.Rax, Slots.Rdx)
            : lifter.Pair(lifter.SignExtend(4, Slots.Rax), lifter.SignExtend(4, Slots.Rdx));
        var outcome = lifter.Ir.Temporary128();
        lifter.Call(VectorStrings.Explicit, outcome, lifter.Xmm(0), lifter.ReadVector(1), lengths, lifter.Immediate(2));
        return outcome;
    }

    private static void SetIndex(Lifter lifter, Slot outcome)
    {
        var index = lifter.Ir.Temporary();
        lifter.Call(VectorStrings.Index, index, Lifter.High(outcome), immediate: lifter.Immediate(2));
        lifter.Ir.Move(Slots.Rcx, index);
        SetFlags(lifter, outcome);
    }

    private static void SetMask(Lifter lifter, Slot outcome)
    {
        lifter.Call(VectorStrings.Mask, Slots.Xmm(0), Lifter.High(outcome), immediate: lifter.Immediate(2));
        SetFlags(lifter, outcome);
    }

    private static void SetFlags(Lifter lifter, Slot flags)
    {
        var ir = lifter.Ir;
        ir.Move(Slots.CF, ir.And(flags, 1));
        ir.Move(Slots.ZF, ir.And(ir.ShiftRight(flags, 6), 1));
        ir.Move(Slots.SF, ir.And(ir.ShiftRight(flags, 7), 1));
        ir.Move(Slots.OF, ir.And(ir.ShiftRight(flags, 11), 1));
        ir.Move(Slots.AF, 0);
        ir.Move(Slots.PF, 0);
    }
}
