using System.Numerics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>SHA-1 and SHA-256: four rounds, or four words of the schedule. Operands are those of the manual: d, n and m.</summary>
internal static class ShaHelpers
{
    public static int Sha1Choose(Cpu cpu, int dst, int a, int b, int c, ulong immediate) =>
        Sha1(cpu, dst, a, b, static (x, y, z) => ((y ^ z) & x) ^ z);

    public static int Sha1Parity(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sha1(cpu, dst, a, b, static (x, y, z) => x ^ y ^ z);

    public static int Sha1Majority(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Sha1(cpu, dst, a, b, Majority);

    public static int Sha1Rotate(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        new Vector(BitOperations.RotateLeft((uint)cpu.File[a], 30), 0).Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    public static int Sha1Schedule0(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (d, n, m) = (Vector.Of(cpu, dst), Vector.Of(cpu, a), Vector.Of(cpu, b));
        new Vector(d.High ^ d.Low ^ m.Low, n.Low ^ d.High ^ m.High).Store(cpu, dst);
        return InstructionSet.NoTrap;
    }

    public static int Sha1Schedule1(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> d = stackalloc uint[4], n = stackalloc uint[4];
        Words(Vector.Of(cpu, dst), d);
        Words(Vector.Of(cpu, a), n);
        for (int i = 0; i < 3; i++)
            d[i] = BitOperations.RotateLeft(d[i] ^ n[i + 1], 1);
        d[3] = BitOperations.RotateLeft(d[3], 1) ^ BitOperations.RotateLeft(d[0], 1);
        return Store(cpu, dst, d);
    }

    public static int Sha256Hash(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> x = stackalloc uint[4], y = stackalloc uint[4];
        Words(Vector.Of(cpu, dst), x);
        Words(Vector.Of(cpu, a), y);
        Sha256(x, y, Vector.Of(cpu, b));
        return Store(cpu, dst, x);
    }

    public static int Sha256Hash2(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> x = stackalloc uint[4], y = stackalloc uint[4];
        Words(Vector.Of(cpu, a), x);
        Words(Vector.Of(cpu, dst), y);
        Sha256(x, y, Vector.Of(cpu, b));
        return Store(cpu, dst, y);
    }

    public static int Sha256Schedule0(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> d = stackalloc uint[5], n = stackalloc uint[4];
        Words(Vector.Of(cpu, dst), d);
        Words(Vector.Of(cpu, a), n);
        d[4] = n[0];
        for (int i = 0; i < 4; i++)
            d[i] += BitOperations.RotateRight(d[i + 1], 7) ^ BitOperations.RotateRight(d[i + 1], 18) ^ (d[i + 1] >> 3);
        return Store(cpu, dst, d);
    }

    public static int Sha256Schedule1(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<uint> d = stackalloc uint[4], n = stackalloc uint[4], m = stackalloc uint[4];
        Words(Vector.Of(cpu, dst), d);
        Words(Vector.Of(cpu, a), n);
        Words(Vector.Of(cpu, b), m);
        for (int i = 0; i < 4; i++)
        {
            uint early = i < 2 ? m[i + 2] : d[i - 2];
            d[i] += (i < 3 ? n[i + 1] : m[0]) + (BitOperations.RotateRight(early, 17) ^ BitOperations.RotateRight(early, 19) ^ (early >> 10));
        }
        return Store(cpu, dst, d);
    }

    private static uint Majority(uint x, uint y, uint z) => (x & y) | ((x | y) & z);

    private static int Sha1(Cpu cpu, int dst, int a, int b, Func<uint, uint, uint, uint> function)
    {
        Span<uint> x = stackalloc uint[4], w = stackalloc uint[4];
        Words(Vector.Of(cpu, dst), x);
        uint y = (uint)cpu.File[a];
        Words(Vector.Of(cpu, b), w);
        foreach (uint word in w)
        {
            y += BitOperations.RotateLeft(x[0], 5) + function(x[1], x[2], x[3]) + word;
            x[1] = BitOperations.RotateLeft(x[1], 30);
            (x[0], x[1], x[2], x[3], y) = (y, x[0], x[1], x[2], x[3]);
        }
        return Store(cpu, dst, x);
    }

    private static void Sha256(Span<uint> x, Span<uint> y, in Vector schedule)
    {
        Span<uint> w = stackalloc uint[4];
        Words(schedule, w);
        foreach (uint word in w)
        {
            uint choice = ((y[1] ^ y[2]) & y[0]) ^ y[2];
            uint sumOfY = BitOperations.RotateRight(y[0], 6) ^ BitOperations.RotateRight(y[0], 11) ^ BitOperations.RotateRight(y[0], 25);
            uint sumOfX = BitOperations.RotateRight(x[0], 2) ^ BitOperations.RotateRight(x[0], 13) ^ BitOperations.RotateRight(x[0], 22);
            uint t = y[3] + sumOfY + choice + word;
            uint next = t + sumOfX + Majority(x[0], x[1], x[2]);
            (y[3], y[2], y[1], y[0]) = (y[2], y[1], y[0], x[3] + t);
            (x[3], x[2], x[1], x[0]) = (x[2], x[1], x[0], next);
        }
    }

    private static void Words(in Vector vector, Span<uint> words)
    {
        (words[0], words[1]) = ((uint)vector.Low, (uint)(vector.Low >> 32));
        (words[2], words[3]) = ((uint)vector.High, (uint)(vector.High >> 32));
    }

    private static int Store(Cpu cpu, int dst, ReadOnlySpan<uint> words)
    {
        new Vector(words[0] | (ulong)words[1] << 32, words[2] | (ulong)words[3] << 32).Store(cpu, dst);
        return InstructionSet.NoTrap;
    }
}
