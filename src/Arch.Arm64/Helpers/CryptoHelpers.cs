using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>Cryptography.</summary>
internal static class CryptoHelpers
{
    /// <summary>PMULL of doublewords: the 128-bit product of polynomials over {0, 1}.</summary>
    public static int PolynomialMultiplyLong(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        UInt128 factor = cpu.File[a], product = 0;
        for (ulong bits = cpu.File[b]; bits != 0; bits >>= 1, factor <<= 1)
            product ^= (bits & 1) != 0 ? factor : 0;
        new Vector((ulong)product, (ulong)(product >> 64)).Store(cpu, dst);
        return InstructionSet.NoTrap;
    }
}
