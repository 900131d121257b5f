using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Machine.Execution;

namespace Arch.Amd64.Helpers;

/// <summary>
/// XSAVE and its variants on guest memory, for the components that edx:eax asks for. The address, aligned to 64, is in slot a; bit 0 of the
/// immediate means the forms with 64-bit instruction and data pointers.
/// </summary>
internal static class ExtendedStateHelpers
{
    private const ulong Wide = 1;

    // Instruction and data pointer without REX.W: 32 bits of offset, 16 of selector.
    private const int InstructionPointer = 8, DataPointer = 16;

    /// <summary>Stores what was asked for.</summary>
    public static int Xsave(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Save(cpu, a, immediate, ~0UL);

    /// <summary>Stores what was asked for and is not in its initial state.</summary>
    public static int Xsaveopt(Cpu cpu, int dst, int a, int b, int c, ulong immediate) => Save(cpu, a, immediate, XStateImage.InUse(cpu));

    /// <summary>As <see cref="Xsaveopt"/>, in the compacted format, which for these components differs in the header only.</summary>
    public static int Xsavec(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<byte> area = stackalloc byte[XStateImage.Size];
        if (!cpu.TryProbeWrite(cpu.File[a], XStateImage.Size) || !TryRead(cpu, cpu.File[a], area))
            return InstructionSet.MemoryFault;
        ulong requested = Requested(cpu);
        ulong used = requested & (XStateImage.InUse(cpu) | (XStateImage.HasInitialMxcsr(cpu) ? 0 : XStateImage.Sse));
        XStateImage.Save(cpu, area, used);
        if ((used & XStateImage.Sse) != 0)
            FxImage.SaveMxcsr(cpu, area);
        XStateImage.SetComponents(area, used);
        XStateImage.SetCompaction(area, requested | XStateImage.Compacted);
        return Write(cpu, cpu.File[a], area, immediate, used);
    }

    /// <summary>Replaces what was asked for; #GP for a header or an MXCSR that is not valid.</summary>
    public static int Xrstor(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        Span<byte> area = stackalloc byte[XStateImage.Size];
        if (!TryRead(cpu, cpu.File[a], area))
            return InstructionSet.MemoryFault;
        ulong requested = Requested(cpu);
        bool isCompacted = (XStateImage.CompactionOf(area) & XStateImage.Compacted) != 0;
        bool takesMxcsr = (requested & XStateImage.Sse) != 0;
        bool hasMxcsr = !isCompacted || (XStateImage.ComponentsOf(area) & XStateImage.Sse) != 0;
        if (!XStateImage.IsValid(area) || (takesMxcsr && hasMxcsr && (FxImage.MxcsrOf(area) & ~FxImage.MxcsrMask) != 0))
            return Traps.GeneralProtection;
        if ((immediate & Wide) == 0)
            ClearSelectors(area);
        XStateImage.Load(cpu, area, requested);
        X87Unit.Settle(cpu);
        if (takesMxcsr && hasMxcsr)
            cpu[Slots.Mxcsr] = FxImage.MxcsrOf(area);
        else if (takesMxcsr)
            XStateImage.ResetMxcsr(cpu);
        return InstructionSet.NoTrap;
    }

    /// <summary>edx:eax, from <c>dst</c> (eax) on as CPUID's: XCR0 for ecx 0, its components in use for 1, #GP for others.</summary>
    public static int Xgetbv(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        uint register = (uint)cpu[Slots.Rcx];
        if (register > 1)
            return Traps.GeneralProtection;
        cpu[Slots.Rax] = register == 0 ? XStateImage.Mask : XStateImage.InUse(cpu) & XStateImage.Mask;
        cpu[Slots.Rdx] = 0;
        return InstructionSet.NoTrap;
    }

    private static ulong Requested(Cpu cpu) => (uint)cpu[Slots.Rax] & XStateImage.Mask;

    private static int Save(Cpu cpu, int a, ulong immediate, ulong wanted)
    {
        Span<byte> area = stackalloc byte[XStateImage.Size];
        if (!cpu.TryProbeWrite(cpu.File[a], XStateImage.Size) || !TryRead(cpu, cpu.File[a], area))
            return InstructionSet.MemoryFault;
        ulong requested = Requested(cpu);
        XStateImage.Save(cpu, area, requested & wanted);
        if ((requested & XStateImage.Sse) != 0)
            FxImage.SaveMxcsr(cpu, area);
        XStateImage.SetComponents(area, (XStateImage.ComponentsOf(area) & ~requested) | (XStateImage.InUse(cpu) & requested));
        return Write(cpu, cpu.File[a], area, immediate, requested & wanted);
    }

    private static int Write(Cpu cpu, ulong address, Span<byte> area, ulong immediate, ulong written)
    {
        if ((immediate & Wide) == 0 && (written & XStateImage.X87) != 0)
            ClearSelectors(area);
        for (int offset = 0; offset < XStateImage.Size; offset += 8)
        {
            if (!cpu.TryStore(address + (uint)offset, 8, BinaryPrimitives.ReadUInt64LittleEndian(area[offset..])))
                return InstructionSet.MemoryFault;
        }
        return InstructionSet.NoTrap;
    }

    private static bool TryRead(Cpu cpu, ulong address, Span<byte> area)
    {
        for (int offset = 0; offset < XStateImage.Size; offset += 8)
        {
            if (!cpu.TryLoad(address + (uint)offset, 8, out ulong value))
                return false;
            BinaryPrimitives.WriteUInt64LittleEndian(area[offset..], value);
        }
        return true;
    }

    private static void ClearSelectors(Span<byte> area)
    {
        area.Slice(InstructionPointer + 4, 4).Clear();
        area.Slice(DataPointer + 4, 4).Clear();
    }
}
