using System.Numerics;
using Arch.Arm64.Registers;
using TraceKernel.Abi;

namespace Arch.Arm64.Conventions;

/// <summary>
/// Where a debugger keeps its hardware breakpoints and watchpoints: the sixteen entries of each kind in a struct dbreg image.
/// </summary>
internal static class DebugSlots
{
    // The Z packet's kinds (GDB manual, Packets).
    private const int Breakpoint = 1, WriteWatch = 2, ReadWatch = 3, AccessWatch = 4;

    /// <summary>The longest range of a watchpoint's MASK, in bits.</summary>
    private const int MaximumRange = 31;

    /// <summary>
    /// A breakpoint takes one entry; a watched range as many as it has pieces that one can watch. All are placed or none.
    /// </summary>
    public static DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length)
    {
        if (kind is < Breakpoint or > AccessWatch || length < 0 || (kind != Breakpoint && length == 0)) return DebugSlotResult.Unsupported;
        Span<Entry> pieces = stackalloc Entry[Slots.DebugRegisters];
        var count = Split(kind, address, length, pieces);
        if (count > Count(dbreg, kind, default)) return DebugSlotResult.Full;
        foreach (var piece in pieces[..count])
        {
            var place = Find(dbreg, kind, default);
            DebugImage.Write(dbreg, place, piece.Address, piece.Control);
        }
        return DebugSlotResult.Inserted;
    }

    /// <summary>Frees the entries that <see cref="TryInsert"/> took; false, and nothing changed, when not all of them are there.</summary>
    public static bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length)
    {
        if (kind is < Breakpoint or > AccessWatch || length < 0 || (kind != Breakpoint && length == 0)) return false;
        Span<Entry> pieces = stackalloc Entry[Slots.DebugRegisters];
        var count = Split(kind, address, length, pieces);
        if (count > pieces.Length) return false;
        foreach (var piece in pieces[..count])
            if (Find(dbreg, kind, piece) < 0) return false;
        foreach (var piece in pieces[..count])
            DebugImage.Write(dbreg, Find(dbreg, kind, piece), 0, 0);
        return true;
    }

    /// <summary>The comparator that a SIGTRAP tells of, by its exception class and address: there is no status register.</summary>
    public static bool TryTakeHit(ReadOnlySpan<byte> dbreg, in siginfo info, out int kind, out ulong address)
    {
        (kind, address) = (0, 0);
        if (info.si_trapno == TrapSignals.EXCP_BRKPT_EL0)
        {
            (kind, address) = (Breakpoint, info.si_addr);
            return true;
        }
        if (info.si_trapno != TrapSignals.EXCP_WATCHPT_EL0) return false;
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            var entry = DebugImage.Watchpoint(number);
            var control = DebugImage.Control(dbreg, entry);
            if (!DebugControl.IsEnabled(control)) continue;
            var (start, length) = DebugRegisters.Watched(DebugImage.Address(dbreg, entry), control);
            if (info.si_addr - start >= length) continue;
            (kind, address) = (KindOf(control), info.si_addr);
            return true;
        }
        return false;
    }

    private static int KindOf(uint control) => (control & DebugControl.LoadStoreMask) switch
    {
        DebugControl.Store => WriteWatch,
        DebugControl.Load => ReadWatch,
        _ => AccessWatch,
    };

    /// <summary>
    /// Cuts a range into pieces: bytes of one doubleword by BAS, whole aligned powers of two by MASK, the largest possible at each place.
    /// Returns their number, at most one too many.
    /// </summary>
    private static int Split(int kind, ulong address, int length, Span<Entry> pieces)
    {
        if (kind == Breakpoint)
        {
            pieces[0] = new(address & ~3UL, DebugControl.Enabled | DebugControl.UserLevel | DebugControl.BreakpointBytes);
            return 1;
        }
        var count = 0;
        var rest = (ulong)length;
        while (rest > 0)
        {
            if (count == pieces.Length) return count + 1;
            var piece = Piece(kind, address, rest, out var bytes);
            pieces[count++] = piece;
            address += bytes;
            rest -= bytes;
        }
        return count;
    }

    private static Entry Piece(int kind, ulong address, ulong length, out ulong bytes)
    {
        var control = DebugControl.Enabled | DebugControl.UserLevel | kind switch
        {
            WriteWatch => DebugControl.Store,
            ReadWatch => DebugControl.Load,
            _ => DebugControl.LoadStoreMask,
        };
        var range = Math.Min(Math.Min(BitOperations.TrailingZeroCount(address), BitOperations.Log2(length)), MaximumRange);
        if (range > 3)
        {
            bytes = 1UL << range;
            return new(address, control | DebugControl.WatchpointBytes | ((uint)range << DebugControl.RangeShift));
        }
        var first = (int)(address & 7);
        bytes = Math.Min(length, (ulong)(8 - first));
        return new(address & ~7UL, control | (((1u << (int)bytes) - 1) << first << DebugControl.BytesShift));
    }

    /// <summary>The first place with those contents; the default entry finds a free one. Negative: none.</summary>
    private static int Find(ReadOnlySpan<byte> dbreg, int kind, Entry wanted)
    {
        for (var number = 0; number < Slots.DebugRegisters; number++)
        {
            var place = kind == Breakpoint ? DebugImage.Breakpoint(number) : DebugImage.Watchpoint(number);
            if (Matches(dbreg, place, wanted)) return place;
        }
        return -1;
    }

    private static int Count(ReadOnlySpan<byte> dbreg, int kind, Entry wanted)
    {
        var count = 0;
        for (var number = 0; number < Slots.DebugRegisters; number++)
            if (Matches(dbreg, kind == Breakpoint ? DebugImage.Breakpoint(number) : DebugImage.Watchpoint(number), wanted)) count++;
        return count;
    }

    private static bool Matches(ReadOnlySpan<byte> dbreg, int place, Entry wanted)
    {
        var control = DebugImage.Control(dbreg, place);
        if (wanted == default) return !DebugControl.IsEnabled(control);
        return control == wanted.Control && DebugImage.Address(dbreg, place) == wanted.Address;
    }

    /// <summary>What one comparator is told.</summary>
    private readonly record struct Entry(ulong Address, uint Control);
}
