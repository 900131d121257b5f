using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Machine.Memory;

/// <summary>
/// One entry of an address space's translation table, a direct-mapped cache of its pages. An access of <c>size</c> bytes may go straight
/// to host memory when the page of its last byte equals the tag in the entry of its first: one compare checks mapping, right and
/// page crossing. Pages whose accesses need a look (watched, translated code for writes) have no such tag.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal unsafe struct Translation
{
    /// <summary>Entries of a table: 256 MB of pages at once, 2 MB of host address space, touched as needed.</summary>
    public const int Entries = 1 << 16;

    /// <summary>
    /// A tag that no page equals. A fresh table holds zeros instead, which only page 0 equals: it is never entered, and its entry is made
    /// invalid.
    /// </summary>
    public const ulong Invalid = ulong.MaxValue;

    /// <summary>Mask that gives an address's page.</summary>
    public const ulong PageMask = ~(ulong)(Frame.Size - 1);

    /// <summary>Set in the tag of a page of which all but the <see cref="Watched"/> bytes may be accessed like any other.</summary>
    public const ulong Beside = 1;

    /// <summary>Where the address begins in <see cref="Watched"/>.</summary>
    public const int WatchedShift = 16;

    // The fields and the way to an entry, for those who write code that looks at the table.
    public const int WriteTagOffset = 8, DeltaOffset = 16, WatchedOffset = 24, LowShift = 7, HighShift = 18;
    public const ulong IndexMask = (Entries - 1) * 32UL;

    /// <summary>The page, if it can be read in one go.</summary>
    public ulong ReadTag;

    /// <summary>The page, if it can be written in one go.</summary>
    public ulong WriteTag;

    /// <summary>Host address minus guest address.</summary>
    public nint Delta;

    /// <summary>
    /// The address of the page's first watched byte, and in the low bits how many bytes there are from it to the last one.
    /// </summary>
    public ulong Watched;

    /// <summary>
    /// The entry of an address. Bits 23 on are folded in so that the beginnings of a FreeBSD process's regions do not compete: text at
    /// 0x200000 or 0x400000 (entry 0x200 on), mmap at 0x800000000 (0x1000), Go's heap at 0xc000000000 or 0x4000000000 (0x8000), the stack
    /// (from 0 up, as it grows down).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Translation* Of(Translation* table, ulong address) =>
        (Translation*)((byte*)table + (((address >> LowShift) ^ (address >> HighShift)) & IndexMask));
}
