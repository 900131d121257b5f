using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Rotation through the carry flag: of one bit more than the operand has.</summary>
internal static class RotateHelpers
{
    /// <summary>
    /// dst = a rotated left by b through c; dst + 1 = the new carry. <paramref name="immediate"/> is the operand's size in bytes.
    /// </summary>
    public static int LeftThroughCarry(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var file = cpu.File;
        int bits = 8 * (int)immediate;
        Rotate(file, dst, file[a], file[c], bits, (int)(file[b] % (ulong)(bits + 1)));
        return InstructionSet.NoTrap;
    }

    /// <inheritdoc cref="LeftThroughCarry"/>
    public static int RightThroughCarry(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var file = cpu.File;
        int bits = 8 * (int)immediate;
        Rotate(file, dst, file[a], file[c], bits, (bits + 1 - (int)(file[b] % (ulong)(bits + 1))) % (bits + 1));
        return InstructionSet.NoTrap;
    }

    private static void Rotate(ulong[] file, int dst, ulong value, ulong carry, int bits, int left)
    {
        var ring = ((UInt128)carry << bits) | value;
        var turned = (ring << left) | (ring >> (bits + 1 - left));
        file[dst] = (ulong)turned & (ulong.MaxValue >> (64 - bits));
        file[dst + 1] = (ulong)(turned >> bits) & 1;
    }
}
