using System.Buffers.Binary;
using Arch.Amd64.Registers;
using TraceKernel.Abi;

namespace Arch.Amd64.Conventions;

/// <summary>Where a debugger keeps its hardware breakpoints and watchpoints: the four slots of a struct dbreg image.</summary>
internal static class DebugSlots
{
    // The Z packet's kinds (GDB manual, Packets).
    private const int Breakpoint = 1, WriteWatch = 2, AccessWatch = 4;

    /// <summary>DR6.B0–B3, the comparators that fired.</summary>
    private const ulong Fired = 15;

    /// <summary>
    /// A breakpoint takes one slot; a watched range as many as it has aligned pieces of 1, 2, 4 and 8 bytes. All are placed or none.
    /// </summary>
    public static DebugSlotResult TryInsert(Span<byte> dbreg, int kind, ulong address, int length)
    {
        if (!TryType(kind, ref length, out var type)) return DebugSlotResult.Unsupported;
        var control = Read(dbreg, 7);
        Span<Piece> pieces = stackalloc Piece[DebugControl.Slots];
        var count = Split(address, length, pieces);
        if (count > FreeSlots(control)) return DebugSlotResult.Full;
        var slot = 0;
        foreach (var piece in pieces[..count])
        {
            while (DebugControl.IsEnabled(control, slot)) slot++;
            Write(dbreg, slot, piece.Address);
            control = DebugControl.Enable(control, slot, type, piece.Length);
        }
        Write(dbreg, 7, control);
        return DebugSlotResult.Inserted;
    }

    /// <summary>Frees the slots that <see cref="TryInsert"/> took; false, and nothing changed, when not all of them are there.</summary>
    public static bool TryRemove(Span<byte> dbreg, int kind, ulong address, int length)
    {
        if (!TryType(kind, ref length, out var type)) return false;
        var control = Read(dbreg, 7);
        Span<Piece> pieces = stackalloc Piece[DebugControl.Slots];
        var count = Split(address, length, pieces);
        if (count > DebugControl.Slots) return false;
        Span<ulong> addresses = [Read(dbreg, 0), Read(dbreg, 1), Read(dbreg, 2), Read(dbreg, 3)];
        foreach (var piece in pieces[..count])
        {
            var slot = Find(control, addresses, type, piece);
            if (slot < 0) return false;
            control = DebugControl.Disable(control, slot);
            addresses[slot] = 0;
        }
        for (var slot = 0; slot < DebugControl.Slots; slot++) Write(dbreg, slot, addresses[slot]);
        Write(dbreg, 7, control);
        return true;
    }

    /// <summary>The lowest slot in use whose bit is set in DR6; all such bits are cleared, for they tell of one stop.</summary>
    public static bool TryTakeHit(Span<byte> dbreg, out int kind, out ulong address)
    {
        (kind, address) = (0, 0);
        ulong status = Read(dbreg, 6), control = Read(dbreg, 7);
        if ((status & Fired) == 0) return false;
        Write(dbreg, 6, status & ~Fired);
        for (var slot = 0; slot < DebugControl.Slots; slot++)
        {
            if ((status >> slot & 1) == 0 || !DebugControl.IsEnabled(control, slot)) continue;
            kind = DebugControl.Type(control, slot) switch
            {
                DebugControl.Execute => Breakpoint,
                DebugControl.Write => WriteWatch,
                _ => AccessWatch,
            };
            address = Read(dbreg, slot);
            return true;
        }
        return false;
    }

    /// <summary>The processor's type for a Z kind. It cannot watch reads alone. The length of a breakpoint does not matter.</summary>
    private static bool TryType(int kind, ref int length, out int type)
    {
        type = kind switch { Breakpoint => DebugControl.Execute, WriteWatch => DebugControl.Write, _ => DebugControl.ReadWrite };
        if (kind == Breakpoint) length = 1;
        return kind is Breakpoint or WriteWatch or AccessWatch && length > 0;
    }

    /// <summary>Cuts a range into aligned pieces, the largest possible at each place. Returns their number, at most one too many.</summary>
    private static int Split(ulong address, int length, Span<Piece> pieces)
    {
        var count = 0;
        while (length > 0)
        {
            if (count == pieces.Length) return count + 1;
            var piece = 8;
            while (piece > length || (address & (ulong)(piece - 1)) != 0) piece /= 2;
            pieces[count++] = new(address, piece);
            address += (ulong)piece;
            length -= piece;
        }
        return count;
    }

    private static int FreeSlots(ulong control)
    {
        var free = 0;
        for (var slot = 0; slot < DebugControl.Slots; slot++)
            if (!DebugControl.IsEnabled(control, slot)) free++;
        return free;
    }

    private static int Find(ulong control, ReadOnlySpan<ulong> addresses, int type, Piece piece)
    {
        for (var slot = 0; slot < DebugControl.Slots; slot++)
        {
            if (DebugControl.IsEnabled(control, slot) && addresses[slot] == piece.Address && DebugControl.Type(control, slot) == type
                && DebugControl.Length(control, slot) == piece.Length) return slot;
        }
        return -1;
    }

    private static ulong Read(ReadOnlySpan<byte> dbreg, int number) => BinaryPrimitives.ReadUInt64LittleEndian(dbreg[(8 * number)..]);

    private static void Write(Span<byte> dbreg, int number, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(dbreg[(8 * number)..], value);

    /// <summary>What one slot watches.</summary>
    private readonly record struct Piece(ulong Address, int Length);
}
