using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Registers;

/// <summary>SPSR_EL1 as frames and images show it, put together from its bits (Arm manual, C5.2, SPSR_EL1).</summary>
internal static class Pstate
{
    /// <summary>PSR_SS, and PSR_C, which reports an error of a system call.</summary>
    public const ulong SingleStep = 1 << 21, Carry = 1 << 29;

    /// <summary>PSR_M_MASK with PSR_AARCH32, and PSR_DAIF: all 0 for a program, which runs in EL0t with nothing masked.</summary>
    public const ulong ModeMask = 0x1f, Masks = 0x3c0;

    /// <summary>PSR_FLAGS.</summary>
    public const ulong Flags = 0xf000_0000;

    public static ulong Read(Cpu cpu) =>
        (cpu[Slots.N] << 31) | (cpu[Slots.Z] << 30) | (cpu[Slots.C] << 29) | (cpu[Slots.V] << 28) | (cpu[Slots.SS] != 0 ? SingleStep : 0);

    /// <summary>The condition flags.</summary>
    public static void WriteFlags(Cpu cpu, ulong spsr)
    {
        cpu[Slots.N] = spsr >> 31 & 1;
        cpu[Slots.Z] = spsr >> 30 & 1;
        cpu[Slots.C] = spsr >> 29 & 1;
        cpu[Slots.V] = spsr >> 28 & 1;
    }

    /// <summary>The condition flags and the step bit.</summary>
    public static void Write(Cpu cpu, ulong spsr)
    {
        WriteFlags(cpu, spsr);
        cpu[Slots.SS] = (spsr & SingleStep) != 0 ? 1UL : 0;
    }
}
