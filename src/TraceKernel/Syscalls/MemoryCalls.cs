using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;

namespace TraceKernel.Syscalls;

/// <summary>
/// vm_mmap.c and vm_unix.c: the system calls that change or ask after the caller's address space; mmap is in <see cref="MmapCall"/>.
/// </summary>
public static class MemoryCalls
{
    [Syscall(73, "int munmap(void *addr, size_t len)")]
    public static Errno Munmap(SystemCall call)
    {
        var map = call.Process.Vm.Map;
        if (call[1] == 0 || !TryRound(call[0], call[1], out ulong start, out ulong end) || !map.IsValid(start, end))
            return Errno.EINVAL;
        map.Lock();
        return map.Delete(start, end) == KernReturn.Success ? Errno.None : Errno.ENOMEM;
    }

    [Syscall(74, "int mprotect(void *addr, size_t len, int prot)")]
    public static Errno Mprotect(SystemCall call)
    {
        int protection = call.Int(2);
        if ((protection & ~(PROT_ALL | PROT_ALL << PROT_MAX_SHIFT)) != 0)
            return Errno.EINVAL;
        int maximum = protection >> PROT_MAX_SHIFT;
        protection &= PROT_ALL;
        if (maximum != 0 && (maximum & protection) != protection)
            return Errno.EOPNOTSUPP;
        if (!TryRound(call[0], call[1], out ulong start, out ulong end))
            return Errno.EINVAL;
        var map = call.Process.Vm.Map;
        map.Lock();
        return map.Protect(start, end, (Access)protection, maximum == 0 ? null : (Access)maximum) switch
        {
            KernReturn.Success => Errno.None,
            KernReturn.ProtectionFailure => Errno.EACCES,
            _ => Errno.ENOMEM,
        };
    }

    [Syscall(75, "int madvise(void *addr, size_t len, int behav)")]
    public static Errno Madvise(SystemCall call)
    {
        int advice = call.Int(2);
        // Only the superuser may ask to be spared when swap runs out (procctl, PROC_SPROTECT); there is no swap to run out of.
        if (advice == MADV_PROTECT)
            return call.Process.UserId == 0 ? Errno.None : Errno.EPERM;
        var map = call.Process.Vm.Map;
        ulong address = call[0], last = address + call[1];
        if (advice is < MADV_NORMAL or > MADV_CORE || last < address || !map.IsValid(address, last))
            return Errno.EINVAL;
        ulong start = Truncate(address), end = Round(last);
        switch (advice)
        {
            case MADV_WILLNEED or MADV_DONTNEED:
                // Hints about when pages will be used. Bytes survive MADV_DONTNEED on FreeBSD, and nothing here is paged out.
                return Errno.None;
            case MADV_FREE:
                map.FreePages(start, end);
                return Errno.None;
        }
        map.Lock();
        var (set, clear) = advice switch
        {
            MADV_NOSYNC => (EntryFlags.NoSync, EntryFlags.None),
            MADV_AUTOSYNC => (EntryFlags.None, EntryFlags.NoSync),
            MADV_NOCORE => (EntryFlags.NoCoreDump, EntryFlags.None),
            MADV_CORE => (EntryFlags.None, EntryFlags.NoCoreDump),
            _ => default,
        };
        return map.ChangeFlags(start, end, set, clear) == KernReturn.Success ? Errno.None : Errno.EINVAL;
    }

    [Syscall(65, "int msync(void *addr, size_t len, int flags)")]
    public static Errno Msync(SystemCall call)
    {
        if (!TryRound(call[0], call[1], out ulong start, out ulong end)
            || (call.Int(2) & (MS_ASYNC | MS_INVALIDATE)) == (MS_ASYNC | MS_INVALIDATE))
            return Errno.EINVAL;
        return call.Process.Vm.Map.Sync(start, end, (call.Int(2) & MS_INVALIDATE) != 0) switch
        {
            KernReturn.Success => Errno.None,
            KernReturn.InvalidAddress => Errno.ENOMEM,
            KernReturn.InvalidArgument => Errno.EBUSY,
            _ => Errno.EIO,
        };
    }

    [Syscall(250, "int minherit(void *addr, size_t len, int inherit)")]
    public static Errno Minherit(SystemCall call)
    {
        var inheritance = (Inheritance)call.Int(2);
        if (!TryRound(call[0], call[1], out ulong start, out ulong end) || !Enum.IsDefined(inheritance))
            return Errno.EINVAL;
        var map = call.Process.Vm.Map;
        map.Lock();
        return map.Inherit(start, end, inheritance) == KernReturn.Success ? Errno.None : Errno.EINVAL;
    }

    [Syscall(78, "int mincore(const void *addr, size_t len, char *vec)")]
    public static Errno Mincore(SystemCall call)
    {
        var vm = call.Process.Vm;
        ulong start = Truncate(call[0]), end = start + Round(call[1]);
        if (end < start || end > vm.Map.Maximum || vm.Map.Lookup(start) is null || !vm.Map.IsMapped(start, end))
            return Errno.ENOMEM;
        Span<byte> one = stackalloc byte[1];
        for (ulong page = start; page < end; page += Frame.Size)
        {
            one[0] = (byte)vm.Residency(page);
            var error = vm.CopyOut(call[2] + (page - start) / Frame.Size, one);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    /// <summary>kern_break: an address below the data only asks where the break is, as libc does first.</summary>
    [Syscall(17, "void *break(char *nsize)")]
    public static Errno Break(SystemCall call)
    {
        if (!call.Kernel.Architecture.HasBreak)
            return Errno.ENOSYS;
        var vm = call.Process.Vm;
        ulong floor = Round(vm.DataAddress), former = floor + vm.DataSize, wanted = Round(call[0]);
        vm.Map.Lock();
        if (wanted < floor)
            return call.Return((long)former);
        if (wanted - floor > VmSpace.MaximumDataSize || wanted > vm.Map.Maximum)
            return Errno.ENOMEM;
        var result = KernReturn.Success;
        if (wanted > former && WiringCalls.CheckLimits(call, wanted - former) != Errno.None)
            return Errno.ENOMEM;
        if (wanted > former)
            result = vm.Map.Insert(former, wanted, new VmMapping(null, 0, Access.ReadWrite, Access.All, EntryFlags.None, Inheritance.Copy));
        else if (wanted < former)
            result = vm.Map.Delete(wanted, former);
        if (result != KernReturn.Success)
            return Errno.ENOMEM;
        if (wanted > former)
            WiringCalls.WireNew(call, former, wanted - former);
        vm.DataSize = wanted - floor;
        return call.Return((long)wanted);
    }

    [Syscall(69, "int sbrk(int incr)")]
    public static Errno Sbrk(SystemCall call) => Errno.EOPNOTSUPP;

    /// <summary>The pages that a range of bytes touches; false when it wraps.</summary>
    private static bool TryRound(ulong address, ulong length, out ulong start, out ulong end)
    {
        start = Truncate(address);
        end = start + Round(length + (address - start));
        return end >= start;
    }

    private static ulong Truncate(ulong address) => address & ~(ulong)(Frame.Size - 1);

    private static ulong Round(ulong address) => (address + Frame.Size - 1) & ~(ulong)(Frame.Size - 1);
}
