using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

// Stacks that grow.
public sealed partial class VmMap
{
    /// <summary>SGROWSIZ: a stack begins with, and grows by multiples of, so many bytes.</summary>
    private const ulong GrowSize = 128 * 1024;

    /// <summary>security.bsd.stack_guard_page: the pages below a stack that it never grows into.</summary>
    private const ulong GuardSize = Frame.Size;

    /// <summary>vm_map_stack: a stack at the top of the range, and below it the gap into which it grows.</summary>
    internal KernReturn InsertStack(ulong bottom, ulong size, in VmMapping mapping)
    {
        if (size <= GuardSize || size % Frame.Size != 0)
            return KernReturn.InvalidArgument;
        if (!IsValid(bottom, bottom + size))
            return KernReturn.InvalidAddress;
        if (_entries.Count + 2 > MaximumEntries)
            return KernReturn.ResourceShortage;
        int index = IndexAtOrAfter(bottom);
        if (index < _entries.Count && _entries[index].Start < bottom + size)
            return KernReturn.NoSpace;
        ulong top = bottom + size, border = top - Math.Min(GrowSize, size - GuardSize);
        Insert(border, top, mapping with { Flags = mapping.Flags | EntryFlags.GrowsDown });
        return Insert(bottom, border, mapping with
        {
            Protection = Access.None,
            MaxProtection = Access.None,
            Flags = EntryFlags.Guard | EntryFlags.StackGap,
        });
    }

    /// <summary>vm_map_growstack: makes the stack above a gap reach down to an address in the gap; false when it must not.</summary>
    /// <param name="limit">Lowest address that the resource limit allows the stack.</param>
    internal bool TryGrow(VmEntry gap, ulong address, ulong limit)
    {
        int index = IndexAtOrAfter(gap.Start);
        if (index + 1 >= _entries.Count || _entries.Count >= MaximumEntries)
            return false;
        var stack = _entries[index + 1];
        ulong floor = Math.Max(gap.Start + GuardSize, limit);
        if (!stack.Has(EntryFlags.GrowsDown) || stack.Start != gap.End || address < floor)
            return false;
        ulong amount = Align(stack.Start - (address & ~(ulong)(Frame.Size - 1)), GrowSize);
        ulong start = Math.Max(stack.Start - Math.Min(amount, stack.Start), floor);
        Lock();
        Size -= gap.End - start;
        SetEnd(gap, start);
        var flags = stack.Flags & ~(EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy);
        return Insert(start, stack.Start, stack.Mapping with { Object = null, Offset = 0, Flags = flags }) == KernReturn.Success;
    }
}
