using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// Elements of structures between the order of memory and registers, in eight slots from dst on (register i has slots 2i and 2i + 1).
/// </summary>
internal static class StructureHelpers
{
    /// <summary>The immediate: registers, logarithm of the element size, and bytes of each register.</summary>
    public static ulong Shape(int registers, int size, int bytes) => (uint)registers | (uint)size << 4 | (uint)bytes << 8;

    /// <summary>Memory order to registers.</summary>
    public static int Separate(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Move(cpu, dst, immediate, toRegisters: true);

    /// <summary>Registers to memory order.</summary>
    public static int Interleave(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Move(cpu, dst, immediate, toRegisters: false);

    private static int Move(Cpu cpu, int slots, ulong immediate, bool toRegisters)
    {
        int registers = (int)immediate & 15, size = (int)(immediate >> 4) & 15, bytes = (int)(immediate >> 8);
        Span<Vector> from = stackalloc Vector[4], to = stackalloc Vector[4];
        to.Clear();
        for (int i = 0; i < registers; i++)
            from[i] = Vector.Of(cpu, slots + 2 * i);
        int count = bytes >> size;
        for (int element = 0; element < count; element++)
        {
            for (int register = 0; register < registers; register++)
            {
                int place = element * registers + register;
                if (toRegisters)
                    to[register].Set(element, size, from[place / count].Get(place % count, size));
                else
                    to[place / count].Set(place % count, size, from[register].Get(element, size));
            }
        }
        for (int i = 0; i < registers; i++)
            to[i].Store(cpu, slots + 2 * i);
        return InstructionSet.NoTrap;
    }
}
