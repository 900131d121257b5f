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
        ulong guard = HasStackGuards ? GuardSize : 0;
        if (size == 0 || !IsValid(bottom, bottom + size))
            return KernReturn.InvalidAddress;
        if (size <= guard || size % Frame.Size != 0)
            return KernReturn.InvalidArgument;
        if (_entries.Count + 2 > MaximumEntries)
            return KernReturn.ResourceShortage;
        if (_entries.AtOrAfter(bottom) is { } next && next.Start < bottom + size)
            return KernReturn.NoSpace;
        ulong top = bottom + size, border = top - Math.Min(GrowSize, size - guard);
        var result = Insert(border, top, mapping with { Flags = mapping.Flags | EntryFlags.GrowsDown });
        if (result != KernReturn.Success || border == bottom)
            return result;
        return Insert(bottom, border, new VmMapping(null, 0, Access.None, Access.None, GapFlags, Inheritance.Copy)
        {
            Growth = new StackGrowth(mapping.Protection, mapping.MaxProtection, guard),
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
        ulong floor = Math.Max(gap.Start + (HasStackGuards ? gap.Growth.Guard : 0), limit);
        if (!stack.Has(EntryFlags.GrowsDown) || stack.Start != gap.End || address < floor)
            return false;
        ulong amount = Align(stack.Start - (address & ~(ulong)(Frame.Size - 1)), GrowSize);
        ulong start = Math.Max(stack.Start - Math.Min(amount, stack.Start), floor);
        var (protection, maximum) = StacksGrowAsMapped
            ? (gap.Growth.Protection, gap.Growth.MaxProtection) : (stack.Protection, stack.MaxProtection);
        if (IsForbidden(protection))
            return false;
        Lock();
        Size -= gap.End - start;
        if (start == gap.Start)
            _entries.RemoveRange(index, 1);
        else
            SetEnd(gap, start);
        return Insert(start, stack.Start, new VmMapping(null, 0, protection, maximum, EntryFlags.GrowsDown, Inheritance.Copy)) == KernReturn.Success;
    }

    private const EntryFlags GapFlags = EntryFlags.Guard | EntryFlags.StackGap;

    private static ulong Align(ulong address, ulong alignment) => (address + alignment - 1) & ~(alignment - 1);
}
