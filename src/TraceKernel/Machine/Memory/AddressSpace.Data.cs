using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TraceKernel.Machine.Memory;

// Reading and writing through the mappings.
public sealed unsafe partial class AddressSpace
{
    // The page last remembered for reading and writing; the state in which one was looked for in vain.
    private ulong _plain;
    private long _plainSought;

    /// <summary>Reads 1, 2, 4 or 8 bytes; false, and nothing done, when not all of them are mapped and readable.</summary>
    public bool TryLoad(ulong address, int size, out ulong value)
    {
        byte* host = Readable(address, size);
        if (host != null)
        {
            value = size switch { 1 => *host, 2 => *(ushort*)host, 4 => *(uint*)host, _ => *(ulong*)host };
            return true;
        }
        ulong bytes = 0;
        bool done = TryAccess(address, size, Access.Read, (byte*)&bytes);
        value = bytes;
        return done;
    }

    /// <summary>
    /// Writes the low 1, 2, 4 or 8 bytes of <paramref name="value"/>; false, and nothing done, when not all of them are mapped and
    /// writable.
    /// </summary>
    public bool TryStore(ulong address, int size, ulong value)
    {
        byte* host = Writable(address, size);
        if (host == null)
            return TryAccess(address, size, Access.Write, (byte*)&value);
        switch (size)
        {
            case 1: *host = (byte)value; break;
            case 2: *(ushort*)host = (ushort)value; break;
            case 4: *(uint*)host = (uint)value; break;
            default: *(ulong*)host = value; break;
        }
        return true;
    }

    /// <summary>Reads 16 bytes, as <see cref="TryLoad"/>.</summary>
    public bool TryLoad128(ulong address, out ulong low, out ulong high)
    {
        byte* host = Readable(address, 16);
        var bytes = Vector128<ulong>.Zero;
        bool done = host != null || TryAccess(address, 16, Access.Read, (byte*)&bytes);
        if (host != null)
            bytes = Vector128.Load((ulong*)host);
        (low, high) = (bytes[0], bytes[1]);
        return done;
    }

    /// <summary>Writes 16 bytes, as <see cref="TryStore"/>.</summary>
    public bool TryStore128(ulong address, ulong low, ulong high)
    {
        byte* host = Writable(address, 16);
        var bytes = Vector128.Create(low, high);
        if (host == null)
            return TryAccess(address, 16, Access.Write, (byte*)&bytes);
        bytes.Store((ulong*)host);
        return true;
    }

    /// <summary>Whether all of a range has all the rights of <paramref name="access"/>; true for an empty one.</summary>
    public bool CanAccess(ulong address, ulong length, Access access) =>
        length == 0 || (HasRights(address, access) && (length <= Room(address) || FirstInaccessible(address, length, access) == address + length));

    /// <summary>The first byte of a range that lacks a mapping or one of the rights; the range's end when there is none.</summary>
    public ulong FirstInaccessible(ulong address, ulong length, Access access)
    {
        while (length > 0)
        {
            if (!HasRights(address, access))
                return address;
            ulong step = Math.Min(length, Room(address));
            address += step;
            length -= step;
        }
        return address;
    }

    /// <summary>
    /// The kernel's way to read any number of bytes; false at the first page that cannot be read, with what comes before it done.
    /// </summary>
    public bool TryRead(ulong address, Span<byte> destination) => Copy(address, destination, Access.Read) == destination.Length;

    /// <summary>
    /// The kernel's way to write any number of bytes; false at the first page that cannot be written, with what comes before it done.
    /// </summary>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            ref var entry = ref _pages.Find(address);
            if (Unsafe.IsNullRef(ref entry) || (entry.Access & Access.Write) == 0)
                return false;
            var part = source[..(int)Math.Min((ulong)source.Length, Room(address))];
            entry.Frame!.Write(Offset(address), part);
            source = source[part.Length..];
            address += (ulong)part.Length;
        }
        return true;
    }

    /// <summary>Reads instruction bytes; stops at the first page without the right to execute.</summary>
    /// <returns>How many bytes were read.</returns>
    public int Fetch(ulong address, Span<byte> code) => Copy(address, code, Access.Execute);

    /// <summary>
    /// Whether an access must be made with everything else exact: it hits a watchpoint, or writes a page of which translations are kept.
    /// </summary>
    internal bool IsObserved(ulong address, int size, Access access)
    {
        return (_watchpoints.Watched(address, (ulong)size) & access) != 0
            || (access == Access.Write && (IsCode(address) || IsCode(address + (ulong)size - 1)));
    }

    /// <summary>A page that can be read and written in one go, and host address minus guest address; false when there is none.</summary>
    internal bool TryFindPlain(out ulong page, out nint delta)
    {
        if (!IsPlain(_plain) && _plainSought != Changes)
        {
            _plainSought = Changes;
            if (_pages.TryFind(Access.Read | Access.Write, page => _watchpoints.Watched(page, Frame.Size) == Access.None, out ulong found))
                Remember(found, _pages.Find(found));
        }
        page = _plain;
        delta = Translation.Of(Translations, page)->Delta;
        return IsPlain(page);
    }

    /// <summary>Notes the hits of an access that is not made, and tells the first watched byte of it.</summary>
    internal bool TryHit(ulong address, int size, Access access, out ulong watched) => _watchpoints.TryNote(address, (ulong)size, access, out watched);

    // The fast way to an access, or null.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Readable(ulong address, int size)
    {
        var translation = Translation.Of(Translations, address);
        bool hit = translation->ReadTag == ((address + (ulong)size - 1) & Translation.PageMask);
        return hit ? (byte*)((nint)address + translation->Delta) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Writable(ulong address, int size)
    {
        var translation = Translation.Of(Translations, address);
        bool hit = translation->WriteTag == ((address + (ulong)size - 1) & Translation.PageMask);
        return hit ? (byte*)((nint)address + translation->Delta) : null;
    }

    // Up to 16 bytes between the guest and a buffer, by the page table; what can go the fast way next time is remembered.
    private bool TryAccess(ulong address, int size, Access access, byte* buffer)
    {
        ref var entry = ref _pages.Find(address);
        if (Unsafe.IsNullRef(ref entry) || (entry.Access & access) == 0)
            return false;
        var frame = entry.Frame!;
        int here = (int)Math.Min((ulong)size, Room(address));
        if (here < size)
        {
            entry = ref _pages.Find(address + (ulong)here);
            if (Unsafe.IsNullRef(ref entry) || (entry.Access & access) == 0)
                return false;
            MoveInFrame(entry.Frame!, 0, buffer + here, size - here, access);
        }
        else
            Remember(address & Translation.PageMask, entry);
        MoveInFrame(frame, Offset(address), buffer, here, access);
        _watchpoints.Note(address, (ulong)size, access);
        return true;
    }

    private static void MoveInFrame(Frame frame, int offset, byte* buffer, int size, Access access)
    {
        Move(frame.Bytes + offset, buffer, size, access);
        if (access == Access.Write && frame.CodeViews > 0)
            frame.ReportCodeWritten(offset, size);
    }

    private static void Move(byte* host, byte* buffer, int size, Access access)
    {
        if (access == Access.Read)
            Unsafe.CopyBlockUnaligned(buffer, host, (uint)size);
        else
            Unsafe.CopyBlockUnaligned(host, buffer, (uint)size);
    }

    // Page 0 never enters the table: there, an access that wraps around the end of the address space would find it.
    private void Remember(ulong page, in PageEntry entry)
    {
        if (page == 0)
            return;
        var permitted = entry.Access;
        if (entry.Frame!.CodeViews > 0)
            permitted &= ~Access.Write;
        var watched = _watchpoints.Watched(page, Frame.Size);
        if ((permitted & ~watched & (Access.Read | Access.Write)) == (Access.Read | Access.Write))
            _plain = page;
        *Translation.Of(Translations, page) = new Translation
        {
            ReadTag = Tag(Access.Read),
            WriteTag = Tag(Access.Write),
            Delta = (nint)entry.Frame.Bytes - (nint)page,
            Watched = watched == Access.None ? 0 : _watchpoints.Hull(page),
        };

        ulong Tag(Access access) =>
            (permitted & access) == 0 ? Translation.Invalid : (watched & access) == 0 ? page : page | Translation.Beside;
    }

    private bool IsPlain(ulong page)
    {
        var translation = Translation.Of(Translations, page);
        return page != 0 && translation->ReadTag == page && translation->WriteTag == page;
    }

    private int Copy(ulong address, Span<byte> destination, Access access)
    {
        int done = 0;
        while (done < destination.Length)
        {
            ref var entry = ref _pages.Find(address);
            if (Unsafe.IsNullRef(ref entry) || (entry.Access & access) == 0)
                break;
            int step = (int)Math.Min((ulong)(destination.Length - done), Room(address));
            entry.Frame!.Read(Offset(address), destination.Slice(done, step));
            done += step;
            address += (ulong)step;
        }
        return done;
    }

    private bool HasRights(ulong address, Access access)
    {
        ref var entry = ref _pages.Find(address);
        return !Unsafe.IsNullRef(ref entry) && (entry.Access & access) == access;
    }

    private bool IsCode(ulong address)
    {
        ref var entry = ref _pages.Find(address);
        return !Unsafe.IsNullRef(ref entry) && entry.Frame!.CodeViews > 0;
    }

    private static ulong Room(ulong address) => Frame.Size - (address & ~Translation.PageMask);

    private static int Offset(ulong address) => (int)(address & ~Translation.PageMask);
}
