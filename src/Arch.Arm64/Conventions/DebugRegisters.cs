using System.Numerics;
using Arch.Arm64.Registers;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Arm64.Conventions;

/// <summary>fill_dbregs and set_dbregs (machdep.c), and what the processor makes of the registers (Arm manual, D2.9 and D2.10).</summary>
internal static class DebugRegisters
{
    /// <summary>ID_AA64DFR0_EL1.DebugVer of Armv8.0.</summary>
    private const byte DebugVersion = 6;

    public static void Fill(Cpu cpu, Span<byte> dbreg)
    {
        dbreg[..RegisterTable.DbRegBytes].Clear();
        dbreg[0] = DebugVersion;
        dbreg[1] = dbreg[2] = Slots.DebugRegisters;
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            DebugImage.Write(dbreg, DebugImage.Breakpoint(number), cpu[Slots.BreakpointValue(number)],
                (uint)cpu[Slots.BreakpointControl(number)]);
            DebugImage.Write(dbreg, DebugImage.Watchpoint(number), cpu[Slots.WatchpointValue(number)],
                (uint)cpu[Slots.WatchpointControl(number)]);
        }
    }

    /// <summary>
    /// EINVAL for an address that is not user memory, and for an enabled comparator that is not for EL0 alone, watches neither loads nor
    /// stores, or has both a range and bytes. Fields that the kernel does not know are dropped.
    /// </summary>
    public static Errno Set(Cpu cpu, ReadOnlySpan<byte> dbreg)
    {
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            if (!IsValidBreakpoint(dbreg, DebugImage.Breakpoint(number)) || !IsValidWatchpoint(dbreg, DebugImage.Watchpoint(number)))
                return Errno.EINVAL;
        }
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            var entry = DebugImage.Breakpoint(number);
            // An instruction lies at a multiple of four.
            cpu[Slots.BreakpointValue(number)] = DebugImage.Address(dbreg, entry) & ~3UL;
            cpu[Slots.BreakpointControl(number)] = DebugImage.Control(dbreg, entry) & DebugControl.BreakpointFields;
            entry = DebugImage.Watchpoint(number);
            cpu[Slots.WatchpointValue(number)] = DebugImage.Address(dbreg, entry);
            cpu[Slots.WatchpointControl(number)] = DebugImage.Control(dbreg, entry) & DebugControl.WatchpointFields;
        }
        cpu.Comparators = Comparators(cpu);
        return Errno.None;
    }

    /// <summary>What an enabled watchpoint watches; nothing when its BAS is 0.</summary>
    public static (ulong Address, ulong Length) Watched(ulong address, uint control)
    {
        var mask = (int)((control & DebugControl.RangeMask) >> DebugControl.RangeShift);
        if (mask != 0) return (address & ~((1UL << mask) - 1), 1UL << mask);
        // Of bytes that are not neighbours the manual promises nothing: the first run counts.
        var bytes = (control & DebugControl.WatchpointBytes) >> DebugControl.BytesShift;
        // An address that is only a multiple of four has BAS 0 to 3.
        var start = (address & ~7UL) + (address & 4);
        var first = BitOperations.TrailingZeroCount(bytes);
        return bytes == 0 ? (start, 0) : (start + (ulong)first, (ulong)BitOperations.TrailingZeroCount(~(bytes >> first)));
    }

    private static bool IsValidBreakpoint(ReadOnlySpan<byte> dbreg, int entry)
    {
        var control = DebugImage.Control(dbreg, entry);
        return DebugImage.Address(dbreg, entry) < UserMemory.Top
            && (!DebugControl.IsEnabled(control) || (control & DebugControl.LevelMask) == DebugControl.UserLevel);
    }

    private static bool IsValidWatchpoint(ReadOnlySpan<byte> dbreg, int entry)
    {
        var control = DebugImage.Control(dbreg, entry);
        if (DebugImage.Address(dbreg, entry) >= UserMemory.Top) return false;
        if (!DebugControl.IsEnabled(control)) return true;
        return (control & DebugControl.LevelMask) == DebugControl.UserLevel
            && (control & DebugControl.LoadStoreMask) != 0
            && ((control & DebugControl.RangeMask) == 0 || (control & DebugControl.WatchpointBytes) == DebugControl.WatchpointBytes);
    }

    /// <summary>The breakpoints, then the watchpoints.</summary>
    private static DebugComparator[] Comparators(Cpu cpu)
    {
        var comparators = new DebugComparator[2 * Slots.DebugRegisters];
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            if (DebugControl.IsEnabled((uint)cpu[Slots.BreakpointControl(number)]))
                comparators[number] = new(cpu[Slots.BreakpointValue(number)], sizeof(uint), Access.Execute);
            var control = (uint)cpu[Slots.WatchpointControl(number)];
            if (!DebugControl.IsEnabled(control)) continue;
            var (address, length) = Watched(cpu[Slots.WatchpointValue(number)], control);
            var access = ((control & DebugControl.Load) != 0 ? Access.Read : Access.None)
                | ((control & DebugControl.Store) != 0 ? Access.Write : Access.None);
            comparators[Slots.DebugRegisters + number] = new(address, (long)length, access);
        }
        return comparators;
    }
}
