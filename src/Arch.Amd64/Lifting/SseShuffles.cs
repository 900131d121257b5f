using Arch.Amd64.Helpers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Shuffles, interleaves, packs and word insertion of MMX, SSE and SSE2.</summary>
internal static class SseShuffles
{
    [Lifts(Mnemonic.Pshufd)]
    public static void Pshufd(Lifter lifter) => lifter.Packed(VectorShuffle.Pshufd, lifter.Immediate(2));

    [Lifts(Mnemonic.Pshuflw)]
    public static void Pshuflw(Lifter lifter) => lifter.Packed(VectorShuffle.Pshuflw, lifter.Immediate(2));

    [Lifts(Mnemonic.Pshufhw)]
    public static void Pshufhw(Lifter lifter) => lifter.Packed(VectorShuffle.Pshufhw, lifter.Immediate(2));

    [Lifts(Mnemonic.Pshufw)]
    public static void Pshufw(Lifter lifter) => lifter.Packed(VectorShuffle.Pshufw, lifter.Immediate(2));

    [Lifts(Mnemonic.Shufps)]
    public static void Shufps(Lifter lifter) => lifter.Packed(VectorShuffle.Shufps, lifter.Immediate(2));

    /// <summary>Bit 0 chooses the half of the destination that stays, bit 1 that of the source.</summary>
    [Lifts(Mnemonic.Shufpd)]
    public static void Shufpd(Lifter lifter)
    {
        ulong choice = lifter.Immediate(2);
        var (destination, source) = (lifter.Xmm(0), lifter.Source(1));
        SetHalves(lifter, (choice & 1) == 0 ? destination : Lifter.High(destination), (choice & 2) == 0 ? source : Lifter.High(source));
    }

    [Lifts(Mnemonic.Unpcklpd, Mnemonic.Punpcklqdq)]
    public static void InterleaveLowQuadwords(Lifter lifter) => lifter.Ir.Move(Lifter.High(lifter.Xmm(0)), lifter.Source(1));

    [Lifts(Mnemonic.Unpckhpd, Mnemonic.Punpckhqdq)]
    public static void InterleaveHighQuadwords(Lifter lifter) => SetHalves(lifter, Lifter.High(lifter.Xmm(0)), Lifter.High(lifter.Source(1)));

    [Lifts(Mnemonic.Punpcklbw)]
    public static void Punpcklbw(Lifter lifter) => lifter.Packed(VectorShuffle.Punpcklbw);

    [Lifts(Mnemonic.Punpcklwd)]
    public static void Punpcklwd(Lifter lifter) => lifter.Packed(VectorShuffle.Punpcklwd);

    [Lifts(Mnemonic.Punpckldq, Mnemonic.Unpcklps)]
    public static void Punpckldq(Lifter lifter) => lifter.Packed(VectorShuffle.Punpckldq);

    [Lifts(Mnemonic.Punpckhbw)]
    public static void Punpckhbw(Lifter lifter) => InterleaveHigh(lifter, VectorShuffle.Punpckhbw, VectorShuffle.Punpcklbw);

    [Lifts(Mnemonic.Punpckhwd)]
    public static void Punpckhwd(Lifter lifter) => InterleaveHigh(lifter, VectorShuffle.Punpckhwd, VectorShuffle.Punpcklwd);

    [Lifts(Mnemonic.Punpckhdq, Mnemonic.Unpckhps)]
    public static void Punpckhdq(Lifter lifter) => InterleaveHigh(lifter, VectorShuffle.Punpckhdq, VectorShuffle.Punpckldq);

    [Lifts(Mnemonic.Packsswb)]
    public static void Packsswb(Lifter lifter) => lifter.PackedAcross(VectorShuffle.Packsswb);

    [Lifts(Mnemonic.Packssdw)]
    public static void Packssdw(Lifter lifter) => lifter.PackedAcross(VectorShuffle.Packssdw);

    [Lifts(Mnemonic.Packuswb)]
    public static void Packuswb(Lifter lifter) => lifter.PackedAcross(VectorShuffle.Packuswb);

    [Lifts(Mnemonic.Pinsrw)]
    public static void Pinsrw(Lifter lifter)
    {
        ulong number = lifter.Immediate(2);
        bool mmx = lifter.IsMmx(0);
        if (mmx)
            lifter.TrapWaitingError();
        var word = lifter.IsMemory(1) ? lifter.Load(1, 2) : lifter.Read(1);
        if (!mmx)
        {
            lifter.InsertLane(lifter.Xmm(0), 2, number & 7, word);
            return;
        }
        var value = lifter.ReadMmx(0);
        lifter.InsertLane(value, 2, number & 3, word);
        lifter.WriteMmx(0, value);
        lifter.EnterMmxState();
    }

    /// <summary>The form with a memory operand is SSE4.1's.</summary>
    [Lifts(Mnemonic.Pextrw)]
    public static void Pextrw(Lifter lifter)
    {
        ulong number = lifter.Immediate(2);
        if (lifter.IsMmx(1))
        {
            lifter.TrapWaitingError();
            lifter.Write(0, lifter.ExtractLane(lifter.Mmx(1), 2, number & 3));
            lifter.EnterMmxState();
            return;
        }
        var word = lifter.ExtractLane(lifter.Xmm(1), 2, number & 7);
        if (lifter.IsMemory(0))
            lifter.Store(0, 2, word);
        else
            lifter.Write(0, word);
    }

    extension(Lifter lifter)
    {
        /// <summary>
        /// Replaces lane <paramref name="number"/> of 1, 2, 4 or 8 bytes in the vector that begins at slot <paramref name="vector"/>.
        /// </summary>
        public void InsertLane(Slot vector, int size, ulong number, Slot value)
        {
            var ir = lifter.Ir;
            var (half, shift) = Lane(vector, size, number);
            if (size == 8)
            {
                ir.Move(half, value);
                return;
            }
            ulong mask = Lifter.Mask(size) << shift;
            ir.Into(half, IrOpcode.Or, ir.And(half, ~mask), ir.ShiftLeft(ir.And(value, Lifter.Mask(size)), (ulong)shift));
        }

        /// <summary>Lane <paramref name="number"/>, zero-extended.</summary>
        public Slot ExtractLane(Slot vector, int size, ulong number)
        {
            var (half, shift) = Lane(vector, size, number);
            return lifter.ZeroExtend(size, lifter.Ir.ShiftRight(half, (ulong)shift));
        }
    }

    private static (Slot Half, int Shift) Lane(Slot vector, int size, ulong number)
    {
        ulong offset = number * (ulong)size;
        return (offset < 8 ? vector : Lifter.High(vector), 8 * (int)(offset & 7));
    }

    /// <summary>The MMX form's result is the upper half of what interleaving the low halves gives.</summary>
    private static void InterleaveHigh(Lifter lifter, Helper helper, Helper low)
    {
        if (!lifter.IsMmx(0))
        {
            lifter.Packed(helper);
            return;
        }
        lifter.TrapWaitingError();
        var (first, second) = (lifter.ReadMmx(0), lifter.Source(1));
        lifter.Call(low, first, first, second);
        lifter.WriteMmx(0, Lifter.High(first));
        lifter.EnterMmxState();
    }

    private static void SetHalves(Lifter lifter, Slot low, Slot high)
    {
        var pair = lifter.Pair(low, high);
        lifter.WriteVector(0, pair);
    }
}
