namespace TraceKernel.Machine.Ir;

/// <summary>One operation of a block. Which fields count depends on <see cref="Op"/>; unused slots are zero.</summary>
public readonly record struct IrInstruction(
    IrOpcode Op, ushort Width = 0, Slot Dst = default, Slot A = default, Slot B = default, Slot C = default, ulong Immediate = 0)
{
    /// <summary>
    /// Added to the width of a load whose location the instruction will store to: what faults, faults as that store would.
    /// </summary>
    public const ushort ForUpdate = 0x100;

    public override string ToString() =>
        Op == IrOpcode.Start ? $"-- {Immediate:x} +{Width}" : $"{Dst} = {Op}.{Width} {A}, {B}+{Immediate:x}, {C}";
}
