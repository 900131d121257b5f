using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

// What a child gets.
public sealed partial class VmMap
{
    /// <summary>vmspace_fork: fills the empty map of a child by the inheritance of each entry. No page is copied.</summary>
    internal void CopyTo(VmMap child)
    {
        Lock();
        child.StacksGrowAsMapped = StacksGrowAsMapped;
        child.HasStackGuards = HasStackGuards;
        child.ForbidsWritableCode = ForbidsWritableCode;
        foreach (var entry in _entries)
        {
            switch (entry.Inheritance)
            {
                case Inheritance.Share:
                    child.Append(entry, entry.Has(EntryFlags.Guard) ? entry.Mapping : Share(entry));
                    break;
                case Inheritance.Copy:
                    child.Append(entry, entry.Object is null ? entry.Mapping : Copy(entry));
                    break;
                case Inheritance.Zero:
                    child.Append(entry, entry.Mapping with
                    {
                        Object = null,
                        Offset = 0,
                        Flags = entry.Flags & ~(EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy),
                    });
                    break;
            }
        }
    }

    private VmMapping Share(VmEntry entry)
    {
        var pages = entry.Back(_memory);
        if (entry.Has(EntryFlags.NeedsCopy))
        {
            // The copies must be shared as well: the object for them has to exist before there are two entries.
            pages.AddReference();
            entry.Shadow();
            pages.Release();
        }
        return entry.Mapping;
    }

    // vm_map_copy_entry: from now on each side copies what it writes.
    private VmMapping Copy(VmEntry entry)
    {
        entry.Object!.Collapse(thorough: entry.Object.References == 1);
        if (!entry.Has(EntryFlags.NeedsCopy) && (entry.Protection & Access.Write) != 0)
            _pmap.Protect(entry.Start, entry.End, ~Access.Write & Access.All);
        entry.Flags |= EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy;
        return entry.Mapping;
    }

    private void Append(VmEntry original, in VmMapping mapping)
    {
        // What the parent has wired, the child has not.
        var own = mapping with { Flags = mapping.Flags & ~EntryFlags.UserWired };
        _entries.Insert(_entries.Count, new VmEntry(this, original.Start, original.End, own));
        Size += original.Size;
    }
}
