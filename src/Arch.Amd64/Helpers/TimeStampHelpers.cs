using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>The time stamp counter: at 1 GHz one tick for each instruction, so that two runs read the same.</summary>
internal static class TimeStampHelpers
{
    /// <summary>dst = the counter.</summary>
    public static int Read(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.File[dst] = (ulong)cpu.Counter;
        return InstructionSet.NoTrap;
    }
}
