using System.Numerics;
using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Elements copied between vectors and general registers, and vector constants.</summary>
internal static class SimdCopy
{
    [Encoding("0 Q 001110000 imm5 000001 Rn Rd", "DUP (element)")]
    public static void DuplicateElement(Lifter lifter)
    {
        if (TryPlace(lifter, out int size, out int index) && (size < 3 || lifter.Q || Refuse(lifter)))
            Duplicate(lifter, lifter.Rd, Element(lifter, lifter.Rn, size, index), size);
    }

    [Encoding("01011110000 imm5 000001 Rn Rd", "DUP (element, scalar)")]
    public static void CopyElement(Lifter lifter)
    {
        if (!TryPlace(lifter, out int size, out int index))
            return;
        var value = Element(lifter, lifter.Rn, size, index);
        lifter.Ir.Move(Lifter.V(lifter.Rd), value);
        lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), Slot.Zero);
    }

    [Encoding("0 Q 001110000 imm5 000011 Rn Rd", "DUP (general)")]
    public static void DuplicateGeneral(Lifter lifter)
    {
        if (TryPlace(lifter, out int size, out _) && (size < 3 || lifter.Q || Refuse(lifter)))
            Duplicate(lifter, lifter.Rd, lifter.ZeroExtend(Lifter.X(lifter.Rn), 1 << size), size);
    }

    [Encoding("01001110000 imm5 000111 Rn Rd", "INS (general)")]
    public static void InsertGeneral(Lifter lifter)
    {
        if (TryPlace(lifter, out int size, out int index))
            Insert(lifter, lifter.Rd, size, index, lifter.ZeroExtend(Lifter.X(lifter.Rn), 1 << size));
    }

    [Encoding("01101110000 imm5 0 imm4 1 Rn Rd", "INS (element)")]
    public static void InsertElement(Lifter lifter)
    {
        if (TryPlace(lifter, out int size, out int index))
            Insert(lifter, lifter.Rd, size, index, Element(lifter, lifter.Rn, size, lifter.Field(11, 4) >> size));
    }

    [Encoding("0 Q 001110000 imm5 001011 Rn Rd", "SMOV")]
    public static void MoveSigned(Lifter lifter)
    {
        if (!TryPlace(lifter, out int size, out int index))
            return;
        if (size >= (lifter.Q ? 3 : 2))
        {
            lifter.Reject();
            return;
        }
        var value = lifter.SignExtend(Element(lifter, lifter.Rn, size, index), 1 << size);
        if (lifter.Q)
            lifter.WriteX(lifter.Rd, value);
        else
            lifter.WriteW(lifter.Rd, value);
    }

    [Encoding("0 Q 001110000 imm5 001111 Rn Rd", "UMOV")]
    public static void MoveUnsigned(Lifter lifter)
    {
        if (!TryPlace(lifter, out int size, out int index))
            return;
        if (size == 3 != lifter.Q)
            lifter.Reject();
        else
            lifter.WriteX(lifter.Rd, Element(lifter, lifter.Rn, size, index));
    }

    [Encoding("0 Q op 0111100000 abc cmode 01 defgh Rd", "MOVI, MVNI, ORR, BIC, FMOV (vector, immediate)")]
    public static void Constant(Lifter lifter)
    {
        int mode = lifter.Cmode;
        bool inverts = lifter.IsSet(29);
        if (mode == 15 && inverts && !lifter.Q)
        {
            lifter.Reject();
            return;
        }
        ulong byteValue = (ulong)(lifter.Field(16, 3) << 5 | lifter.Field(5, 5));
        ulong constant = Decoding.VectorConstants.Expand(mode, inverts, byteValue);
        // Odd modes of the shifted forms combine with the register.
        if (mode < 12 && (mode & 1) != 0)
        {
            Combine(lifter, inverts ? IrOpcode.And : IrOpcode.Or, inverts ? ~constant : constant);
            return;
        }
        if (inverts && mode < 14)
            constant = ~constant;
        lifter.Ir.Move(Lifter.V(lifter.Rd), constant);
        lifter.Ir.Move(Lifter.High(Lifter.V(lifter.Rd)), lifter.Q ? constant : 0);
    }

    private static void Combine(Lifter lifter, IrOpcode opcode, ulong constant)
    {
        var register = Lifter.V(lifter.Rd);
        var low = lifter.Ir.Binary(opcode, register, constant);
        lifter.WriteVector(lifter.Rd, low, lifter.Q ? lifter.Ir.Binary(opcode, Lifter.High(register), constant) : Slot.Zero);
    }

    private static bool Refuse(Lifter lifter)
    {
        lifter.Reject();
        return false;
    }

    // The lowest set bit of imm5 is the element size, the bits above the index.
    private static bool TryPlace(Lifter lifter, out int size, out int index)
    {
        size = BitOperations.TrailingZeroCount(lifter.Imm5);
        index = lifter.Imm5 >> (size + 1);
        if (size > 3)
            lifter.Reject();
        return size <= 3;
    }

    /// <summary>An element of a vector register, zero-extended.</summary>
    public static Slot Element(Lifter lifter, int register, int size, int index)
    {
        int bit = index << (size + 3);
        var half = bit < 64 ? Lifter.V(register) : Lifter.High(Lifter.V(register));
        var shifted = (bit & 63) == 0 ? half : lifter.Ir.ShiftRight(half, (ulong)(bit & 63));
        return lifter.ZeroExtend(shifted, 1 << size);
    }

    /// <summary>A vector register filled with an element that is zero-extended.</summary>
    public static void Duplicate(Lifter lifter, int register, Slot element, int size)
    {
        ulong factor = size switch { 0 => 0x0101_0101_0101_0101, 1 => 0x0001_0001_0001_0001, 2 => 0x0000_0001_0000_0001, _ => 1 };
        var value = size == 3 ? element : lifter.Ir.Binary(IrOpcode.Multiply, element, factor);
        value = lifter.Ir.Unary(IrOpcode.Move, value);
        lifter.WriteVector(register, value, value);
    }

    /// <summary>Replaces an element by a value that is zero-extended.</summary>
    public static void Insert(Lifter lifter, int register, int size, int index, Slot value)
    {
        var ir = lifter.Ir;
        int bit = index << (size + 3);
        var half = bit < 64 ? Lifter.V(register) : Lifter.High(Lifter.V(register));
        if (size == 3)
        {
            ir.Move(half, value);
            return;
        }
        ulong mask = ((1UL << (8 << size)) - 1) << (bit & 63);
        ir.Move(half, ir.Or(ir.And(half, ~mask), ir.ShiftLeft(value, (ulong)(bit & 63))));
    }
}
