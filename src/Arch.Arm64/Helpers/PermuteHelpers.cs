using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// Elements in another order. Of ZIP, UZP and TRN the immediate has the element size, the count and which half or parity.
/// </summary>
internal static class PermuteHelpers
{
    /// <summary>Immediate of ZIP, UZP and TRN.</summary>
    /// <param name="part">0 for the first of each kind, 1 for the second.</param>
    public static ulong Shape(int size, int count, int part) => (uint)size | (uint)count << 4 | (uint)part << 12;

    /// <summary>Immediate of <see cref="Lookup"/>: one or two registers of a table, the number of the first.</summary>
    public static ulong Table(int first, int registers, bool keeps, bool isWhole) =>
        (uint)first << 4 | (uint)registers | (keeps ? 1UL << 12 : 0) | (isWhole ? 1UL << 13 : 0);

    public static int Zip(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (first, second, result) = (Vector.Of(cpu, a), Vector.Of(cpu, b), default(Vector));
        var (size, count, part) = Fields(immediate);
        for (int i = 0; i < count; i++)
            result.Set(i, size, ((i & 1) == 0 ? first : second).Get(i / 2 + part * count / 2, size));
        return Store(cpu, dst, result);
    }

    public static int Unzip(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (first, second, result) = (Vector.Of(cpu, a), Vector.Of(cpu, b), default(Vector));
        var (size, count, part) = Fields(immediate);
        for (int i = 0; i < count; i++)
            result.Set(i, size, (i < count / 2 ? first : second).Get(2 * (i % (count / 2)) + part, size));
        return Store(cpu, dst, result);
    }

    public static int Transpose(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (first, second, result) = (Vector.Of(cpu, a), Vector.Of(cpu, b), default(Vector));
        var (size, count, part) = Fields(immediate);
        for (int i = 0; i < count; i++)
            result.Set(i, size, ((i & 1) == 0 ? first : second).Get((i & ~1) + part, size));
        return Store(cpu, dst, result);
    }

    /// <summary>Bytes of a, then of b, from a position on; bit 8: of 16 bytes each, not 8.</summary>
    public static int Extract(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var (first, second, result) = (Vector.Of(cpu, a), Vector.Of(cpu, b), default(Vector));
        int position = (int)immediate & 15, bytes = (immediate >> 8 & 1) != 0 ? 16 : 8;
        for (int i = 0; i < bytes; i++)
            result.Set(i, 0, position + i < bytes ? first.Get(position + i, 0) : second.Get(position + i - bytes, 0));
        return Store(cpu, dst, result);
    }

    /// <summary>
    /// TBL and TBX: bytes of a and c, which are registers of a table (<see cref="Table"/>), by the indices in b. Others become 0, or are
    /// kept.
    /// </summary>
    public static int Lookup(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int first = (int)(immediate >> 4 & 15) * 16, table = (int)(immediate & 15) * 16, bytes = (immediate >> 13 & 1) != 0 ? 16 : 8;
        bool keeps = (immediate >> 12 & 1) != 0;
        var (low, high, indices) = (Vector.Of(cpu, a), Vector.Of(cpu, c), Vector.Of(cpu, b));
        var (old, result) = (Vector.Of(cpu, dst), default(Vector));
        for (int i = 0; i < bytes; i++)
        {
            int index = (int)indices.Get(i, 0) - first;
            if (index >= 0 && index < table)
                result.Set(i, 0, (index < 16 ? low : high).Get(index & 15, 0));
            else if (keeps)
                result.Set(i, 0, old.Get(i, 0));
        }
        return Store(cpu, dst, result);
    }

    /// <summary>
    /// One register of LD3, of whose three a, b and c are the memory; or one of the three parts of memory of ST3, of registers a, b and c.
    /// </summary>
    public static int Third(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        var thirds = new Thirds(immediate);
        var result = default(Vector);
        for (int i = 0; i < thirds.Bytes; i++)
        {
            var (source, place) = thirds.SourceOf(i);
            result.Set(i, 0, Vector.Of(cpu, source switch { 0 => a, 1 => b, _ => c }).Get(place, 0));
        }
        return Store(cpu, dst, result);
    }

    /// <summary>Elements in reverse order within containers: element size, container size, and bit 8 for 16 bytes.</summary>
    public static int Reverse(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int size = (int)immediate & 3, container = (int)(immediate >> 4) & 3, bytes = (immediate >> 8 & 1) != 0 ? 16 : 8;
        var (from, result) = (Vector.Of(cpu, a), default(Vector));
        int last = (1 << (container - size)) - 1;
        for (int i = 0; i < bytes >> size; i++)
            result.Set(i, size, from.Get(i ^ last, size));
        return Store(cpu, dst, result);
    }

    private static (int Size, int Count, int Part) Fields(ulong immediate) =>
        ((int)immediate & 3, (int)(immediate >> 4) & 31, (int)(immediate >> 12) & 1);

    private static int Store(Cpu cpu, int dst, in Vector result)
    {
        result.Store(cpu, dst);
        return InstructionSet.NoTrap;
    }
}
