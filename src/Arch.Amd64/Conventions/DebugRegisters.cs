using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Conventions;

/// <summary>fill_dbregs and set_dbregs (machdep.c), and what the processor makes of DR6 and DR7 (AMD64 manual volume 2, 13.1).</summary>
internal static class DebugRegisters
{
    /// <summary>DR6.BS: a single step.</summary>
    public const uint SingleStepped = 1 << 14;

    /// <summary>Bits of DR6 and DR7 that a processor always reads as one.</summary>
    private const ulong Dr6Fixed = 0xffff0ff0, Dr7Fixed = 0x400;

    public static void Fill(Cpu cpu, Span<byte> dbreg)
    {
        dbreg[..RegisterTable.DbRegBytes].Clear();
        foreach (var number in (ReadOnlySpan<int>)[0, 1, 2, 3, 6, 7])
            BinaryPrimitives.WriteUInt64LittleEndian(dbreg[(8 * number)..], cpu[Slots.Debug(number)]);
    }

    /// <summary>
    /// EINVAL for an I/O breakpoint, for eight bytes in a 32-bit program, for DR6 or DR7 beyond 32 bits, for an enabled address
    /// that is not user memory.
    /// </summary>
    public static Errno Set(Cpu cpu, ReadOnlySpan<byte> dbreg)
    {
        ulong control = Word(dbreg, 7);
        for (var slot = 0; slot < DebugControl.Slots; slot++)
        {
            if (DebugControl.Type(control, slot) == DebugControl.InputOutput) return Errno.EINVAL;
            if (DebugControl.LengthField(control, slot) == DebugControl.EightBytes && cpu[Selectors.Cs] == Selectors.UserCode32)
                return Errno.EINVAL;
            if (DebugControl.IsEnabled(control, slot) && Word(dbreg, slot) >= UserMemory.Top) return Errno.EINVAL;
        }
        if (Word(dbreg, 6) > uint.MaxValue || control > uint.MaxValue) return Errno.EINVAL;
        foreach (var number in (ReadOnlySpan<int>)[0, 1, 2, 3, 6, 7]) cpu[Slots.Debug(number)] = Word(dbreg, number);
        Pcb.Set(cpu, PcbFlags.DebugRegisters | PcbFlags.LoadDebugRegisters);
        cpu.Comparators = Comparators(cpu);
        return Errno.None;
    }

    /// <summary>exec_setregs: the new image has none.</summary>
    public static void Clear(Cpu cpu)
    {
        foreach (var number in (ReadOnlySpan<int>)[0, 1, 2, 3, 6, 7]) cpu[Slots.Debug(number)] = 0;
        cpu.Comparators = [];
        Pcb.Clear(cpu, PcbFlags.DebugRegisters | PcbFlags.LoadDebugRegisters);
    }

    /// <summary>load_dr on the way to user mode: what is saved again has the processor's fixed bits.</summary>
    public static void Load(Cpu cpu)
    {
        cpu[Slots.Debug(6)] |= Dr6Fixed;
        cpu[Slots.Debug(7)] |= Dr7Fixed;
        Pcb.Clear(cpu, PcbFlags.LoadDebugRegisters);
    }

    /// <summary>A debug exception adds its reasons to DR6, which only the debugger clears. Only PCB_DBREGS threads have one.</summary>
    public static void Note(Cpu cpu, uint status)
    {
        if (Pcb.Has(cpu, PcbFlags.DebugRegisters)) cpu[Slots.Debug(6)] |= Dr6Fixed | status;
    }

    /// <summary>The comparators that DR0–DR3 and DR7 describe.</summary>
    private static DebugComparator[] Comparators(Cpu cpu)
    {
        var control = cpu[Slots.Debug(7)];
        var comparators = new DebugComparator[DebugControl.Slots];
        for (var slot = 0; slot < DebugControl.Slots; slot++)
        {
            if (!DebugControl.IsEnabled(control, slot)) continue;
            var length = DebugControl.Length(control, slot);
            // The low bits of an address that the length covers are not compared.
            comparators[slot] = DebugControl.Type(control, slot) switch
            {
                DebugControl.Execute => new(cpu[Slots.Debug(slot)], 1, Access.Execute),
                DebugControl.Write => new(cpu[Slots.Debug(slot)] & ~(ulong)(length - 1), length, Access.Write),
                _ => new(cpu[Slots.Debug(slot)] & ~(ulong)(length - 1), length, Access.ReadWrite),
            };
        }
        return comparators;
    }

    private static ulong Word(ReadOnlySpan<byte> dbreg, int number) => BinaryPrimitives.ReadUInt64LittleEndian(dbreg[(8 * number)..]);
}
