using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Moves of SSE, SSE2 and SSE3, between xmm registers, MMX registers, general registers and memory.</summary>
internal static class SseMoves
{
    private const ulong LowSingle = uint.MaxValue;

    [Lifts(Mnemonic.Movaps, Mnemonic.Movapd, Mnemonic.Movdqa, Mnemonic.Movntps, Mnemonic.Movntpd, Mnemonic.Movntdq, Mnemonic.Movntdqa)]
    public static void MoveAligned(Lifter lifter)
    {
        if (lifter.IsMemory(0))
            lifter.RequireAlignment(0);
        lifter.WriteVector(0, lifter.Source(1));
    }

    [Lifts(Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Lddqu)]
    public static void MoveUnaligned(Lifter lifter) => lifter.WriteVector(0, lifter.ReadVector(1));

    /// <summary>A load clears the rest of the register; a move between registers keeps it.</summary>
    [Lifts(Code.Movss_xmm_xmmm32, Code.Movss_xmmm32_xmm)]
    public static void MoveSingle(Lifter lifter)
    {
        var ir = lifter.Ir;
        if (lifter.IsMemory(0))
            lifter.Store(0, 4, lifter.Xmm(1));
        else if (lifter.IsMemory(1))
            SetLow(lifter, lifter.Load(1, 4));
        else
            ir.Into(lifter.Xmm(0), IrOpcode.Or, ir.And(lifter.Xmm(0), ~LowSingle), ir.And(lifter.Xmm(1), LowSingle));
    }

    /// <inheritdoc cref="MoveSingle"/>
    [Lifts(Code.Movsd_xmm_xmmm64, Code.Movsd_xmmm64_xmm)]
    public static void MoveDouble(Lifter lifter)
    {
        if (lifter.IsMemory(0))
            lifter.Store(0, 8, lifter.Xmm(1));
        else if (lifter.IsMemory(1))
            SetLow(lifter, lifter.Load(1, 8));
        else
            lifter.Ir.Move(lifter.Xmm(0), lifter.Xmm(1));
    }

    [Lifts(Mnemonic.Movlps, Mnemonic.Movlpd)]
    public static void MoveLow(Lifter lifter)
    {
        if (lifter.IsMemory(0))
            lifter.Store(0, 8, lifter.Xmm(1));
        else
            lifter.Ir.Move(lifter.Xmm(0), lifter.Load(1, 8));
    }

    [Lifts(Mnemonic.Movhps, Mnemonic.Movhpd)]
    public static void MoveHigh(Lifter lifter)
    {
        if (lifter.IsMemory(0))
            lifter.Store(0, 8, Lifter.High(lifter.Xmm(1)));
        else
            lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), lifter.Load(1, 8));
    }

    [Lifts(Mnemonic.Movhlps)]
    public static void MoveHighToLow(Lifter lifter) => lifter.Ir.Move(lifter.Xmm(0), Lifter.High(lifter.Xmm(1)));

    [Lifts(Mnemonic.Movlhps)]
    public static void MoveLowToHigh(Lifter lifter) => lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), lifter.Xmm(1));

    [Lifts(Code.Movd_xmm_rm32, Code.Movq_xmm_rm64)]
    public static void MoveFromGeneral(Lifter lifter) => SetLow(lifter, lifter.Read(1));

    [Lifts(Code.Movd_rm32_xmm, Code.Movq_rm64_xmm)]
    public static void MoveToGeneral(Lifter lifter) => lifter.Write(0, lifter.Xmm(1));

    [Lifts(Code.Movq_xmm_xmmm64, Code.Movq_xmmm64_xmm)]
    public static void MoveQuadword(Lifter lifter)
    {
        if (lifter.IsMemory(0))
            lifter.Store(0, 8, lifter.Xmm(1));
        else
            SetLow(lifter, lifter.Scalar(1, 8));
    }

    [Lifts(Code.Movd_mm_rm32, Code.Movq_mm_rm64)]
    public static void MoveFromGeneralToMmx(Lifter lifter)
    {
        lifter.TrapWaitingError();
        lifter.WriteMmx(0, lifter.Read(1));
        lifter.EnterMmxState();
    }

    [Lifts(Code.Movd_rm32_mm, Code.Movq_rm64_mm)]
    public static void MoveFromMmxToGeneral(Lifter lifter)
    {
        lifter.TrapWaitingError();
        lifter.Write(0, lifter.Mmx(1));
        lifter.EnterMmxState();
    }

    [Lifts(Code.Movq_mm_mmm64, Code.Movq_mmm64_mm, Code.Movntq_m64_mm)]
    public static void MoveMmx(Lifter lifter)
    {
        lifter.TrapWaitingError();
        if (lifter.IsMemory(0))
            lifter.Store(0, 8, lifter.Mmx(1));
        else
            lifter.WriteMmx(0, lifter.Source(1));
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Movdq2q)]
    public static void MoveXmmToMmx(Lifter lifter)
    {
        lifter.TrapWaitingError();
        lifter.WriteMmx(0, lifter.Xmm(1));
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Movq2dq)]
    public static void MoveMmxToXmm(Lifter lifter)
    {
        lifter.TrapWaitingError();
        SetLow(lifter, lifter.Mmx(1));
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Movddup)]
    public static void DuplicateLowDouble(Lifter lifter)
    {
        var value = lifter.Scalar(1, 8);
        lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), value);
        lifter.Ir.Move(lifter.Xmm(0), value);
    }

    [Lifts(Mnemonic.Movsldup)]
    public static void DuplicateEvenSingles(Lifter lifter) => lifter.Packed(VectorShuffle.Pshufd, 0b10_10_00_00);

    [Lifts(Mnemonic.Movshdup)]
    public static void DuplicateOddSingles(Lifter lifter) => lifter.Packed(VectorShuffle.Pshufd, 0b11_11_01_01);

    [Lifts(Mnemonic.Movmskpd)]
    public static void MoveDoubleSigns(Lifter lifter)
    {
        var ir = lifter.Ir;
        var high = ir.And(ir.ShiftRight(Lifter.High(lifter.Xmm(1)), 62), 2);
        lifter.Write(0, ir.Or(ir.ShiftRight(lifter.Xmm(1), 63), high));
    }

    [Lifts(Mnemonic.Movmskps)]
    public static void MoveSingleSigns(Lifter lifter) => MoveSigns(lifter, VectorShuffle.Movmskps, lifter.Xmm(1));

    [Lifts(Mnemonic.Pmovmskb)]
    public static void MoveByteSigns(Lifter lifter)
    {
        if (!lifter.IsMmx(1))
        {
            MoveSigns(lifter, VectorShuffle.Pmovmskb, lifter.Xmm(1));
            return;
        }
        lifter.TrapWaitingError();
        MoveSigns(lifter, VectorShuffle.Pmovmskb, lifter.ReadMmx(1));
        lifter.EnterMmxState();
    }

    /// <summary>Operand 0 is where rdi points, all of which must be writable; bytes whose mask's sign is clear are not written.</summary>
    [Lifts(Mnemonic.Maskmovdqu, Mnemonic.Maskmovq)]
    public static void MoveMasked(Lifter lifter)
    {
        bool mmx = lifter.IsMmx(1);
        if (mmx)
            lifter.TrapWaitingError();
        var address = lifter.Address(0);
        // Intel's processors look at the high half first, which the address of a fault shows.
        if (!mmx)
            lifter.Ir.ProbeWrite(8, address, 8);
        lifter.Ir.ProbeWrite(8, address);
        lifter.Call(VectorShuffle.Maskmov, a: lifter.Source(1), b: lifter.Source(2), c: address, immediate: mmx ? 8u : 16u);
        if (mmx)
            lifter.EnterMmxState();
    }

    private static void MoveSigns(Lifter lifter, Helper helper, Slot source)
    {
        var signs = lifter.Ir.Temporary();
        lifter.Call(helper, signs, b: source);
        lifter.Write(0, signs);
    }

    private static void SetLow(Lifter lifter, Slot value)
    {
        lifter.Ir.Move(lifter.Xmm(0), value);
        lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), 0);
    }
}
