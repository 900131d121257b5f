using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Bit fields, extraction from pairs, variable shifts, counts and reversals of bits.</summary>
internal static class BitFields
{
    [Encoding("sf 00 100110 N immr imms Rn Rd", "SBFM")]
    public static void Signed(Lifter lifter)
    {
        if (IsUnallocated(lifter))
            return;
        var ir = lifter.Ir;
        // The field's top bit to bit 63, then back down with its sign.
        ulong up = (ulong)(63 - lifter.Imms);
        var field = ir.ShiftLeft(Lifter.X(lifter.Rn), up);
        lifter.Write(lifter.Rd, lifter.Imms >= lifter.Immr
            ? ir.Binary(IrOpcode.ShiftRightSigned, field, up + (ulong)lifter.Immr)
            : ir.ShiftLeft(ir.Binary(IrOpcode.ShiftRightSigned, field, up), (ulong)(lifter.Bits - lifter.Immr)));
    }

    [Encoding("sf 10 100110 N immr imms Rn Rd", "UBFM")]
    public static void Unsigned(Lifter lifter)
    {
        if (!IsUnallocated(lifter))
            lifter.Write(lifter.Rd, Field(lifter));
    }

    [Encoding("sf 01 100110 N immr imms Rn Rd", "BFM")]
    public static void Insert(Lifter lifter)
    {
        if (IsUnallocated(lifter))
            return;
        bool isLow = lifter.Imms >= lifter.Immr;
        ulong mask = isLow
            ? BitMasks.Ones(lifter.Imms - lifter.Immr + 1)
            : BitMasks.Ones(lifter.Imms + 1) << (lifter.Bits - lifter.Immr);
        lifter.Write(lifter.Rd, lifter.Ir.Or(lifter.Ir.And(Lifter.X(lifter.Rd), ~mask), Field(lifter)));
    }

    [Encoding("sf 00 100111 N 0 Rm imms Rn Rd", "EXTR")]
    public static void Extract(Lifter lifter)
    {
        if (lifter.N != (lifter.Sf ? 1 : 0) || (!lifter.Sf && lifter.Imms >= 32))
        {
            lifter.Reject();
            return;
        }
        var ir = lifter.Ir;
        int low = lifter.Imms;
        if (lifter.Rn == lifter.Rm)
            lifter.Write(lifter.Rd, ir.Binary(lifter.Sf ? IrOpcode.RotateRight : IrOpcode.RotateRight32, Lifter.X(lifter.Rn), (ulong)low));
        else if (low == 0)
            lifter.Write(lifter.Rd, Lifter.X(lifter.Rm));
        else
            lifter.Write(lifter.Rd, ir.Or(
                ir.ShiftRight(lifter.Read(lifter.Rm), (ulong)low), ir.ShiftLeft(Lifter.X(lifter.Rn), (ulong)(lifter.Bits - low))));
    }

    [Encoding("sf 0011010110 Rm 0010 xx Rn Rd", "LSLV, LSRV, ASRV, RORV")]
    public static void VariableShift(Lifter lifter) =>
        lifter.Write(lifter.Rd, lifter.ShiftedBy(Lifter.X(lifter.Rm), lifter.Field(10, 2)));

    [Encoding("sf 101101011000000000100 Rn Rd", "CLZ")]
    public static void CountLeadingZeros(Lifter lifter) => lifter.Write(lifter.Rd, LeadingZeros(lifter, lifter.Read(lifter.Rn)));

    [Encoding("sf 101101011000000000101 Rn Rd", "CLS")]
    public static void CountLeadingSigns(Lifter lifter)
    {
        var ir = lifter.Ir;
        var value = lifter.Sf ? Lifter.X(lifter.Rn) : ir.Unary(IrOpcode.SignExtend32, Lifter.X(lifter.Rn));
        // A bit differs from the one below it: those above the first such pair are signs.
        var changes = lifter.Cut(ir.ShiftRight(ir.Xor(value, ir.ShiftLeft(value, 1)), 1));
        lifter.Write(lifter.Rd, ir.Subtract(LeadingZeros(lifter, changes), 1));
    }

    [Encoding("sf 101101011000000000000 Rn Rd", "RBIT")]
    public static void ReverseBits(Lifter lifter)
    {
        var ir = lifter.Ir;
        var value = Lifter.X(lifter.Rn);
        value = Swap(value, 1, 0x5555_5555_5555_5555);
        value = Swap(value, 2, 0x3333_3333_3333_3333);
        value = Swap(value, 4, 0x0f0f_0f0f_0f0f_0f0f);
        lifter.Write(lifter.Rd, ir.Unary(lifter.Sf ? IrOpcode.ByteSwap64 : IrOpcode.ByteSwap32, value));

        Slot Swap(Slot bits, ulong distance, ulong mask) =>
            ir.Or(ir.And(ir.ShiftRight(bits, distance), mask), ir.ShiftLeft(ir.And(bits, mask), distance));
    }

    [Encoding("sf 101101011000000000001 Rn Rd", "REV16")]
    public static void ReverseBytesInHalfwords(Lifter lifter)
    {
        const ulong mask = 0x00ff_00ff_00ff_00ff;
        var ir = lifter.Ir;
        var value = Lifter.X(lifter.Rn);
        lifter.Write(lifter.Rd, ir.Or(ir.And(ir.ShiftRight(value, 8), mask), ir.ShiftLeft(ir.And(value, mask), 8)));
    }

    [Encoding("0 101101011000000000010 Rn Rd", "REV (32 bits)")]
    public static void ReverseBytes32(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Unary(IrOpcode.ByteSwap32, Lifter.X(lifter.Rn)));

    [Encoding("1 101101011000000000010 Rn Rd", "REV32")]
    public static void ReverseBytesInWords(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Binary(
            IrOpcode.RotateRight, lifter.Ir.Unary(IrOpcode.ByteSwap64, Lifter.X(lifter.Rn)), 32));

    [Encoding("1 101101011000000000011 Rn Rd", "REV (64 bits)")]
    public static void ReverseBytes64(Lifter lifter) =>
        lifter.WriteX(lifter.Rd, lifter.Ir.Unary(IrOpcode.ByteSwap64, Lifter.X(lifter.Rn)));

    // The bits of Rn that the field takes, where they go; all others clear.
    private static Slot Field(Lifter lifter)
    {
        var ir = lifter.Ir;
        var source = Lifter.X(lifter.Rn);
        if (lifter.Imms < lifter.Immr)
            return ir.ShiftLeft(ir.And(source, BitMasks.Ones(lifter.Imms + 1)), (ulong)(lifter.Bits - lifter.Immr));
        var shifted = lifter.Immr == 0 ? source : ir.ShiftRight(lifter.Read(lifter.Rn), (ulong)lifter.Immr);
        return lifter.Imms == lifter.Bits - 1 ? shifted : ir.And(shifted, BitMasks.Ones(lifter.Imms - lifter.Immr + 1));
    }

    // The operand of a 32-bit count has no higher bits.
    private static Slot LeadingZeros(Lifter lifter, Slot value)
    {
        var zeros = lifter.Ir.Unary(IrOpcode.LeadingZeros, value);
        return lifter.Sf ? zeros : lifter.Ir.Subtract(zeros, 32);
    }

    private static bool IsUnallocated(Lifter lifter)
    {
        if (lifter.N != (lifter.Sf ? 1 : 0) || (!lifter.Sf && (lifter.Immr >= 32 || lifter.Imms >= 32)))
            lifter.Reject();
        return lifter.IsRejected;
    }
}
