using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Vm;

namespace Arch.Amd64.Conventions;

/// <summary>
/// sysarch(2), which is about the bases of FS and GS but for one operation (sys/amd64/amd64/sys_machdep.c), and the rules that ptrace
/// shares with it.
/// </summary>
internal static class SegmentBases
{
    // machine/sysarch.h. The first four, of the i386, work in 64-bit programs too, with four-byte values.
    private const int I386_GET_FSBASE = 7, I386_SET_FSBASE = 8, I386_GET_GSBASE = 9, I386_SET_GSBASE = 10,
        AMD64_GET_FSBASE = 128, AMD64_SET_FSBASE = 129, AMD64_GET_GSBASE = 130, AMD64_SET_GSBASE = 131,
        I386_GET_XFPUSTATE = 11, AMD64_GET_XFPUSTATE = 132;

    /// <summary>NT_X86_SEGBASES, struct segbasereg: both bases, which are taken as they are (ptrace_machdep.c, set_segbases).</summary>
    public static MachineRegisterSet RegisterSet { get; } = new(CoreNotes.NT_X86_SEGBASES, 2 * sizeof(ulong), Fill, Load);

    /// <summary>EINVAL for an address that is not user memory.</summary>
    public static Errno SetFs(Cpu cpu, ulong address) => Set(cpu, Slots.FsBase, Selectors.Fs, Selectors.UserFs, address);

    /// <inheritdoc cref="SetFs"/>
    public static Errno SetGs(Cpu cpu, ulong address) => Set(cpu, Slots.GsBase, Selectors.Gs, Selectors.UserGs, address);

    /// <summary>cpu_set_user_tls: FS is the thread pointer.</summary>
    public static Errno SetUserTls(Cpu cpu, ulong address)
    {
        if (address >= UserMemory.Top) return Errno.EINVAL;
        cpu[Slots.FsBase] = address;
        Pcb.RequireFullReturn(cpu);
        return Errno.None;
    }

    /// <summary>
    /// Gets or sets a base, or gets extended FPU state, through <paramref name="parameters"/>; EFAULT from there, EINVAL for other
    /// operations.
    /// </summary>
    public static Errno SysArch(Cpu cpu, IUserMemory memory, int operation, ulong parameters)
    {
        Span<byte> value = stackalloc byte[operation >= AMD64_GET_FSBASE ? sizeof(ulong) : sizeof(uint)];
        switch (operation)
        {
            case AMD64_GET_FSBASE or I386_GET_FSBASE:
                return CopyOut(memory, parameters, value, cpu[Slots.FsBase]);
            case AMD64_GET_GSBASE or I386_GET_GSBASE:
                return CopyOut(memory, parameters, value, cpu[Slots.GsBase]);
            case AMD64_SET_FSBASE or I386_SET_FSBASE:
                return CopyIn(memory, parameters, value, out var fs) is var fsError && fsError != Errno.None ? fsError : SetFs(cpu, fs);
            case AMD64_SET_GSBASE or I386_SET_GSBASE:
                return CopyIn(memory, parameters, value, out var gs) is var gsError && gsError != Errno.None ? gsError : SetGs(cpu, gs);
            case AMD64_GET_XFPUSTATE or I386_GET_XFPUSTATE:
                return ExtendedState.Get(memory, parameters);
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno Set(Cpu cpu, Slot slot, Slot selector, ulong userSelector, ulong address)
    {
        if (address >= UserMemory.Top) return Errno.EINVAL;
        Store(cpu, slot, selector, userSelector, address);
        return Errno.None;
    }

    private static void Store(Cpu cpu, Slot slot, Slot selector, ulong userSelector, ulong address)
    {
        cpu[slot] = address;
        cpu[selector] = userSelector;
        Pcb.RequireFullReturn(cpu);
    }

    private static void Fill(Cpu cpu, Span<byte> bases)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bases, cpu[Slots.FsBase]);
        BinaryPrimitives.WriteUInt64LittleEndian(bases[sizeof(ulong)..], cpu[Slots.GsBase]);
    }

    private static void Load(Cpu cpu, ReadOnlySpan<byte> bases)
    {
        Store(cpu, Slots.FsBase, Selectors.Fs, Selectors.UserFs, BinaryPrimitives.ReadUInt64LittleEndian(bases));
        Store(cpu, Slots.GsBase, Selectors.Gs, Selectors.UserGs, BinaryPrimitives.ReadUInt64LittleEndian(bases[sizeof(ulong)..]));
    }

    private static Errno CopyOut(IUserMemory memory, ulong address, Span<byte> value, ulong contents)
    {
        if (value.Length == sizeof(ulong)) BinaryPrimitives.WriteUInt64LittleEndian(value, contents);
        else BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)contents);
        return memory.CopyOut(address, value);
    }

    private static Errno CopyIn(IUserMemory memory, ulong address, Span<byte> value, out ulong contents)
    {
        var error = memory.CopyIn(address, value);
        contents = value.Length == sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64LittleEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value);
        return error;
    }
}
