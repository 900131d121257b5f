using Arch.Amd64.Registers;
using Iced.Intel;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Lifting;

/// <summary>The count of a shift or rotation: a constant, or the slot that holds it; already cut to 5 or 6 bits.</summary>
/// <param name="Slot">The slot, or <see cref="Slot.Zero"/>.</param>
/// <param name="Constant">What is added to the slot: with the zero slot, the count itself.</param>
internal readonly record struct Count(Slot Slot, ulong Constant)
{
    public bool IsConstant => Slot == Slot.Zero;

    /// <summary>True only when the count is known to be zero.</summary>
    public bool IsZero => IsConstant && Constant == 0;

    /// <summary>The count in operand <paramref name="operand"/> for the operand size of operand 0.</summary>
    public static Count Of(Lifter lifter, int operand)
    {
        ulong mask = lifter.Size(0) == 8 ? 63UL : 31;
        return lifter.Instruction.GetOpKind(operand) == OpKind.Register
            ? new Count(lifter.Ir.And(Slots.Rcx, mask), 0)
            : new Count(Slot.Zero, lifter.Immediate(operand) & mask);
    }

    /// <summary><paramref name="op"/> of <paramref name="a"/> and the count.</summary>
    public Slot Apply(IrBuilder ir, IrOpcode op, Slot a)
    {
        var result = ir.Temporary();
        ir.Into(result, op, a, Slot, Constant);
        return result;
    }

    /// <summary><paramref name="from"/> − count.</summary>
    public Slot SubtractedFrom(IrBuilder ir, int from) =>
        IsConstant ? ir.Constant((ulong)from - Constant) : ir.Add(ir.Unary(IrOpcode.Negate, Slot), (ulong)from);

    /// <summary>
    /// Bit count − 1 of <paramref name="a"/>, the last that a shift to the right drops; without meaning for a count of zero.
    /// </summary>
    public Slot BitShiftedOutRight(IrBuilder ir, IrOpcode shift, Slot a) =>
        ir.And(new Count(Slot, Constant - 1).Apply(ir, shift, a), 1);

    /// <summary>Gives <paramref name="flag"/> a new value unless the count is zero.</summary>
    public void SetUnlessZero(IrBuilder ir, Slot flag, Slot value)
    {
        if (IsConstant)
            ir.Move(flag, value);
        else
            ir.Move(flag, ir.Select(Slot, value, flag));
    }
}
