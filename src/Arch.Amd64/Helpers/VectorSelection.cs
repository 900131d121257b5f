using System.Numerics;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>Selections, searches and checksums of SSE4.1 and SSE4.2 by name.</summary>
internal static class VectorSelection
{
    /// <summary>Words of b where the immediate's bits are set, otherwise of a.</summary>
    public static int Pblendw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var bits = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        var mask = Vector128.Equals(Vector128.Create((ushort)immediate) & bits, bits);
        return cpu.SetVector(dst, Vector128.ConditionalSelect(mask, cpu.Vector<ushort>(b), cpu.Vector<ushort>(a)));
    }

    /// <summary>Singles of b where the immediate's bits are set, otherwise of a.</summary>
    public static int Blendps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var bits = Vector128.Create(1u, 2, 4, 8);
        var mask = Vector128.Equals(Vector128.Create((uint)immediate) & bits, bits);
        return cpu.SetVector(dst, Vector128.ConditionalSelect(mask, cpu.Vector<uint>(b), cpu.Vector<uint>(a)));
    }

    /// <summary>The single in slot b to the lane that bits 4–5 of the immediate name; then lanes with bits 0–3 set become 0.</summary>
    public static int Insertps(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var result = cpu.Vector<uint>(a).WithElement((int)(immediate >> 4) & 3, (uint)cpu.File[b]);
        for (int lane = 0; lane < 4; lane++)
        {
            if ((immediate >> lane & 1) != 0)
                result = result.WithElement(lane, 0u);
        }
        return cpu.SetVector(dst, result);
    }

    /// <summary>The smallest word of b, and its number above it.</summary>
    public static int Phminposuw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var source = cpu.Vector<ushort>(b);
        int position = 0;
        for (int lane = 1; lane < 8; lane++)
        {
            if (source[lane] < source[position])
                position = lane;
        }
        return cpu.SetVector(dst, Vector128.CreateScalar((ulong)source[position] | ((ulong)position << 16)));
    }

    /// <summary>
    /// Eight sums of absolute differences of four bytes of b, at the place bits 0–1 say, and four of a, from the place bit 2 says on.
    /// </summary>
    public static int Mpsadbw(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<byte>(a), cpu.Vector<byte>(b));
        int first = (int)(immediate >> 2 & 1) * 4, fixedAt = (int)(immediate & 3) * 4;
        var result = Vector128<ushort>.Zero;
        for (int lane = 0; lane < 8; lane++)
        {
            int sum = 0;
            for (int i = 0; i < 4; i++)
                sum += Math.Abs(x[first + lane + i] - y[fixedAt + i]);
            result = result.WithElement(lane, (ushort)sum);
        }
        return cpu.SetVector(dst, result);
    }

    /// <summary><c>dst</c> = ZF (no common bit) and CF (b within a), at their places in RFLAGS.</summary>
    public static int Ptest(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (x, y) = (cpu.Vector<ulong>(a), cpu.Vector<ulong>(b));
        cpu.File[dst] = ((x & y) == Vector128<ulong>.Zero ? 0x40u : 0) | ((~x & y) == Vector128<ulong>.Zero ? 1u : 0);
        return InstructionSet.NoTrap;
    }

    /// <summary>CRC-32C of a continued with the immediate's number of bytes of b.</summary>
    public static int Crc32(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        uint crc = (uint)cpu.File[a];
        ulong data = cpu.File[b];
        cpu.File[dst] = immediate switch
        {
            1 => BitOperations.Crc32C(crc, (byte)data),
            2 => BitOperations.Crc32C(crc, (ushort)data),
            4 => BitOperations.Crc32C(crc, (uint)data),
            _ => BitOperations.Crc32C(crc, data),
        };
        return InstructionSet.NoTrap;
    }
}
