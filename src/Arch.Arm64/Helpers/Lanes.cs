using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// A vector register's 128 bits, seen as elements of 1, 2, 4 or 8 bytes (given by the logarithm).
/// </summary>
internal struct Vector(ulong low, ulong high)
{
    public ulong Low = low, High = high;

    /// <summary>The two slots from <paramref name="slot"/> on.</summary>
    public static Vector Of(Cpu cpu, int slot) => new(cpu.File[slot], cpu.File[slot + 1]);

    public readonly void Store(Cpu cpu, int slot)
    {
        cpu.File[slot] = Low;
        cpu.File[slot + 1] = High;
    }

    /// <summary>An element, zero-extended.</summary>
    public readonly ulong Get(int index, int log2Bytes)
    {
        int bit = index << (log2Bytes + 3);
        return ((bit < 64 ? Low : High) >> (bit & 63)) & MaskOf(log2Bytes);
    }

    /// <summary>An element, sign-extended.</summary>
    public readonly long GetSigned(int index, int log2Bytes) => SignExtend(Get(index, log2Bytes), log2Bytes);

    public void Set(int index, int log2Bytes, ulong value)
    {
        int bit = index << (log2Bytes + 3);
        ulong mask = MaskOf(log2Bytes) << (bit & 63);
        ref ulong half = ref Low;
        if (bit >= 64)
            half = ref High;
        half = (half & ~mask) | ((value << (bit & 63)) & mask);
    }

    public static ulong MaskOf(int log2Bytes) => log2Bytes >= 3 ? ulong.MaxValue : (1UL << (8 << log2Bytes)) - 1;

    public static long SignExtend(ulong value, int log2Bytes)
    {
        int unused = 64 - (8 << log2Bytes);
        return (long)(value << unused) >> unused;
    }
}

/// <summary>How a helper goes through the elements: what the immediate of its call says.</summary>
/// <param name="Operation">What is done with each.</param>
/// <param name="Size">Logarithm of an element's bytes; of the narrower ones, if two sizes take part.</param>
/// <param name="Count">Elements of the result.</param>
/// <param name="Index">Element of operand b that stands for all; negative: each has its own.</param>
/// <param name="IsUpper">The narrow elements are in the upper half.</param>
/// <param name="IsUnsigned">Elements are unsigned.</param>
/// <param name="Amount">Shift count, fraction bits or rounding mode.</param>
internal readonly record struct LaneShape(
    LaneOperation Operation, int Size, int Count, int Index = -1, bool IsUpper = false, bool IsUnsigned = false, int Amount = 0)
{
    public ulong Packed =>
        (ulong)Operation | (ulong)Size << 8 | (ulong)Count << 12 | (ulong)(Index + 1) << 20 | (IsUpper ? 1UL << 28 : 0)
        | (IsUnsigned ? 1UL << 29 : 0) | (ulong)Amount << 32;

    public static LaneShape Of(ulong packed) => new(
        (LaneOperation)(byte)packed, (int)(packed >> 8) & 15, (int)(packed >> 12) & 31, (int)(packed >> 20 & 31) - 1,
        (packed >> 28 & 1) != 0, (packed >> 29 & 1) != 0, (int)(packed >> 32));

    public int Bits => 8 << Size;
}
