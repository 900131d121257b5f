using Arch.Arm64.Decoding;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Ir;

namespace Arch.Arm64.Lifting;

/// <summary>Addition and subtraction of integers (Arm manual, C4.1: Add/subtract in all forms).</summary>
internal static class AddSubtract
{
    [Encoding("sf op S 100010 sh imm12 Rn Rd", "ADD, ADDS, SUB, SUBS (immediate)")]
    public static void Immediate(Lifter lifter)
    {
        ulong immediate = (ulong)lifter.Imm12 << (lifter.IsSet(22) ? 12 : 0);
        var a = Lifter.XOrSp(lifter.Rn);
        var ir = lifter.Ir;
        if (!lifter.IsSet(29))
        {
            lifter.WriteOrSp(lifter.Rd, ir.Add(a, lifter.IsSet(30) ? 0 - immediate : immediate));
            return;
        }
        SetFlags(lifter, lifter.Cut(a), ir.Constant(immediate));
    }

    [Encoding("sf op S 01011 shift 0 Rm imm6 Rn Rd", "ADD, ADDS, SUB, SUBS (shifted register)")]
    public static void ShiftedRegister(Lifter lifter)
    {
        if (lifter.Shift == 3 || (!lifter.Sf && lifter.Imm6 >= 32))
        {
            lifter.Reject();
            return;
        }
        var b = lifter.ReadShifted();
        if (lifter.IsSet(29))
            SetFlags(lifter, lifter.Read(lifter.Rn), lifter.Cut(b));
        else
            lifter.Write(lifter.Rd, Result(lifter, Lifter.X(lifter.Rn), b));
    }

    [Encoding("sf op S 01011001 Rm option imm3 Rn Rd", "ADD, ADDS, SUB, SUBS (extended register)")]
    public static void ExtendedRegister(Lifter lifter)
    {
        if (lifter.Imm3 > 4)
        {
            lifter.Reject();
            return;
        }
        var a = Lifter.XOrSp(lifter.Rn);
        var b = lifter.Extend(Lifter.X(lifter.Rm), lifter.Option, lifter.Imm3);
        if (lifter.IsSet(29))
            SetFlags(lifter, lifter.Cut(a), lifter.Cut(b));
        else
            lifter.WriteOrSp(lifter.Rd, Result(lifter, a, b));
    }

    [Encoding("sf op S 11010000 Rm 000000 Rn Rd", "ADC, ADCS, SBC, SBCS")]
    public static void WithCarry(Lifter lifter)
    {
        var ir = lifter.Ir;
        var a = lifter.Read(lifter.Rn);
        var b = lifter.Read(lifter.Rm);
        if (lifter.IsSet(30))
            b = lifter.Cut(ir.Unary(IrOpcode.Not, b));
        var partial = ir.Add(a, b);
        var total = ir.Add(partial, Slots.C);
        var sum = lifter.Cut(total);
        if (lifter.IsSet(29))
        {
            var carry = lifter.Sf
                ? ir.Or(ir.Binary(IrOpcode.LessUnsigned, partial, a), ir.Binary(IrOpcode.LessUnsigned, total, partial))
                : ir.ShiftRight(total, 32);
            lifter.SetSumFlags(a, b, sum, carry);
        }
        lifter.Write(lifter.Rd, sum);
    }

    [Encoding("sf op 1 11010010 Rm cond 00 Rn 0 nzcv", "CCMN, CCMP (register)")]
    public static void ConditionalRegister(Lifter lifter) => Conditional(lifter, lifter.Read(lifter.Rm));

    [Encoding("sf op 1 11010010 imm5 cond 10 Rn 0 nzcv", "CCMN, CCMP (immediate)")]
    public static void ConditionalImmediate(Lifter lifter) => Conditional(lifter, lifter.Ir.Constant((ulong)lifter.Imm5));

    private static void Conditional(Lifter lifter, Slot b)
    {
        var ir = lifter.Ir;
        // The flags change one after another: the condition must not be one of them.
        var condition = ir.Unary(IrOpcode.Move, lifter.Condition(lifter.Field(12, 4)));
        var a = lifter.Read(lifter.Rn);
        var result = lifter.Cut(Result(lifter, a, b));
        bool subtracts = lifter.IsSet(30);
        var overflow = subtracts ? ir.And(ir.Xor(a, b), ir.Xor(a, result)) : ir.And(ir.Xor(a, result), ir.Xor(b, result));
        ulong top = (ulong)(lifter.Bits - 1);
        ReadOnlySpan<Slot> flags =
        [
            ir.ShiftRight(overflow, top),
            ir.Binary(subtracts ? IrOpcode.LessOrEqualUnsigned : IrOpcode.LessUnsigned, subtracts ? b : result, a),
            ir.Equal(result, 0), ir.ShiftRight(result, top),
        ];
        ReadOnlySpan<Slot> registers = [Slots.V, Slots.C, Slots.Z, Slots.N];
        for (int bit = 0; bit < flags.Length; bit++)
            ir.Move(registers[bit], lifter.SelectFlag(condition, flags[bit], lifter.Nzcv, bit));
    }

    private static void SetFlags(Lifter lifter, Slot a, Slot b)
    {
        var result = lifter.Cut(Result(lifter, a, b));
        if (lifter.IsSet(30))
            lifter.SetDifferenceFlags(a, b, result);
        else
            lifter.SetSumFlags(a, b, result, lifter.Ir.Binary(IrOpcode.LessUnsigned, result, a));
        lifter.Write(lifter.Rd, result);
    }

    private static Slot Result(Lifter lifter, Slot a, Slot b) => lifter.IsSet(30) ? lifter.Ir.Subtract(a, b) : lifter.Ir.Add(a, b);
}
