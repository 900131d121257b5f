using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// Elements in another order. Of ZIP, UZP and TRN the immediate has the element size, the count and which half or parity.
/// </summary>
internal static class PermuteHelpers
{
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
    /// TBL and TBX: bytes of a table of one to four registers; register number, registers − 1, TBX, and Q in the immediate.
    /// </summary>
    public static int Lookup(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int register = (int)immediate & 31, registers = ((int)(immediate >> 8) & 3) + 1, bytes = (immediate >> 13 & 1) != 0 ? 16 : 8;
        bool keeps = (immediate >> 12 & 1) != 0;
        var (indices, old, result) = (Vector.Of(cpu, b), Vector.Of(cpu, dst), default(Vector));
        for (int i = 0; i < bytes; i++)
        {
            int index = (int)indices.Get(i, 0);
            if (index < 16 * registers)
                result.Set(i, 0, Vector.Of(cpu, Slots.Vector((register + index / 16) & 31).Index).Get(index & 15, 0));
            else if (keeps)
                result.Set(i, 0, old.Get(i, 0));
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
