using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

// The status flags. Operands and results given here are zero-extended from the operand size.
internal sealed partial class Lifter
{
    /// <summary>A condition as a slot that is 0 or 1, and whether it holds when that is 0.</summary>
    public readonly record struct Condition(Slot Slot, bool Negated);

    /// <summary>The condition that the instruction tests (Intel SDM volume 1, appendix B).</summary>
    public Condition Tested => _instruction.ConditionCode switch
    {
        ConditionCode.o => new(Slots.OF, false),
        ConditionCode.no => new(Slots.OF, true),
        ConditionCode.b => new(Slots.CF, false),
        ConditionCode.ae => new(Slots.CF, true),
        ConditionCode.e => new(Slots.ZF, false),
        ConditionCode.ne => new(Slots.ZF, true),
        ConditionCode.be => new(Ir.Or(Slots.CF, Slots.ZF), false),
        ConditionCode.a => new(Ir.Or(Slots.CF, Slots.ZF), true),
        ConditionCode.s => new(Slots.SF, false),
        ConditionCode.ns => new(Slots.SF, true),
        ConditionCode.p => new(Slots.PF, false),
        ConditionCode.np => new(Slots.PF, true),
        ConditionCode.l => new(Ir.Xor(Slots.SF, Slots.OF), false),
        ConditionCode.ge => new(Ir.Xor(Slots.SF, Slots.OF), true),
        ConditionCode.le => new(Ir.Or(Slots.ZF, Ir.Xor(Slots.SF, Slots.OF)), false),
        ConditionCode.g => new(Ir.Or(Slots.ZF, Ir.Xor(Slots.SF, Slots.OF)), true),
        var other => throw new InvalidOperationException($"{_instruction.Mnemonic} tests no condition ({other})"),
    };

    /// <summary>The sign bit of a zero-extended value, as 0 or 1.</summary>
    public Slot SignBit(int size, Slot value) => Ir.ShiftRight(value, (ulong)(8 * size - 1));

    /// <summary>SF, ZF and PF of a result.</summary>
    public void SetResultFlags(int size, Slot result)
    {
        Ir.Into(Slots.SF, IrOpcode.ShiftRight, result, Slot.Zero, (ulong)(8 * size - 1));
        Ir.Into(Slots.ZF, IrOpcode.Equal, result, Slot.Zero);
        Ir.Into(Slots.PF, IrOpcode.Parity8, default, result);
    }

    /// <summary>All but CF of a sum.</summary>
    public void SetSumFlags(int size, Slot a, Slot b, Slot sum)
    {
        var changed = Ir.Xor(a, sum);
        SetAuxiliary(Ir.Xor(changed, b));
        var overflow = Ir.And(changed, Ir.Xor(b, sum));
        Ir.Into(Slots.OF, IrOpcode.ShiftRight, overflow, Slot.Zero, (ulong)(8 * size - 1));
        SetResultFlags(size, sum);
    }

    /// <summary>All but CF of the difference a − b.</summary>
    public void SetDifferenceFlags(int size, Slot a, Slot b, Slot difference)
    {
        var differing = Ir.Xor(a, b);
        SetAuxiliary(Ir.Xor(differing, difference));
        var overflow = Ir.And(differing, Ir.Xor(a, difference));
        Ir.Into(Slots.OF, IrOpcode.ShiftRight, overflow, Slot.Zero, (ulong)(8 * size - 1));
        SetResultFlags(size, difference);
    }

    /// <summary>All flags of the comparison of <paramref name="a"/> with <paramref name="b"/>.</summary>
    public void SetCompareFlags(int size, Slot a, Slot b, Slot difference)
    {
        SetDifferenceFlags(size, a, b, difference);
        Ir.Into(Slots.CF, IrOpcode.LessUnsigned, a, b);
    }

    /// <summary>All flags of AND, OR, XOR and TEST. AF is undefined; processors clear it.</summary>
    public void SetLogicFlags(int size, Slot result)
    {
        SetResultFlags(size, result);
        Ir.Move(Slots.CF, 0);
        Ir.Move(Slots.OF, 0);
        Ir.Move(Slots.AF, 0);
    }

    /// <summary>AF from bit 4 of operand ⊕ operand ⊕ result: the carry into that bit.</summary>
    public void SetAuxiliary(Slot carries) => Ir.Into(Slots.AF, IrOpcode.And, Ir.ShiftRight(carries, 4), Slot.Zero, 1);

    /// <summary>The memory half of <see cref="Write"/>, done before flags and registers are written because it can fault.</summary>
    public void WriteIfMemory(int operand, Slot value)
    {
        if (IsMemory(operand))
            Write(operand, value);
    }

    /// <summary>The register half of <see cref="Write"/>, done after the flags, which are computed from the old values.</summary>
    public void WriteIfRegister(int operand, Slot value)
    {
        if (!IsMemory(operand))
            Write(operand, value);
    }

    /// <summary>Whether two operands are the same register.</summary>
    public bool IsSameRegister(int first, int second) =>
        !IsMemory(first) && _instruction.GetOpKind(second) == OpKind.Register &&
        _instruction.GetOpRegister(first) == _instruction.GetOpRegister(second);
}
