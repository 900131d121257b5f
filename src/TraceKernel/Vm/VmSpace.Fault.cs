using TraceKernel.Abi;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

// vm_fault: from an address to the page that is there.
public sealed partial class VmSpace
{
    /// <summary>
    /// vm_fault: makes <paramref name="access"/> to <paramref name="address"/> possible, or says why not. A stack may grow.
    /// </summary>
    public FaultResult Fault(ulong address, Access access) => Fault(address, access, FaultKind.Program, out _);

    /// <summary>What a page may be entered with: hardware that lets a program write or execute a page lets it read it too.</summary>
    internal static Access Enterable(Access protection) => protection == Access.None ? Access.None : protection | Access.Read;

    private FaultResult Fault(ulong address, Access access, FaultKind kind, out Frame? frame)
    {
        frame = null;
        ulong page = address & PageMask;
        var entry = Map.Lookup(page);
        bool mayGrow = kind is FaultKind.Program or FaultKind.Loader;
        if (mayGrow && entry is not null && entry.Has(EntryFlags.StackGap) && Map.TryGrow(entry, page, StackLimit(entry)))
            entry = Map.Lookup(page);
        if (entry is null)
            return FaultResult.InvalidAddress;
        if (!Permits(entry, access, kind))
            return FaultResult.ProtectionFailure;
        bool copy = kind is not (FaultKind.Program or FaultKind.DebuggerRead);

        bool write = copy || (access & Access.Write) != 0;
        var enter = Enterable(entry.Protection);
        if (entry.Has(EntryFlags.NeedsCopy) && write)
        {
            Map.Lock();
            entry.Shadow();
        }
        else if (entry.Has(EntryFlags.NeedsCopy))
            enter &= ~Access.Write;
        if (entry.Object is null)
        {
            Map.Lock();
            entry.Back(_memory);
        }
        var result = Find(entry, entry.PageIndex(page), write, ref enter, out frame);
        if (frame is not null)
            Pmap.Enter(page, frame, enter);
        return result;
    }

    /// <summary>Whether an entry's rights allow it: those that it has now, or for a debugger those that it may ever have.</summary>
    private static bool Permits(VmEntry entry, Access access, FaultKind kind)
    {
        bool isWritable = (entry.MaxProtection & Access.Write) != 0;
        switch (kind)
        {
            case FaultKind.Override:
                return isWritable;
            case FaultKind.OverrideReadable:
                return isWritable && (entry.MaxProtection & Access.Read) != 0;
            case FaultKind.DebuggerWrite or FaultKind.Loader when !isWritable && !entry.Has(EntryFlags.CopyOnWrite):
                return false;
            default:
                return (entry.Protection != Access.None || kind == FaultKind.Loader) && (access & ~entry.Protection) == 0;
        }
    }

    /// <summary>
    /// The page in the entry's object or in those that it shadows; a page that is nowhere is zero. Writes get a copy in the first object.
    /// </summary>
    private FaultResult Find(VmEntry entry, ulong index, bool write, ref Access enter, out Frame? frame)
    {
        var first = entry.Object!;
        if (write)
            first.Collapse(thorough: false);
        var owner = first;
        ulong ownIndex = index;
        while (!owner.TryGet(ownIndex, out frame!))
        {
            if (!owner.IsAnonymous)
            {
                if (ownIndex >= owner.Size)
                    return FaultResult.OutOfBounds;
                frame = VnodePager.PageIn(owner, ownIndex, out var error);
                if (frame is not null)
                    break;
                return error == Errno.None ? FaultResult.OutOfMemory : FaultResult.OutOfBounds;
            }
            if (owner.Backing is not { } backing)
                return FillZero(first, index, out frame);
            ownIndex += owner.BackingOffset / Frame.Size;
            owner = backing;
        }

        if (owner != first && write)
        {
            var original = frame;
            frame = original.TryCopy();
            if (frame is null)
                return FaultResult.OutOfMemory;
            first.Put(index, frame);
            // Others that share the copies must no longer see the original.
            if (!first.HasOneMapping)
                original.RemoveViews();
        }
        else if (owner != first)
            enter &= ~Access.Write;
        else if (!owner.IsAnonymous && write)
        {
            if (!owner.IsDirty(index) && !owner.File!.TryReserve((long)index * Frame.Size))
                return FaultResult.OutOfMemory;
            owner.MarkDirty(index);
        }
        else if (!owner.IsAnonymous && !owner.IsDirty(index))
            enter &= ~Access.Write;
        return FaultResult.Resolved;
    }

    private FaultResult FillZero(VmObject pages, ulong index, out Frame? frame)
    {
        frame = _memory.TryAllocate();
        if (frame is null)
            return FaultResult.OutOfMemory;
        pages.Put(index, frame);
        return FaultResult.Resolved;
    }

    /// <summary>
    /// core_output: a part of a segment for a core file, zeros where a page cannot be read. False when none of its pages was ever touched:
    /// they are zeros, and need no memory to say so.
    /// </summary>
    internal bool ReadForCore(ulong address, Span<byte> destination)
    {
        var touched = false;
        for (var done = 0; done < destination.Length; done += Frame.Size)
        {
            var page = destination.Slice(done, Frame.Size);
            if (IsUntouched(address + (ulong)done) || Fault(address + (ulong)done, Access.Read, FaultKind.DebuggerRead, out var frame) != FaultResult.Resolved)
            {
                page.Clear();
                continue;
            }
            frame!.Read(0, page);
            touched = true;
        }
        return touched;
    }

    /// <summary>A debugger may read the page, and nobody has put anything there.</summary>
    private bool IsReadableUntouched(ulong page) =>
        Map.Lookup(page) is { Protection: var protection } && (protection & Access.Read) != 0 && IsUntouched(page);

    private bool IsUntouched(ulong page)
    {
        if (Map.Lookup(page) is not { } entry) return true;
        var index = entry.PageIndex(page);
        for (var pages = entry.Object; pages is not null; pages = pages.Backing)
        {
            if (!pages.IsAnonymous || pages.TryGet(index, out _)) return false;
            index += pages.BackingOffset / Frame.Size;
        }
        return true;
    }

    /// <summary>Lowest address that the stack above a gap may reach: RLIMIT_STACK holds for the main stack only.</summary>
    private ulong StackLimit(VmEntry gap) =>
        gap.End > MaximumStackAddress && gap.End <= StackTop ? StackTop - Math.Min(StackSizeLimit, StackTop) : 0;

    /// <summary>On whose behalf a page is wanted.</summary>
    private enum FaultKind
    {
        /// <summary>The program's own access, or the kernel's for it.</summary>
        Program,
        /// <summary>A debugger reads: no stack grows (vm_map_growstack refuses another process's map).</summary>
        DebuggerRead,
        /// <summary>VM_PROT_COPY: a debugger writes, if need be to a private copy of a page that the program cannot write.</summary>
        DebuggerWrite,
        /// <summary>VM_PROT_OVERRIDE_WRITE: a debugger writes whatever might ever be writable.</summary>
        Override,
        /// <summary>The same where it might be readable too.</summary>
        OverrideReadable,
        /// <summary>exec writes what the protection may forbid the program.</summary>
        Loader,
    }
}
