using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

// Wired memory. No page ever leaves memory here, so what remains of wiring is what a program can see of it: the pages are there, they are
// counted, and msync(2) refuses to invalidate them.
public sealed partial class VmMap
{
    /// <summary>MAP_WIREFUTURE: what is mapped from now on is wired (mlockall(2), MCL_FUTURE).</summary>
    internal bool WiresFuture { get; set; }

    /// <summary>pmap_wired_count, in bytes.</summary>
    internal ulong WiredBytes
    {
        get
        {
            ulong total = 0;
            foreach (var entry in _entries)
                total += entry.Has(EntryFlags.UserWired) ? entry.Size : 0;
            return total;
        }
    }

    /// <summary>
    /// vm_map_wire for a user. InvalidAddress for a hole or for memory without rights, unless those are to be left out;
    /// ResourceShortage or Failure, with nothing wired, when a page cannot be had.
    /// </summary>
    /// <param name="bringIn">Makes the page at an address be there, for writing where the entry allows it.</param>
    internal KernReturn Wire(ulong start, ulong end, bool leavesHoles, Func<ulong, Access, FaultResult> bringIn)
    {
        Clamp(ref start, ref end);
        if (start >= end)
            return KernReturn.Success;
        if (!leavesHoles && !IsMapped(start, end))
            return KernReturn.InvalidAddress;
        if (!Clip(start, end, out int first, out int count))
            return KernReturn.ResourceShortage;
        var chosen = new List<VmEntry>();
        for (int index = first; index < first + count; index++)
        {
            if ((_entries[index].Protection & (Access.Read | Access.Execute)) != 0)
                chosen.Add(_entries[index]);
        }
        var result = leavesHoles || chosen.Count == count ? BringIn(chosen, bringIn) : KernReturn.InvalidAddress;
        if (result == KernReturn.Success)
            chosen.ForEach(entry => entry.Flags |= EntryFlags.UserWired);
        Simplify(start, end);
        return result;
    }

    /// <summary>
    /// vm_map_unwire for a user: memory that is not wired stays so. InvalidAddress for a hole, unless holes are to be left out.
    /// </summary>
    internal KernReturn Unwire(ulong start, ulong end, bool leavesHoles)
    {
        if (!leavesHoles && !IsMapped(start, end))
            return KernReturn.InvalidAddress;
        return ChangeFlags(start, end, EntryFlags.None, EntryFlags.UserWired);
    }

    private static KernReturn BringIn(List<VmEntry> entries, Func<ulong, Access, FaultResult> bringIn)
    {
        foreach (var entry in entries)
        {
            if (entry.Has(EntryFlags.UserWired))
                continue;
            var access = entry.Protection & (Access.Read | Access.Write);
            for (ulong page = entry.Start; page < entry.End; page += Frame.Size)
            {
                if (bringIn(page, access) is var result and not FaultResult.Resolved)
                    return result == FaultResult.OutOfMemory ? KernReturn.ResourceShortage : KernReturn.Failure;
            }
        }
        return KernReturn.Success;
    }
}
