using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>
/// struct vm_map: the ordered list of what lies where in an address space. This part looks up, inserts, splits, joins and deletes; changing
/// attributes, stacks and fork are in the other parts.
/// </summary>
public sealed partial class VmMap
{
    /// <summary>
    /// Most entries of a map. FreeBSD's limit is the kernel's memory; without one a program that maps every other page would eat the
    /// host's.
    /// </summary>
    public const int MaximumEntries = 65536;

    private readonly VmEntryTree _entries = new();
    private readonly PhysicalMemory _memory;
    private readonly AddressSpace _pmap;

    /// <param name="minimum">First address that may be mapped, vm_map_min.</param>
    /// <param name="maximum">First address that may not, vm_map_max.</param>
    internal VmMap(PhysicalMemory memory, AddressSpace pmap, ulong minimum, ulong maximum)
    {
        _memory = memory;
        _pmap = pmap;
        Minimum = minimum;
        Maximum = maximum;
    }

    public ulong Minimum { get; }

    public ulong Maximum { get; }

    /// <summary>By address.</summary>
    public IReadOnlyList<VmEntry> Entries => _entries;

    /// <summary>map->timestamp: counts the times that the map was locked for writing.</summary>
    public int Timestamp { get; private set; }

    /// <summary>A stack grows with the protection that it was mapped with (14.0; before, with that of the part above).</summary>
    internal bool StacksGrowAsMapped { get; set; }

    /// <summary>Stacks keep a guard below them; otherwise P2_STKGAP_DISABLE.</summary>
    internal bool HasStackGuards { get; set; } = true;

    /// <summary>MAP_WXORX: nothing may become writable and executable at once.</summary>
    internal bool ForbidsWritableCode { get; set; }

    /// <summary>Bytes mapped, guards included.</summary>
    public ulong Size { get; private set; }

    /// <summary>vm_map_lookup_entry: the entry at an address.</summary>
    public VmEntry? Lookup(ulong address) => _entries.AtOrAfter(address) is { } entry && entry.Start <= address ? entry : null;

    /// <summary>vm_map_range_valid.</summary>
    internal bool IsValid(ulong start, ulong end) => start <= end && start >= Minimum && end <= Maximum;

    /// <summary>vm_map_lock.</summary>
    internal void Lock() => Timestamp++;

    /// <summary>
    /// vm_map_insert: NoSpace when something lies in the range already. Memory without an object that follows alike memory becomes part
    /// of its entry, or at least of its object.
    /// </summary>
    internal KernReturn Insert(ulong start, ulong end, VmMapping mapping)
    {
        if (start >= end || !IsValid(start, end))
            return KernReturn.InvalidAddress;
        if (IsForbidden(mapping.Protection))
            return KernReturn.ProtectionFailure;
        int index = IndexAtOrAfter(start);
        if (index < _entries.Count && _entries[index].Start < end)
            return KernReturn.NoSpace;
        if (_entries.Count >= MaximumEntries)
            return KernReturn.ResourceShortage;

        if (index > 0 && mapping.Object is null && Continues(_entries[index - 1], start, end, mapping))
        {
            var previous = _entries[index - 1];
            if (previous.Protection == mapping.Protection && previous.MaxProtection == mapping.MaxProtection
                && previous.Inheritance == mapping.Inheritance)
            {
                SetEnd(previous, end);
                Size += end - start;
                Simplify(start, end);
                return KernReturn.Success;
            }
            if (previous.Object is { } shared)
                mapping = mapping with { Object = shared, Offset = previous.Offset + previous.Size };
        }
        _entries.Insert(index, new VmEntry(this, start, end, mapping));
        Size += end - start;
        Simplify(start, end);
        return KernReturn.Success;
    }

    /// <summary>
    /// vm_map_find's search: the lowest free range of that length from an address on, below <paramref name="limit"/>. After each
    /// alignment the search begins again where that led (vm_map_alignspace).
    /// </summary>
    /// <param name="align">Gives the first suitable address that is not below another; an address that is suitable stays.</param>
    internal bool TryFindSpace(ulong from, ulong length, ulong limit, Func<ulong, ulong> align, out ulong start)
    {
        limit = Math.Min(limit, Maximum);
        start = Math.Max(from, Minimum);
        for (; ; )
        {
            start = _entries.FindSpace(start, length);
            if (length > limit || start > limit - length)
                return false;
            ulong aligned = align(start);
            if (aligned == start)
                return true;
            // The alignment has passed the end of the address space.
            if (aligned < start)
                return false;
            start = aligned;
        }
    }

    /// <summary>vm_map_delete: removes all of a range; holes are no error.</summary>
    internal KernReturn Delete(ulong start, ulong end)
    {
        if (start >= end)
            return KernReturn.Success;
        if (!Clip(start, end, out int first, out int count))
            return KernReturn.ResourceShortage;
        _pmap.Remove(start, end);
        for (int index = first; index < first + count; index++)
        {
            var entry = _entries[index];
            Size -= entry.Size;
            if (entry.Object is not { } pages)
                continue;
            // The object may live on with its other parts: its pages that nothing shows any more are freed now.
            if (pages.IsAnonymous && pages.HasOneMapping)
                pages.RemovePages(entry.PageIndex(entry.Start), entry.Size / Frame.Size);
            entry.Attach(null);
        }
        _entries.RemoveRange(first, count);
        return KernReturn.Success;
    }

    private int IndexAtOrAfter(ulong address) => _entries.IndexAtOrAfter(address);

    private bool IsForbidden(Access protection) =>
        ForbidsWritableCode && (protection & (Access.Write | Access.Execute)) == (Access.Write | Access.Execute);

    private void SetEnd(VmEntry entry, ulong end)
    {
        entry.End = end;
        _entries.Resized(entry);
    }

    /// <summary>Splits entries so that the range begins and ends at borders; false when the map has no room for the parts.</summary>
    private bool Clip(ulong start, ulong end, out int first, out int count)
    {
        first = IndexAtOrAfter(start);
        int last = IndexAtOrAfter(end);
        bool splitStart = first < _entries.Count && _entries[first].Start < start;
        bool splitEnd = last < _entries.Count && _entries[last].Start < end;
        count = 0;
        if (_entries.Count + (splitStart ? 1 : 0) + (splitEnd ? 1 : 0) > MaximumEntries)
            return false;
        if (splitEnd)
            Split(last++, end);
        if (splitStart)
        {
            Split(first++, start);
            last++;
        }
        count = last - first;
        return true;
    }

    private void Split(int index, ulong address)
    {
        var entry = _entries[index];
        if (!entry.Has(EntryFlags.Guard))
            entry.Back(_memory);
        var upper = entry.Mapping with { Offset = entry.Offset + (address - entry.Start) };
        var rest = new VmEntry(this, address, entry.End, upper);
        SetEnd(entry, address);
        _entries.Insert(index + 1, rest);
    }

    /// <summary>Whether new memory may use the object of the entry before it (vm_map_insert, vm_object_coalesce).</summary>
    private static bool Continues(VmEntry previous, ulong start, ulong end, in VmMapping mapping) =>
        previous.End == start && previous.Flags == mapping.Flags && (mapping.Flags & (EntryFlags.GrowsDown | EntryFlags.Guard)) == 0
        && (previous.Object is null
            || previous.Object.TryExtend((previous.Offset + previous.Size) / Frame.Size, (end - start) / Frame.Size));

    /// <summary>vm_map_try_merge_entries over a range and its neighbours.</summary>
    private void Simplify(ulong start, ulong end)
    {
        int index = Math.Max(1, IndexAtOrAfter(start));
        while (index < _entries.Count && _entries[index - 1].End <= end)
        {
            VmEntry lower = _entries[index - 1], upper = _entries[index];
            if (!AreOne(lower, upper))
            {
                index++;
                continue;
            }
            upper.Attach(null);
            _entries.RemoveRange(index, 1);
            SetEnd(lower, upper.End);
        }
    }

    private static bool AreOne(VmEntry lower, VmEntry upper) =>
        lower.End == upper.Start && lower.Object == upper.Object && (lower.Object is null || lower.Offset + lower.Size == upper.Offset)
        && lower.Flags == upper.Flags && (lower.Flags & (EntryFlags.GrowsDown | EntryFlags.StackGap)) == 0
        && lower.Protection == upper.Protection && lower.MaxProtection == upper.MaxProtection && lower.Inheritance == upper.Inheritance;
}
