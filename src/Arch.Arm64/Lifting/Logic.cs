using Arch.Arm64.Decoding;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Logical operations, moves of constants, addresses of code.</summary>
internal static class Logic
{
    [Encoding("sf opc 100100 N immr imms Rn Rd", "AND, ORR, EOR, ANDS (immediate)")]
    public static void Immediate(Lifter lifter)
    {
        if ((!lifter.Sf && lifter.N != 0) || !BitMasks.TryDecode(lifter.N, lifter.Imms, lifter.Immr, lifter.Bits, out ulong mask))
        {
            lifter.Reject();
            return;
        }
        int operation = lifter.Field(29, 2);
        var result = lifter.Ir.Binary(OpcodeOf(operation), Lifter.X(lifter.Rn), mask);
        if (operation != 3)
        {
            lifter.WriteOrSp(lifter.Rd, result);
            return;
        }
        lifter.SetLogicalFlags(result);
        lifter.Write(lifter.Rd, result);
    }

    [Encoding("sf opc 01010 shift N Rm imm6 Rn Rd", "AND, BIC, ORR, ORN, EOR, EON, ANDS, BICS (shifted register)")]
    public static void ShiftedRegister(Lifter lifter)
    {
        if (!lifter.Sf && lifter.Imm6 >= 32)
        {
            lifter.Reject();
            return;
        }
        var b = lifter.ReadShifted();
        if (lifter.IsSet(21))
            b = lifter.Ir.Unary(IrOpcode.Not, b);
        int operation = lifter.Field(29, 2);
        // MOV (register) is ORR with the zero register.
        var result = operation == 1 && lifter.Rn == 31 ? b : lifter.Ir.Binary(OpcodeOf(operation), Lifter.X(lifter.Rn), b);
        if (operation == 3)
        {
            result = lifter.Cut(result);
            lifter.SetLogicalFlags(result);
        }
        lifter.Write(lifter.Rd, result);
    }

    [Encoding("sf 00 100101 hw imm16 Rd", "MOVN")]
    public static void MoveNot(Lifter lifter) => MoveConstant(lifter, ~((ulong)lifter.Imm16 << (16 * lifter.Hw)));

    [Encoding("sf 10 100101 hw imm16 Rd", "MOVZ")]
    public static void MoveZero(Lifter lifter) => MoveConstant(lifter, (ulong)lifter.Imm16 << (16 * lifter.Hw));

    [Encoding("sf 11 100101 hw imm16 Rd", "MOVK")]
    public static void MoveKeep(Lifter lifter)
    {
        if (IsOutside(lifter))
            return;
        int position = 16 * lifter.Hw;
        var rest = lifter.Ir.And(Lifter.X(lifter.Rd), ~(0xffffUL << position));
        lifter.Write(lifter.Rd, lifter.Ir.Or(rest, (ulong)lifter.Imm16 << position));
    }

    [Encoding("0 immlo 10000 immhi Rd", "ADR")]
    public static void Address(Lifter lifter) => WriteConstant(lifter, lifter.Pc + (ulong)lifter.Imm21);

    [Encoding("1 immlo 10000 immhi Rd", "ADRP")]
    public static void PageAddress(Lifter lifter) => WriteConstant(lifter, (lifter.Pc & ~0xfffUL) + ((ulong)lifter.Imm21 << 12));

    private static void MoveConstant(Lifter lifter, ulong value)
    {
        if (!IsOutside(lifter))
            WriteConstant(lifter, lifter.Sf ? value : (uint)value);
    }

    private static bool IsOutside(Lifter lifter)
    {
        if (!lifter.Sf && lifter.Hw > 1)
            lifter.Reject();
        return lifter.IsRejected;
    }

    private static void WriteConstant(Lifter lifter, ulong value)
    {
        if (lifter.Rd != 31)
            lifter.Ir.Move(Lifter.X(lifter.Rd), value);
    }

    private static IrOpcode OpcodeOf(int operation) => operation switch { 1 => IrOpcode.Or, 2 => IrOpcode.Xor, _ => IrOpcode.And };
}
