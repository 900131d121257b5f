using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>CPUID.</summary>
internal static class IdentificationHelpers
{
    /// <summary>
    /// Leaf a, subleaf ecx, into the four slots from dst on, which are eax, ecx, edx and ebx in that order: the order of their encoding.
    /// </summary>
    public static int Cpuid(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var leaf = Identification.Leaf((uint)cpu.File[a], (uint)cpu[Slots.Rcx]);
        cpu.File[dst] = leaf.Eax;
        cpu.File[dst + 1] = leaf.Ecx;
        cpu.File[dst + 2] = leaf.Edx;
        cpu.File[dst + 3] = leaf.Ebx;
        return InstructionSet.NoTrap;
    }
}
