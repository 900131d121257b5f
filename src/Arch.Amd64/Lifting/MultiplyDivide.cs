using Arch.Amd64.Helpers;
using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>
/// Multiplication and division. After a multiplication SF, ZF, AF and PF are undefined: here they are the low half's, so that nobody needs
/// the old ones. After a division all flags are undefined: here they keep their values.
/// </summary>
internal static class MultiplyDivide
{
    [Lifts(Mnemonic.Mul)]
    public static void Multiply(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        var (a, b) = (lifter.ZeroExtend(size, Slots.Rax), lifter.Read(0));
        var low = ir.Binary(IrOpcode.Multiply, a, b);
        var high = size == 8 ? ir.Binary(IrOpcode.MultiplyHighUnsigned, a, b) : ir.ShiftRight(low, (ulong)(8 * size));
        SetFlags(lifter, size, low, ir.NotEqual(high, 0));
        WriteWide(lifter, size, low, high);
    }

    [Lifts(Mnemonic.Imul)]
    public static void MultiplySigned(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        if (lifter.Instruction.OpCount == 1)
        {
            var (low, high) = SignedProduct(lifter, size, lifter.SignExtend(size, Slots.Rax), lifter.ReadSigned(0));
            WriteWide(lifter, size, low, high);
            return;
        }
        var (a, b) = lifter.Instruction.OpCount == 2
            ? (lifter.ReadSigned(0), lifter.ReadSigned(1))
            : (lifter.ReadSigned(1), lifter.ReadSigned(2));
        lifter.Write(0, SignedProduct(lifter, size, a, b).Low);
    }

    [Lifts(Mnemonic.Div)]
    public static void Divide(Lifter lifter) => Divide(lifter, DivisionHelpers.Unsigned);

    [Lifts(Mnemonic.Idiv)]
    public static void DivideSigned(Lifter lifter) => Divide(lifter, DivisionHelpers.Signed);

    /// <summary>The product of two sign-extended operands in two halves; CF and OF say whether the low half is not all of it.</summary>
    private static (Slot Low, Slot High) SignedProduct(Lifter lifter, int size, Slot a, Slot b)
    {
        var ir = lifter.Ir;
        var low = ir.Binary(IrOpcode.Multiply, a, b);
        if (size < 8)
        {
            SetFlags(lifter, size, low, ir.NotEqual(low, lifter.SignExtend(size, low)));
            return (low, ir.ShiftRight(low, (ulong)(8 * size)));
        }
        var high = ir.Binary(IrOpcode.MultiplyHighSigned, a, b);
        SetFlags(lifter, size, low, ir.NotEqual(high, ir.Binary(IrOpcode.ShiftRightSigned, low, 63)));
        return (low, high);
    }

    private static void SetFlags(Lifter lifter, int size, Slot low, Slot overflow)
    {
        lifter.SetResultFlags(size, lifter.ZeroExtend(size, low));
        lifter.Ir.Move(Slots.CF, overflow);
        lifter.Ir.Move(Slots.OF, overflow);
        lifter.Ir.Move(Slots.AF, 0);
    }

    /// <summary>Writes ax, or the pair of rax and rdx at the operand size.</summary>
    private static void WriteWide(Lifter lifter, int size, Slot low, Slot high)
    {
        if (size == 1)
        {
            lifter.WriteLow(2, Slots.Rax, low);
            return;
        }
        lifter.WriteLow(size, Slots.Rax, low);
        lifter.WriteLow(size, Slots.Rdx, high);
    }

    private static void Divide(Lifter lifter, Helper helper)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        var divisor = lifter.Read(0);
        var results = ir.Temporary128();
        if (size == 1)
        {
            var dividend = lifter.ZeroExtend(2, Slots.Rax);
            lifter.Call(helper, results, dividend, ir.ShiftRight(dividend, 8), divisor, 1);
            lifter.WriteLow(2, Slots.Rax, ir.Binary(IrOpcode.InsertHigh8, results, Lifter.High(results)));
            return;
        }
        lifter.Call(helper, results, Slots.Rax, Slots.Rdx, divisor, (ulong)size);
        lifter.WriteLow(size, Slots.Rax, results);
        lifter.WriteLow(size, Slots.Rdx, Lifter.High(results));
    }
}
