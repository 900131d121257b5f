using TraceKernel.Machine.Execution;

namespace TraceKernel.Machine.Memory;

/// <summary>The data comparators in force, exact to the byte, and their hits so far.</summary>
internal sealed class Watchpoints
{
    /// <summary>The data comparators in force.</summary>
    public ComparatorSet Comparators { get; } = new(Access.ReadWrite);

    /// <summary>Bit n: comparator n matched an access.</summary>
    public uint Hits { get; set; }

    /// <summary>The kinds of access to <paramref name="length"/> bytes from <paramref name="start"/> that would hit.</summary>
    public Access Watched(ulong start, ulong length)
    {
        var kinds = Access.None;
        foreach (var (_, comparator) in Comparators.Active)
        {
            if (Overlaps(comparator, start, length))
                kinds |= comparator.Access;
        }
        return kinds;
    }

    /// <summary>
    /// The bytes of the page at <paramref name="page"/> from the first watched one to the last, as <see cref="Translation.Watched"/>.
    /// </summary>
    public ulong Hull(ulong page)
    {
        ulong first = page + Frame.Size, end = page;
        foreach (var (_, comparator) in Comparators.Active)
        {
            if (!Overlaps(comparator, page, Frame.Size))
                continue;
            bool beginsBefore = comparator.Address - page >= Frame.Size;
            first = Math.Min(first, beginsBefore ? page : comparator.Address);
            end = Math.Max(end, Math.Min(page + Frame.Size, comparator.Address + (ulong)comparator.Length));
        }
        return first < end ? (first << Translation.WatchedShift) | (end - first) : 0;
    }

    /// <summary>Takes note of an access.</summary>
    public void Note(ulong address, ulong length, Access access)
    {
        foreach (var (number, comparator) in Comparators.Active)
        {
            if ((comparator.Access & access) != 0 && Overlaps(comparator, address, length))
                Hits |= 1u << number;
        }
    }

    /// <summary>Takes note of an access that hits; of none otherwise.</summary>
    /// <param name="first">The first byte of it that a comparator watches.</param>
    public bool TryNote(ulong address, ulong length, Access access, out ulong first)
    {
        first = ulong.MaxValue;
        foreach (var (_, comparator) in Comparators.Active)
        {
            if ((comparator.Access & access) != 0 && Overlaps(comparator, address, length))
                first = Math.Min(first, Math.Max(address, comparator.Address));
        }
        if (first == ulong.MaxValue)
            return false;
        Note(address, length, access);
        return true;
    }

    // By distances, so that ranges which end at the top of the address space compare right.
    private static bool Overlaps(in DebugComparator comparator, ulong start, ulong length) =>
        start - comparator.Address < (ulong)comparator.Length || comparator.Address - start < length;
}
