using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>Scalar floating point that is no element operation. Immediate bits 0–3 are the logarithm of the size.</summary>
internal static class FloatHelpers
{
    /// <summary>dst = ±c ± a × b; bit 4 negates the addend, bit 5 the product.</summary>
    public static int Fused(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var format = FloatFormat.OfSize((int)immediate & 15);
        ulong mask = Vector.MaskOf((int)immediate & 15);
        var unit = new FloatUnit(cpu);
        ulong addend = (cpu.File[c] & mask) ^ ((immediate & 16) != 0 ? format.SignBit : 0);
        ulong factor = (cpu.File[a] & mask) ^ ((immediate & 32) != 0 ? format.SignBit : 0);
        new Vector(unit.MultiplyAdd(addend, factor, cpu.File[b] & mask, format), 0).Store(cpu, dst);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>N, Z, C, V of a compared with b as bits 3 to 0; immediate bit 4: quiet NaNs are invalid.</summary>
    public static int Compare(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong mask = Vector.MaskOf((int)immediate & 15);
        var unit = new FloatUnit(cpu);
        cpu.File[dst] = unit.Compare(cpu.File[a] & mask, cpu.File[b] & mask, FloatFormat.OfSize((int)immediate & 15),
            (immediate & 16) != 0);
        cpu[Slots.FloatStatus] = unit.Status;
        return InstructionSet.NoTrap;
    }

    /// <summary>The same if slot c is not 0, otherwise the flags in immediate bits 8–11.</summary>
    public static int ConditionalCompare(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        if (cpu.File[c] != 0)
            return Compare(cpu, dst, a, b, c, immediate);
        cpu.File[dst] = immediate >> 8 & 15;
        return InstructionSet.NoTrap;
    }
}
