using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;

namespace TraceKernel.Syscalls;

/// <summary>mmap(2): kern_mmap, vn_mmap and vm_mmap_object.</summary>
public static class MmapCall
{
    private const int KnownFlags = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_HASSEMAPHORE | MAP_STACK | MAP_NOSYNC | MAP_ANON | MAP_EXCL
        | MAP_NOCORE | MAP_PREFAULT_READ | MAP_GUARD | MAP_32BIT | AlignmentMask;

    private const int AlignmentMask = 0xff << MAP_ALIGNMENT_SHIFT;

    /// <summary>MAP_32BIT_MAX_ADDR.</summary>
    private const ulong Maximum32 = 0x80000000;

    /// <summary>A page that the MMU maps as one (MAP_ALIGNED_SUPER).</summary>
    private const ulong SuperPage = 2UL << 20;

    // p_osrel from which the rules are strict, sys/param.h.
    private const int P_OSREL_MAP_ANON = 800104, P_OSREL_MAP_FSTRICT = 1200036;

    [Syscall(477, "void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t pos)")]
    public static Errno Mmap(SystemCall call)
    {
        int flags = call.Int(3) & ~(MAP_RESERVED0020 | MAP_RESERVED0040), protection = call.Int(2), descriptor = call.Int(4);
        ulong length = call[1], position = call[5];
        if ((flags & MAP_STACK) != 0 && (flags & MAP_ANON) == 0 && descriptor == -1)
            position = 0;
        var error = CheckArguments(call.Process.OsRelease, length, protection, flags, descriptor, position);
        if (error != Errno.None)
            return error;
        int maximum = protection >> PROT_MAX_SHIFT == 0 ? ImpliedMaximum(call.Process, protection) : protection >> PROT_MAX_SHIFT;
        protection &= PROT_ALL;
        if ((maximum & protection) != protection)
            return Errno.EOPNOTSUPP;
        if ((flags & MAP_STACK) != 0)
            flags |= MAP_ANON;

        ulong inPage = position % Frame.Size, size = (length + inPage + Frame.Size - 1) & ~(ulong)(Frame.Size - 1);
        if (size < length)
            return Errno.ENOMEM;
        if ((flags & (MAP_ANON | MAP_GUARD)) == 0 && position > long.MaxValue - size)
            return Errno.EINVAL;
        error = Place(call.Process.Vm, call[0], inPage, size, flags, out ulong address);
        // Of programs from before 8.0 an empty mapping succeeds and maps nothing.
        if (error != Errno.None || length == 0)
            return error == Errno.None ? call.Return((long)(address + inPage)) : error;

        error = ObjectFor(call, flags, descriptor, protection, ref maximum, out var pages);
        if (error == Errno.None)
        {
            ulong offset = pages is null ? 0 : position - inPage;
            var inheritance = (flags & MAP_SHARED) != 0 ? Inheritance.Share : Inheritance.Copy;
            var entryFlags = EntryFlagsOf(flags, isFile: pages is not null);
            var mapping = new VmMapping(pages, offset, (Access)protection, (Access)maximum, entryFlags, inheritance);
            error = WiringCalls.CheckLimits(call, size);
            if (error == Errno.None)
                error = Enter(call.Process.Vm, address, size, flags, mapping, out address);
            if (error == Errno.None)
                WiringCalls.WireNew(call, address, size);
        }
        pages?.Release();
        return error == Errno.None ? call.Return((long)(address + inPage)) : error;
    }

    private static Errno CheckArguments(int osRelease, ulong length, int protection, int flags, int descriptor, ulong position)
    {
        if (length == 0 && osRelease >= P_OSREL_MAP_ANON)
            return Errno.EINVAL;
        if ((flags & MAP_ANON) != 0 && (descriptor != -1 || position != 0))
            return Errno.EINVAL;
        if ((flags & MAP_STACK) != 0 && (descriptor != -1 || (protection & (PROT_READ | PROT_WRITE)) != (PROT_READ | PROT_WRITE)))
            return Errno.EINVAL;
        if ((flags & ~KnownFlags) != 0 || (flags & (MAP_EXCL | MAP_FIXED)) == MAP_EXCL
            || (flags & (MAP_SHARED | MAP_PRIVATE)) == (MAP_SHARED | MAP_PRIVATE))
            return Errno.EINVAL;
        if ((protection & ~(PROT_ALL | PROT_ALL << PROT_MAX_SHIFT)) != 0)
            return Errno.EINVAL;
        const int WithGuard = MAP_GUARD | MAP_FIXED | MAP_EXCL | MAP_32BIT | AlignmentMask;
        if ((flags & MAP_GUARD) != 0 && (protection != PROT_NONE || descriptor != -1 || position != 0 || (flags & ~WithGuard) != 0))
            return Errno.EINVAL;
        int alignment = (int)((uint)flags >> MAP_ALIGNMENT_SHIFT);
        return alignment is 0 or 1 or (>= 12 and < 64) ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Where a mapping must be, or where the search for room begins.</summary>
    private static Errno Place(VmSpace vm, ulong wanted, ulong inPage, ulong size, int flags, out ulong address)
    {
        address = wanted;
        if ((flags & MAP_FIXED) != 0)
        {
            address -= inPage;
            if (address % Frame.Size != 0 || address + size < address || !vm.Map.IsValid(address, address + size))
                return Errno.EINVAL;
            return (flags & MAP_32BIT) != 0 && address + size > Maximum32 ? Errno.EINVAL : Errno.None;
        }
        if ((flags & MAP_32BIT) != 0)
        {
            if (address + size > Maximum32 || address + size < address)
                address = 0;
        }
        else if (address == 0 || (address >= vm.TextAddress && address < vm.MappingsStart))
            address = vm.MappingsStart;
        address = (address + Frame.Size - 1) & ~(ulong)(Frame.Size - 1);
        return Errno.None;
    }

    /// <summary>
    /// kern_mmap_maxprot: a program may want mappings without PROT_MAX to stay as they are made (procctl(2), PROC_PROTMAX_CTL).
    /// </summary>
    private static int ImpliedMaximum(Process process, int protection) =>
        process.Has(ProcessFlags2.ProtmaxEnable) && protection != PROT_NONE ? protection : PROT_ALL;

    /// <summary>fget_mmap and vn_mmap: the object to map, with a reference for the caller; null for memory of nothing.</summary>
    private static Errno ObjectFor(SystemCall call, int flags, int descriptor, int protection, ref int maximum, out VmObject? pages)
    {
        pages = null;
        if ((flags & (MAP_ANON | MAP_GUARD)) != 0)
            return Errno.None;
        var needed = cap_rights_t.CAP_MMAP;
        if ((protection & PROT_READ) != 0)
            needed |= cap_rights_t.CAP_MMAP_R;
        if ((flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0)
            needed |= cap_rights_t.CAP_MMAP_W;
        if ((protection & PROT_EXEC) != 0)
            needed |= cap_rights_t.CAP_MMAP_X;
        if (call.Process.Files.Get(descriptor, needed, out var file) is not Errno.None and var error)
            return error;
        if ((flags & (MAP_SHARED | MAP_PRIVATE)) == 0 && call.Process.OsRelease >= P_OSREL_MAP_FSTRICT)
            return Errno.EINVAL;
        if (file.IsPath)
            return Errno.EBADF;
        if (file.Target is not Vnode)
            return Errno.ENODEV;
        // cap_rights_to_vmprot: what the descriptor does not allow mprotect(2) does not add.
        maximum &= MaximumOf(call.Process.Files.CapabilitiesOf(descriptor), flags);
        // shm_mmap: memory that is sealed against writing cannot be mapped so that it is written.
        bool isSealed = file.Target is SharedMemoryObject memory && (memory.Seals & Fcntl.F_SEAL_WRITE) != 0;
        bool canWrite = file.CanWrite && !isSealed;
        if ((protection & PROT_READ) != 0 && !file.CanRead)
            return Errno.EACCES;
        if ((flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0 && !canWrite)
            return Errno.EACCES;
        switch (file.Target)
        {
            case ZeroDevice:
                return Errno.None;
            case IBackingFile regular:
                if (!file.CanRead)
                    maximum &= ~PROT_READ;
                if ((flags & MAP_SHARED) != 0 && !canWrite)
                    maximum &= ~PROT_WRITE;
                pages = VnodePager.Allocate(call.Kernel.Memory, regular);
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    private static int MaximumOf(FileCapabilities capabilities, int flags)
    {
        var rights = capabilities.Rights;
        var isWritable = (flags & MAP_SHARED) == 0 || rights.Contains(cap_rights_t.CAP_MMAP_W);
        return (rights.Contains(cap_rights_t.CAP_MMAP_R) ? PROT_READ : 0) | (isWritable ? PROT_WRITE : 0)
            | (rights.Contains(cap_rights_t.CAP_MMAP_X) ? PROT_EXEC : 0);
    }

    /// <summary>What vm_map_alignspace does with an address, as the flags ask.</summary>
    private static Func<ulong, ulong> AlignmentOf(int flags, ulong size, ulong offset)
    {
        int bits = (int)((uint)flags >> MAP_ALIGNMENT_SHIFT);
        return bits switch
        {
            0 => static address => address,
            MAP_ALIGNED_SUPER >> MAP_ALIGNMENT_SHIFT => address => AlignSuperPage(address, size, offset),
            _ => address => (address + (1UL << bits) - 1) & ~((1UL << bits) - 1),
        };
    }

    /// <summary>
    /// pmap_align_superpage: a mapping that holds a whole large page begins where its large pages agree with those of the file.
    /// </summary>
    private static ulong AlignSuperPage(ulong address, ulong size, ulong offset)
    {
        const ulong Mask = SuperPage - 1;
        ulong within = offset & Mask, before = (SuperPage - within) & Mask;
        if (size < SuperPage || size - before < SuperPage || (address & Mask) == within)
            return address;
        return (((address & Mask) < within ? address : address + Mask) & ~Mask) + within;
    }

    private static EntryFlags EntryFlagsOf(int flags, bool isFile) =>
        ((flags & MAP_NOSYNC) != 0 ? EntryFlags.NoSync : 0) | ((flags & MAP_NOCORE) != 0 ? EntryFlags.NoCoreDump : 0)
        | (isFile && (flags & MAP_SHARED) == 0 ? EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy : 0);

    /// <summary>vm_mmap_object: puts it into the map, at the address or at the next free place from it on.</summary>
    /// <param name="wanted">The address, or where the search for one begins.</param>
    /// <param name="address">Where the mapping is.</param>
    internal static Errno Enter(VmSpace vm, ulong wanted, ulong size, int flags, VmMapping mapping, out ulong address)
    {
        var map = vm.Map;
        address = wanted;
        if ((flags & MAP_GUARD) != 0)
            mapping = mapping with { Protection = Access.None, MaxProtection = Access.None, Flags = EntryFlags.Guard };
        map.Lock();
        if ((flags & MAP_FIXED) == 0)
        {
            var align = AlignmentOf(flags, size, mapping.Offset);
            bool is32 = (flags & MAP_32BIT) != 0;
            ulong limit = is32 ? Maximum32 : map.Maximum, least = is32 ? map.Minimum : vm.MappingsStart;
            // vm_map_find_min: an address above the default is a hint, after which the default has its turn.
            if (!map.TryFindSpace(wanted, size, limit, align, out address)
                && (wanted <= least || !map.TryFindSpace(least, size, limit, align, out address)))
                return Errno.ENOMEM;
        }
        else if ((flags & MAP_EXCL) == 0 && map.Delete(address, address + size) != KernReturn.Success)
            return Errno.ENOMEM;
        var result = (flags & MAP_STACK) != 0 ? map.InsertStack(address, size, mapping) : map.Insert(address, address + size, mapping);
        return result switch
        {
            KernReturn.Success => Errno.None,
            KernReturn.ProtectionFailure => Errno.EACCES,
            KernReturn.InvalidArgument => Errno.EINVAL,
            _ => Errno.ENOMEM,
        };
    }
}
