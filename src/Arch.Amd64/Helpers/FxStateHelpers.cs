using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// FXSAVE and FXRSTOR on guest memory. The address is in slot a; immediate 1 means the forms with 64-bit instruction and data pointers.
/// </summary>
internal static class FxStateHelpers
{
    // Instruction and data pointer without REX.W: 32 bits of offset, 16 of selector (Intel SDM volume 2, FXSAVE, table 3-47).
    private const int InstructionPointer = 8, DataPointer = 16;

    /// <summary>Stores the image; writes no slots.</summary>
    public static int Fxsave(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong address = cpu.File[a];
        if (!cpu.TryProbeWrite(address, FxImage.Size))
            return InstructionSet.MemoryFault;
        Span<byte> image = stackalloc byte[FxImage.Size];
        FxImage.Save(cpu, image);
        if (immediate == 0)
        {
            image.Slice(InstructionPointer + 4, 4).Clear();
            image.Slice(DataPointer + 4, 4).Clear();
        }
        for (int offset = 0; offset < FxImage.Written; offset += 8)
        {
            if (!cpu.TryStore(address + (uint)offset, 8, BinaryPrimitives.ReadUInt64LittleEndian(image[offset..])))
                return InstructionSet.MemoryFault;
        }
        return InstructionSet.NoTrap;
    }

    /// <summary>Replaces the x87, MXCSR and xmm slots by the image's; #GP when it sets reserved bits of MXCSR.</summary>
    public static int Fxrstor(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        ulong address = cpu.File[a];
        Span<byte> image = stackalloc byte[FxImage.Size];
        for (int offset = 0; offset < FxImage.Size; offset += 8)
        {
            if (!cpu.TryLoad(address + (uint)offset, 8, out ulong value))
                return InstructionSet.MemoryFault;
            BinaryPrimitives.WriteUInt64LittleEndian(image[offset..], value);
        }
        if ((FxImage.MxcsrOf(image) & ~FxImage.MxcsrMask) != 0)
            return Traps.GeneralProtection;
        if (immediate == 0)
        {
            image.Slice(InstructionPointer + 4, 4).Clear();
            image.Slice(DataPointer + 4, 4).Clear();
        }
        FxImage.Load(cpu, image);
        X87Unit.Settle(cpu);
        return InstructionSet.NoTrap;
    }
}
