using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Bitwise operations, shifts and comparisons of SSE and SSE2.</summary>
internal static class SseLogic
{
    [Lifts(Mnemonic.Andps, Mnemonic.Andpd, Mnemonic.Pand)]
    public static void And(Lifter lifter) => lifter.Halves(IrOpcode.And);

    [Lifts(Mnemonic.Orps, Mnemonic.Orpd, Mnemonic.Por)]
    public static void Or(Lifter lifter) => lifter.Halves(IrOpcode.Or);

    [Lifts(Mnemonic.Xorps, Mnemonic.Xorpd, Mnemonic.Pxor)]
    public static void ExclusiveOr(Lifter lifter) => lifter.Halves(IrOpcode.Xor);

    [Lifts(Mnemonic.Andnps, Mnemonic.Andnpd, Mnemonic.Pandn)]
    public static void AndNot(Lifter lifter)
    {
        var ir = lifter.Ir;
        if (!lifter.IsMmx(0))
        {
            var (destination, source) = (lifter.Xmm(0), lifter.Source(1));
            var (low, high) = (ir.Unary(IrOpcode.Not, destination), ir.Unary(IrOpcode.Not, Lifter.High(destination)));
            ir.Into(destination, IrOpcode.And, low, source);
            ir.Into(Lifter.High(destination), IrOpcode.And, high, Lifter.High(source));
            return;
        }
        lifter.TrapWaitingError();
        lifter.WriteMmx(0, ir.And(ir.Unary(IrOpcode.Not, lifter.Mmx(0)), lifter.Source(1)));
        lifter.EnterMmxState();
    }

    [Lifts(Mnemonic.Psllw)]
    public static void Psllw(Lifter lifter) => Shift(lifter, VectorShift.Psllw);

    [Lifts(Mnemonic.Pslld)]
    public static void Pslld(Lifter lifter) => Shift(lifter, VectorShift.Pslld);

    [Lifts(Mnemonic.Psllq)]
    public static void Psllq(Lifter lifter) => Shift(lifter, VectorShift.Psllq);

    [Lifts(Mnemonic.Psrlw)]
    public static void Psrlw(Lifter lifter) => Shift(lifter, VectorShift.Psrlw);

    [Lifts(Mnemonic.Psrld)]
    public static void Psrld(Lifter lifter) => Shift(lifter, VectorShift.Psrld);

    [Lifts(Mnemonic.Psrlq)]
    public static void Psrlq(Lifter lifter) => Shift(lifter, VectorShift.Psrlq);

    [Lifts(Mnemonic.Psraw)]
    public static void Psraw(Lifter lifter) => Shift(lifter, VectorShift.Psraw);

    [Lifts(Mnemonic.Psrad)]
    public static void Psrad(Lifter lifter) => Shift(lifter, VectorShift.Psrad);

    /// <summary>A shift of the whole register, by bytes.</summary>
    [Lifts(Mnemonic.Pslldq)]
    public static void Pslldq(Lifter lifter)
    {
        var low = lifter.Xmm(0);
        ShiftAcross(lifter, low, Lifter.High(low), IrOpcode.ShiftLeft, IrOpcode.ShiftRight);
    }

    /// <inheritdoc cref="Pslldq"/>
    [Lifts(Mnemonic.Psrldq)]
    public static void Psrldq(Lifter lifter)
    {
        var low = lifter.Xmm(0);
        ShiftAcross(lifter, Lifter.High(low), low, IrOpcode.ShiftRight, IrOpcode.ShiftLeft);
    }

    [Lifts(Mnemonic.Cmpss)]
    public static void Cmpss(Lifter lifter) => lifter.ScalarOperation(SseComparison.Cmpss, 4, lifter.Immediate(2));

    [Lifts(Code.Cmpsd_xmm_xmmm64_imm8)]
    public static void Cmpsd(Lifter lifter) => lifter.ScalarOperation(SseComparison.Cmpsd, 8, lifter.Immediate(2));

    [Lifts(Mnemonic.Cmpps)]
    public static void Cmpps(Lifter lifter) => lifter.Packed(SseComparison.Cmpps, lifter.Immediate(2));

    [Lifts(Mnemonic.Cmppd)]
    public static void Cmppd(Lifter lifter) => lifter.Packed(SseComparison.Cmppd, lifter.Immediate(2));

    [Lifts(Mnemonic.Comiss)]
    public static void Comiss(Lifter lifter) => CompareToFlags(lifter, SseComparison.Comiss, 4);

    [Lifts(Mnemonic.Ucomiss)]
    public static void Ucomiss(Lifter lifter) => CompareToFlags(lifter, SseComparison.Ucomiss, 4);

    [Lifts(Mnemonic.Comisd)]
    public static void Comisd(Lifter lifter) => CompareToFlags(lifter, SseComparison.Comisd, 8);

    [Lifts(Mnemonic.Ucomisd)]
    public static void Ucomisd(Lifter lifter) => CompareToFlags(lifter, SseComparison.Ucomisd, 8);

    /// <summary>
    /// Shifts bits out of one half into the other, which <paramref name="away"/> does to both; shifts by 64 and more give 0.
    /// </summary>
    private static void ShiftAcross(Lifter lifter, Slot from, Slot into, IrOpcode away, IrOpcode back)
    {
        ulong count = 8 * lifter.Immediate(1);
        var crossing = count <= 64 ? lifter.Ir.Binary(back, from, 64 - count) : lifter.Ir.Binary(away, from, count - 64);
        lifter.Ir.Into(into, IrOpcode.Or, lifter.Ir.Binary(away, into, count), crossing);
        lifter.Ir.Into(from, away, from, Slot.Zero, count);
    }

    private static void Shift(Lifter lifter, Helper helper)
    {
        if (lifter.Instruction.GetOpKind(1) != OpKind.Immediate8)
        {
            lifter.Packed(helper);
            return;
        }
        ulong count = lifter.Immediate(1);
        if (!lifter.IsMmx(0))
        {
            lifter.Call(helper, lifter.Xmm(0), lifter.Xmm(0), immediate: count);
            return;
        }
        lifter.TrapWaitingError();
        var value = lifter.ReadMmx(0);
        lifter.Call(helper, value, value, immediate: count);
        lifter.WriteMmx(0, value);
        lifter.EnterMmxState();
    }

    private static void CompareToFlags(Lifter lifter, Helper helper, int size)
    {
        var result = lifter.Ir.Temporary();
        lifter.Call(helper, result, lifter.Xmm(0), lifter.Scalar(1, size));
        lifter.SetComparisonFlags(result);
    }
}
