using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>The virtual counter: at CNTFRQ_EL0's 1 GHz one tick for each instruction, so that two runs read the same.</summary>
internal static class CounterHelpers
{
    public static int Read(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = (ulong)cpu.Counter;
        return InstructionSet.NoTrap;
    }
}
