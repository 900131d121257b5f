using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>struct vm_map_entry: a range of a process's addresses and what lies there.</summary>
public sealed class VmEntry
{
    internal VmEntry(VmMap map, ulong start, ulong end, in VmMapping mapping)
    {
        Map = map;
        Start = start;
        End = end;
        Offset = mapping.Offset;
        Protection = mapping.Protection;
        MaxProtection = mapping.MaxProtection;
        Flags = mapping.Flags;
        Inheritance = mapping.Inheritance;
        Growth = mapping.Growth;
        Attach(mapping.Object);
    }

    /// <summary>The map it belongs to.</summary>
    internal VmMap Map { get; }

    public ulong Start { get; internal set; }

    /// <summary>First address after it.</summary>
    public ulong End { get; internal set; }

    /// <summary>Where its pages are; null until one is touched.</summary>
    public VmObject? Object { get; private set; }

    /// <summary>Offset of <see cref="Start"/> in the object, in bytes.</summary>
    public ulong Offset { get; internal set; }

    public Access Protection { get; internal set; }

    /// <summary>The most that mprotect(2) may give.</summary>
    public Access MaxProtection { get; internal set; }

    public EntryFlags Flags { get; internal set; }

    public Inheritance Inheritance { get; internal set; }

    /// <summary>Of a stack's gap: how the stack grows into it.</summary>
    internal StackGrowth Growth { get; }

    public ulong Size => End - Start;

    public bool Has(EntryFlags flag) => (Flags & flag) != 0;

    /// <summary>Index in <see cref="Object"/> of the page at <paramref name="address"/>.</summary>
    internal ulong PageIndex(ulong address) => (Offset + (address - Start)) / Frame.Size;

    /// <summary>Takes a reference to an object in place of the one it had.</summary>
    internal void Attach(VmObject? successor)
    {
        var former = Object;
        Object = successor;
        successor?.AddMapping(Map);
        former?.RemoveMapping(Map);
    }

    /// <summary>vm_map_entry_back: gives the entry an object of its own size, so that its parts can share it.</summary>
    internal VmObject Back(PhysicalMemory memory)
    {
        if (Object is null)
        {
            var anonymous = VmObject.Anonymous(memory, Size / Frame.Size);
            Offset = 0;
            Attach(anonymous);
            anonymous.Release();
        }
        return Object!;
    }

    /// <summary>vm_object_shadow: puts an object for private copies in front of the entry's own, unless nobody else sees that.</summary>
    internal void Shadow()
    {
        Flags &= ~EntryFlags.NeedsCopy;
        if (Object is not { } source || source is { IsAnonymous: true, References: 1 })
            return;
        var shadow = VmObject.ShadowOf(source, Offset, Size / Frame.Size);
        Offset = 0;
        Attach(shadow);
        shadow.Release();
    }

    internal VmMapping Mapping => new(Object, Offset, Protection, MaxProtection, Flags, Inheritance) { Growth = Growth };
}

/// <summary>What to put into a map.</summary>
/// <param name="Object">Where the pages are; null for memory that is zero until written. The map takes a reference of its own.</param>
/// <param name="Offset">Offset of the first page in the object, in bytes.</param>
/// <param name="Protection">Current protection.</param>
/// <param name="MaxProtection">The most that mprotect(2) may give.</param>
/// <param name="Flags">How the range behaves.</param>
/// <param name="Inheritance">What a child gets of it.</param>
internal readonly record struct VmMapping(
    VmObject? Object, ulong Offset, Access Protection, Access MaxProtection, EntryFlags Flags, Inheritance Inheritance)
{
    /// <summary>Of a stack's gap: how the stack grows into it.</summary>
    public StackGrowth Growth { get; init; }
}

/// <summary>What a gap keeps of the stack that was mapped above it (vm_map_stack_locked).</summary>
/// <param name="Protection">The stack's protection.</param>
/// <param name="MaxProtection">The most that mprotect(2) may give it.</param>
/// <param name="Guard">Bytes at the gap's lower end that stay free.</param>
internal readonly record struct StackGrowth(Access Protection, Access MaxProtection, ulong Guard);

/// <summary>MAP_ENTRY_*, vm/vm_map.h.</summary>
[Flags]
public enum EntryFlags
{
    None = 0,
    /// <summary>Writes go to private copies.</summary>
    CopyOnWrite = 4,
    /// <summary>The object for private copies is still to be made.</summary>
    NeedsCopy = 8,
    /// <summary>MADV_NOSYNC.</summary>
    NoSync = 0x80,
    /// <summary>mlock(2) has wired it.</summary>
    UserWired = 0x200,
    /// <summary>MADV_NOCORE: not in core dumps.</summary>
    NoCoreDump = 0x400,
    /// <summary>A stack.</summary>
    GrowsDown = 0x1000,
    /// <summary>Room that a stack may grow into.</summary>
    StackGap = 0x10000,
    /// <summary>MAP_GUARD: nothing can be mapped or accessed here.</summary>
    Guard = 0x20000,
}

/// <summary>What fork(2) does with a range, minherit(2).</summary>
public enum Inheritance
{
    Share = 0,
    Copy = 1,
    None = 2,
    Zero = 3,
}

/// <summary>KERN_*: what a change of a map came to, vm/vm_param.h.</summary>
internal enum KernReturn
{
    Success = 0,
    InvalidAddress = 1,
    ProtectionFailure = 2,
    NoSpace = 3,
    InvalidArgument = 4,
    Failure = 5,
    ResourceShortage = 6,
}
