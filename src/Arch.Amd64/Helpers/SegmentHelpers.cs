using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>The checks of loading a segment register, against the descriptors FreeBSD/amd64 gives to user programs.</summary>
internal static class SegmentHelpers
{
    /// <summary>User data and the 32-bit user TLS segments, all with base 0 and privilege level 3 (sys/amd64/include/segments.h).</summary>
    private const ulong UserData = 7 << 3 | 3, UserFs = 2 << 3 | 3, UserGs = 3 << 3 | 3;

    /// <summary>#GP unless the selector in a may be loaded; with immediate 1 for the stack segment, which must not be null.</summary>
    public static int CheckSelector(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        bool allowed = cpu.File[a] switch
        {
            <= 3 => immediate == 0,
            UserData or UserFs or UserGs => true,
            _ => false,
        };
        return allowed ? InstructionSet.NoTrap : Traps.GeneralProtection;
    }
}
