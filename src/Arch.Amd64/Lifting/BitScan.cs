using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>Single bits and counts of bits.</summary>
internal static class BitScan
{
    [Lifts(Mnemonic.Bt)]
    public static void Test(Lifter lifter)
    {
        var position = Position(lifter);
        SetCarry(lifter, lifter.Read(0), position);
    }

    [Lifts(Mnemonic.Bts)]
    public static void TestAndSet(Lifter lifter) => Modify(lifter, IrOpcode.Or);

    [Lifts(Mnemonic.Btc)]
    public static void TestAndComplement(Lifter lifter) => Modify(lifter, IrOpcode.Xor);

    [Lifts(Mnemonic.Btr)]
    public static void TestAndReset(Lifter lifter) => Modify(lifter, IrOpcode.And);

    /// <summary>TZCNT is BSF on a processor that does not report BMI1.</summary>
    [Lifts(Mnemonic.Bsf, Mnemonic.Tzcnt)]
    public static void ScanForward(Lifter lifter)
    {
        var source = lifter.Read(1);
        Scan(lifter, source, lifter.Ir.Unary(IrOpcode.TrailingZeros, source));
    }

    /// <summary>LZCNT is BSR on a processor that does not report ABM.</summary>
    [Lifts(Mnemonic.Bsr, Mnemonic.Lzcnt)]
    public static void ScanReverse(Lifter lifter)
    {
        var source = lifter.Read(1);
        Scan(lifter, source, lifter.Ir.Xor(lifter.Ir.Unary(IrOpcode.LeadingZeros, source), 63));
    }

    [Lifts(Mnemonic.Popcnt)]
    public static void CountOnes(Lifter lifter)
    {
        var ir = lifter.Ir;
        var source = lifter.Read(1);
        var count = ir.Unary(IrOpcode.PopulationCount, source);
        ir.Into(Slots.ZF, IrOpcode.Equal, count, Slot.Zero);
        foreach (var flag in (ReadOnlySpan<Slot>)[Slots.CF, Slots.PF, Slots.AF, Slots.SF, Slots.OF])
            ir.Move(flag, 0);
        lifter.Write(0, count);
    }

    /// <summary>
    /// With a source of zero the destination keeps all its bits (AMD APM volume 3, BSF; Intel's do the same). Only ZF is
    /// defined; the other flags are those of the result as a logical one, as on processors of both makers.
    /// </summary>
    private static void Scan(Lifter lifter, Slot source, Slot position)
    {
        var ir = lifter.Ir;
        var destination = Lifter.SlotOf(lifter.Instruction.Op0Register);
        var merged = lifter.Size(0) == 2 ? ir.Binary(IrOpcode.Insert16, destination, position) : position;
        var result = ir.Select(source, merged, destination);
        ir.Into(Slots.ZF, IrOpcode.Equal, source, Slot.Zero);
        ir.Into(Slots.PF, IrOpcode.Parity8, default, position);
        foreach (var flag in (ReadOnlySpan<Slot>)[Slots.CF, Slots.AF, Slots.SF, Slots.OF])
            ir.Move(flag, 0);
        ir.Move(destination, result);
    }

    private static void Modify(Lifter lifter, IrOpcode op)
    {
        var ir = lifter.Ir;
        var position = Position(lifter);
        var old = ir.Unary(IrOpcode.Move, lifter.Read(0));
        var bit = ir.Binary(IrOpcode.ShiftLeft, ir.Constant(1), position);
        lifter.Write(0, ir.Binary(op, old, op == IrOpcode.And ? ir.Unary(IrOpcode.Not, bit) : bit));
        SetCarry(lifter, old, position);
    }

    /// <summary>
    /// The bit's number within the operand. A register index into memory is signed and reaches beyond it: the operand moves there.
    /// </summary>
    private static Slot Position(Lifter lifter)
    {
        var ir = lifter.Ir;
        int size = lifter.Size(0);
        ulong mask = (ulong)(8 * size - 1);
        if (lifter.IsMemory(0) && lifter.Instruction.Op1Kind == OpKind.Register)
        {
            var units = ir.Binary(IrOpcode.ShiftRightSigned, lifter.ReadSigned(1), (ulong)int.Log2(8 * size));
            lifter.Displace(0, ir.ShiftLeft(units, (ulong)int.Log2(size)));
        }
        return ir.And(lifter.Read(1), mask);
    }

    private static void SetCarry(Lifter lifter, Slot value, Slot position) =>
        lifter.Ir.Into(Slots.CF, IrOpcode.And, lifter.Ir.ShiftRight(value, position), Slot.Zero, 1);
}
