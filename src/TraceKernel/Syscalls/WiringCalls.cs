using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;
using static TraceKernel.Abi.Mman;

namespace TraceKernel.Syscalls;

/// <summary>mlock(2) and its like, vm_mmap.c. Users may wire memory (security.bsd.unprivileged_mlock), up to RLIMIT_MEMLOCK.</summary>
internal static class WiringCalls
{
    [Syscall(203, "int mlock(const void *addr, size_t len)")]
    public static Errno Mlock(SystemCall call)
    {
        if (!MayWire(call))
            return Errno.EPERM;
        if (!TryRound(call[0], call[1], out ulong start, out ulong end))
            return Errno.EINVAL;
        var map = call.Process.Vm.Map;
        if (end - start > Limit(call) || map.WiredBytes > Limit(call) - (end - start))
            return Errno.ENOMEM;
        map.Lock();
        return map.Wire(start, end, leavesHoles: false, call.Process.Vm.Fault) == KernReturn.Success ? Errno.None : Errno.ENOMEM;
    }

    [Syscall(204, "int munlock(const void *addr, size_t len)")]
    public static Errno Munlock(SystemCall call)
    {
        if (!MayWire(call))
            return Errno.EPERM;
        if (!TryRound(call[0], call[1], out ulong start, out ulong end))
            return Errno.EINVAL;
        call.Process.Vm.Map.Lock();
        return call.Process.Vm.Map.Unwire(start, end, leavesHoles: false) == KernReturn.Success ? Errno.None : Errno.ENOMEM;
    }

    [Syscall(324, "int mlockall(int how)")]
    public static Errno MlockAll(SystemCall call)
    {
        if (!MayWire(call))
            return Errno.EPERM;
        int how = call.Int(0);
        if (how == 0 || (how & ~(MCL_CURRENT | MCL_FUTURE)) != 0)
            return Errno.EINVAL;
        var map = call.Process.Vm.Map;
        if ((how & MCL_CURRENT) != 0 && map.Size > Limit(call))
            return Errno.ENOMEM;
        map.Lock();
        map.WiresFuture |= (how & MCL_FUTURE) != 0;
        if ((how & MCL_CURRENT) == 0)
            return Errno.None;
        return map.Wire(map.Minimum, map.Maximum, leavesHoles: true, call.Process.Vm.Fault) switch
        {
            KernReturn.Success => Errno.None,
            KernReturn.ResourceShortage => Errno.ENOMEM,
            _ => Errno.EAGAIN,
        };
    }

    [Syscall(325, "int munlockall(void)")]
    public static Errno MunlockAll(SystemCall call)
    {
        if (!MayWire(call))
            return Errno.EPERM;
        var map = call.Process.Vm.Map;
        map.Lock();
        map.WiresFuture = false;
        return map.Unwire(map.Minimum, map.Maximum, leavesHoles: true) == KernReturn.Success ? Errno.None : Errno.ENOMEM;
    }

    /// <summary>vm_mmap_object's limits on new memory: RLIMIT_VMEM, and RLIMIT_MEMLOCK where MCL_FUTURE wires it. ENOMEM.</summary>
    internal static Errno CheckLimits(SystemCall call, ulong size)
    {
        var map = call.Process.Vm.Map;
        ulong limit = (ulong)call.Process.Limits[Resources.RLIMIT_VMEM].rlim_cur;
        if (size > limit || map.Size > limit - size)
            return Errno.ENOMEM;
        return map.WiresFuture && (size > Limit(call) || map.WiredBytes > Limit(call) - size) ? Errno.ENOMEM : Errno.None;
    }

    /// <summary>Wires a new mapping, as far as that goes, where MCL_FUTURE asked for it.</summary>
    internal static void WireNew(SystemCall call, ulong address, ulong size)
    {
        var vm = call.Process.Vm;
        if (vm.Map.WiresFuture)
            vm.Map.Wire(address, address + size, leavesHoles: true, vm.Fault);
    }

    /// <summary>PRIV_VM_MLOCK and PRIV_VM_MUNLOCK: everybody on the host, nobody in a jail without allow.mlock.</summary>
    private static bool MayWire(SystemCall call) => call.Process.Credentials.Prison?.Allows(Jails.PR_ALLOW_MLOCK) != false;

    private static ulong Limit(SystemCall call) => (ulong)call.Process.Limits[Resources.RLIMIT_MEMLOCK].rlim_cur;

    private static bool TryRound(ulong address, ulong length, out ulong start, out ulong end)
    {
        const ulong InPage = Frame.Size - 1;
        ulong last = address + length;
        (start, end) = (address & ~InPage, (last + InPage) & ~InPage);
        return last >= address && end >= address;
    }
}
