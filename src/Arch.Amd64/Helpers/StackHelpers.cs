using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>The part of ENTER that copies frame pointers.</summary>
internal static class StackHelpers
{
    /// <summary>Tries what <see cref="StoreFramePointers"/> with the same operands does after its first store; writes nothing.</summary>
    public static int ProbeFramePointers(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int size = (int)immediate;
        ulong frame = cpu.File[a], enclosing = cpu.File[b], level = cpu.File[c];
        for (ulong i = 1; i < level; i++)
        {
            if (!cpu.TryLoad(enclosing - i * immediate, size, out _) || !cpu.TryProbeWrite(frame - i * immediate, size))
                return InstructionSet.MemoryFault;
        }
        return cpu.TryProbeWrite(frame - level * immediate, size) ? InstructionSet.NoTrap : InstructionSet.MemoryFault;
    }

    /// <summary>
    /// Stores the frame pointer in b at a, below it those of the enclosing levels, which lie below b, and last a itself; c is the level,
    /// at least 1, the immediate the size of each. Later loads see earlier stores.
    /// </summary>
    public static int StoreFramePointers(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        int size = (int)immediate;
        ulong frame = cpu.File[a], enclosing = cpu.File[b], level = cpu.File[c];
        bool done = cpu.TryStore(frame, size, enclosing);
        for (ulong i = 1; i < level; i++)
            done &= cpu.TryLoad(enclosing - i * immediate, size, out ulong pointer) && cpu.TryStore(frame - i * immediate, size, pointer);
        done &= cpu.TryStore(frame - level * immediate, size, frame);
        return done ? InstructionSet.NoTrap : InstructionSet.MemoryFault;
    }
}
