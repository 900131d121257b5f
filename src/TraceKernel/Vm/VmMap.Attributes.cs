using TraceKernel.Abi;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

// Protection, inheritance and advice of ranges.
public sealed partial class VmMap
{
    /// <summary>
    /// vm_map_protect: holes are skipped and guards stay as they are. ProtectionFailure, with nothing changed, when an entry's maximum is
    /// exceeded.
    /// </summary>
    /// <param name="maximum">The new maximum protection (PROT_MAX), or null to leave it.</param>
    internal KernReturn Protect(ulong start, ulong end, Access protection, Access? maximum)
    {
        if (start >= end)
            return KernReturn.Success;
        if (IsForbidden(protection))
            return KernReturn.ProtectionFailure;
        Clamp(ref start, ref end);
        for (int index = IndexAtOrAfter(start); index < _entries.Count && _entries[index].Start < end; index++)
        {
            var entry = _entries[index];
            if (!entry.Has(EntryFlags.Guard) && ((protection | maximum.GetValueOrDefault()) & ~entry.MaxProtection) != 0)
                return KernReturn.ProtectionFailure;
        }
        if (!Clip(start, end, out int first, out int count))
            return KernReturn.ResourceShortage;
        for (int index = first; index < first + count; index++)
        {
            var entry = _entries[index];
            if (entry.Has(EntryFlags.Guard))
                continue;
            if ((entry.Protection & ~protection) != 0)
                _pmap.Protect(entry.Start, entry.End, VmSpace.Enterable(protection));
            entry.Protection = protection;
            entry.MaxProtection = maximum ?? entry.MaxProtection;
        }
        Simplify(start, end);
        return KernReturn.Success;
    }

    /// <summary>vm_map_inherit; holes are skipped.</summary>
    internal KernReturn Inherit(ulong start, ulong end, Inheritance inheritance)
    {
        Clamp(ref start, ref end);
        if (start >= end)
            return KernReturn.Success;
        if (!Clip(start, end, out int first, out int count))
            return KernReturn.ResourceShortage;
        for (int index = first; index < first + count; index++)
        {
            var entry = _entries[index];
            // A guard has no bytes to make zero.
            if (!entry.Has(EntryFlags.Guard) || inheritance != Inheritance.Zero)
                entry.Inheritance = inheritance;
        }
        Simplify(start, end);
        return KernReturn.Success;
    }

    /// <summary>vm_map_madvise for advice that is kept with the entries: sets and clears flags.</summary>
    internal KernReturn ChangeFlags(ulong start, ulong end, EntryFlags set, EntryFlags clear)
    {
        Clamp(ref start, ref end);
        if (start >= end)
            return KernReturn.Success;
        if (!Clip(start, end, out int first, out int count))
            return KernReturn.ResourceShortage;
        for (int index = first; index < first + count; index++)
            _entries[index].Flags = (_entries[index].Flags | set) & ~clear;
        Simplify(start, end);
        return KernReturn.Success;
    }

    /// <summary>
    /// MADV_FREE: anonymous pages that only this range sees are given back at once and are zero when next touched, which is one of the
    /// outcomes that FreeBSD allows. Pages that hide older ones stay, so that these do not come to light.
    /// </summary>
    internal void FreePages(ulong start, ulong end)
    {
        Clamp(ref start, ref end);
        for (int index = IndexAtOrAfter(start); index < _entries.Count && _entries[index].Start < end; index++)
        {
            var entry = _entries[index];
            if (entry.Object is not { IsAnonymous: true, Backing: null, References: 1 } pages || entry.Has(EntryFlags.NeedsCopy))
                continue;
            ulong from = Math.Max(start, entry.Start), to = Math.Min(end, entry.End);
            pages.RemovePages(entry.PageIndex(from), (to - from) / Frame.Size);
        }
    }

    /// <summary>
    /// vm_map_sync: writes changed pages of mapped files back. InvalidAddress when the range has holes; an empty range means the whole
    /// entry at <paramref name="start"/>; Failure when a file could not be written.
    /// </summary>
    /// <param name="invalidate">MS_INVALIDATE: InvalidArgument for wired memory. Pages are as the file is: none is read anew.</param>
    internal KernReturn Sync(ulong start, ulong end, bool invalidate)
    {
        if (Lookup(start) is not { } entry)
            return KernReturn.InvalidAddress;
        if (start == end)
            (start, end) = (entry.Start, entry.End);
        for (int index = IndexAtOrAfter(start); invalidate && index < _entries.Count && _entries[index].Start < end; index++)
        {
            if (_entries[index].Has(EntryFlags.UserWired))
                return KernReturn.InvalidArgument;
        }
        if (!IsMapped(start, end))
            return KernReturn.InvalidAddress;
        var result = KernReturn.Success;
        for (int index = IndexAtOrAfter(start); index < _entries.Count && _entries[index].Start < end; index++)
        {
            entry = _entries[index];
            if (entry.Object is not { IsAnonymous: false } pages)
                continue;
            ulong from = Math.Max(start, entry.Start), to = Math.Min(end, entry.End);
            if (VnodePager.Clean(pages, entry.PageIndex(from), (to - from) / Frame.Size) != Errno.None)
                result = KernReturn.Failure;
        }
        return result;
    }

    /// <summary>Writes the changed pages of all mapped files back.</summary>
    internal void FlushFiles()
    {
        foreach (var entry in _entries)
        {
            if (entry.Object?.File is { } file)
                VnodePager.Flush(file);
        }
    }

    /// <summary>Whether a file of that file system is mapped, shared or private.</summary>
    internal bool MapsFileOf(uint fileSystem)
    {
        foreach (var entry in _entries)
        {
            for (var pages = entry.Object; pages is not null; pages = pages.Backing)
            {
                if (pages.File?.FileSystemId == fileSystem)
                    return true;
            }
        }
        return false;
    }

    /// <summary>Whether the range has no holes.</summary>
    internal bool IsMapped(ulong start, ulong end)
    {
        int index = IndexAtOrAfter(start);
        for (; start < end && index < _entries.Count && _entries[index].Start <= start; index++)
            start = _entries[index].End;
        return start >= end;
    }

    // VM_MAP_RANGE_CHECK
    private void Clamp(ref ulong start, ref ulong end)
    {
        start = Math.Max(start, Minimum);
        end = Math.Min(end, Maximum);
    }
}
