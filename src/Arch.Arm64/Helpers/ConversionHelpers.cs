using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>Conversions between formats, and between floating point and general registers.</summary>
internal static class ConversionHelpers
{
    /// <summary>FCVTL: the immediate is a <see cref="LaneShape"/> whose size is that of the narrow elements.</summary>
    public static int Long(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var (from, result, unit) = (Vector.Of(cpu, a), default(Vector), new FloatUnit(cpu));
        int start = shape.IsUpper ? 8 >> shape.Size : 0;
        for (int i = 0; i < shape.Count; i++)
            result.Set(i, shape.Size + 1,
                unit.Convert(from.Get(start + i, shape.Size), FloatFormat.OfSize(shape.Size), FloatFormat.OfSize(shape.Size + 1)));
        result.Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>FCVTN.</summary>
    public static int Narrow(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Narrow(cpu, dst, a, LaneShape.Of(immediate), new FloatUnit(cpu));

    /// <summary>FCVTXN.</summary>
    public static int NarrowToOdd(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Narrow(cpu, dst, a, LaneShape.Of(immediate), new FloatUnit(cpu) { Rounding = FloatRounding.Odd });

    /// <summary>FCVT of a scalar: the logarithms of the sizes are immediate bits 0–3 and 4–7.</summary>
    public static int Scalar(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (unit, from, to) = (new FloatUnit(cpu), (int)immediate & 15, (int)(immediate >> 4) & 15);
        ulong value = unit.Convert(cpu.File[a] & Vector.MaskOf(from), FloatFormat.OfSize(from), FloatFormat.OfSize(to));
        new Vector(value, 0).Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>
    /// To a general register: a <see cref="LaneShape"/> of the float, whose index is the logarithm of the integer's bytes.
    /// </summary>
    public static int ToGeneral(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var unit = new FloatUnit(cpu);
        ulong value = cpu.File[a] & Vector.MaskOf(shape.Size);
        cpu.File[dst] = unit.ToFixed(
            value, FloatFormat.OfSize(shape.Size), 8 << shape.Index, shape.Amount & 0xff, shape.IsUnsigned,
            (FloatRounding)((shape.Amount >> 8) - 1));
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>From a general register, as <see cref="ToGeneral"/>.</summary>
    public static int FromGeneral(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var shape = LaneShape.Of(immediate);
        var unit = new FloatUnit(cpu);
        ulong value = cpu.File[a] & Vector.MaskOf(shape.Index);
        ulong result = unit.FromFixed(value, 8 << shape.Index, FloatFormat.OfSize(shape.Size), shape.Amount & 0xff, shape.IsUnsigned);
        new Vector(result, 0).Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    private static int Narrow(Cpu cpu, int dst, int a, in LaneShape shape, FloatUnit unit)
    {
        var from = Vector.Of(cpu, a);
        var result = shape.IsUpper ? new Vector(cpu.File[dst], 0) : default;
        int start = shape.IsUpper ? 8 >> shape.Size : 0;
        for (int i = 0; i < shape.Count; i++)
            result.Set(start + i, shape.Size,
                unit.Convert(from.Get(i, shape.Size + 1), FloatFormat.OfSize(shape.Size + 1), FloatFormat.OfSize(shape.Size)));
        result.Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }
}
