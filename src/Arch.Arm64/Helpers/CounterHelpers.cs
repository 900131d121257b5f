using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>The virtual counter: it follows the instructions of the thread, at CNTFRQ_EL0's 1 GHz one each.</summary>
internal static class CounterHelpers
{
    public static int Read(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = (ulong)cpu.Retired;
        return InstructionSet.NoTrap;
    }
}
