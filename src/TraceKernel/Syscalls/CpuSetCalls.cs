using System.Numerics;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Scheduling;

namespace TraceKernel.Syscalls;

/// <summary>Sets of processors and of memory domains: kern_cpuset.c.</summary>
internal static class CpuSetCalls
{
    /// <summary>Whom an identifier means: threads, or a set.</summary>
    private readonly record struct Selection(IReadOnlyList<Lwp> Threads, CpuSet? Set)
    {
        /// <summary>The numbered set that is meant: of the first thread.</summary>
        public CpuSet Base => Set ?? Threads[0].CpuSet.Base;
    }

    /// <summary>A new numbered set within the root that the process is below; the process is in it from now on.</summary>
    [Syscall(484, "int cpuset(cpusetid_t *setid)")]
    internal static Errno cpuset(SystemCall call)
    {
        var set = call.Kernel.CpuSets.Create(call.Lwp.CpuSet.Root);
        if (call.CopyOut(call[0], set.Id) is not Errno.None and var error) return error;
        return CpuSets.Assign(call.Process.Threads, set);
    }

    [Syscall(485, "int cpuset_setid(cpuwhich_t which, id_t id, cpusetid_t setid)")]
    internal static Errno cpuset_setid(SystemCall call)
    {
        if (call.Int(0) != CPU_WHICH_PID) return Errno.EINVAL;
        if (call.Kernel.CpuSets.Find(call.Int(2)) is not { } set) return Errno.ESRCH;
        if (Select(call, CPU_WHICH_PID, call.Long(1), out var selection) is not Errno.None and var error) return error;
        return CpuSets.Assign(selection.Threads, set);
    }

    [Syscall(486, "int cpuset_getid(cpulevel_t level, cpuwhich_t which, id_t id, cpusetid_t *setid)")]
    internal static Errno cpuset_getid(SystemCall call)
    {
        var (level, which) = (call.Int(0), call.Int(1));
        if (level == CPU_LEVEL_WHICH && which != CPU_WHICH_CPUSET) return Errno.EINVAL;
        if (Select(call, which, call.Long(2), out var selection) is not Errno.None and var error) return error;
        if (IsHardware(which)) return Errno.EINVAL;
        var set = selection.Base;
        return call.CopyOut(call[3], level == CPU_LEVEL_ROOT ? set.Root.Id : set.Id);
    }

    [Syscall(487, "int cpuset_getaffinity(cpulevel_t level, cpuwhich_t which, id_t id, size_t cpusetsize, cpuset_t *mask)")]
    internal static Errno cpuset_getaffinity(SystemCall call)
    {
        var size = call[3];
        if (!call.Kernel.Personality.TakesAnyCpuSetSize && size != (ulong)KernelBytes(call)) return Errno.ERANGE;
        if (Select(call, call.Int(1), call.Long(2), out var selection) is not Errno.None and var error) return error;
        if ((error = Affinity(call, selection, out var mask)) != Errno.None) return error;
        if (size < (ulong)mask.GetByteCount(isUnsigned: true)) return Errno.ERANGE;
        return CopyOutMask(call, call[4], mask, (int)Math.Min(size, (ulong)KernelBytes(call)), size);
    }

    /// <summary>kern_cpuset_getaffinity.</summary>
    private static Errno Affinity(SystemCall call, Selection selection, out BigInteger mask)
    {
        mask = BigInteger.Zero;
        var (level, which) = (call.Int(0), call.Int(1));
        if (level is < CPU_LEVEL_ROOT or > CPU_LEVEL_WHICH) return Errno.EINVAL;
        if (IsHardware(which)) return level != CPU_LEVEL_WHICH ? Errno.EINVAL : HardwareAffinity(call, which, out mask);
        if (level != CPU_LEVEL_WHICH) mask = level == CPU_LEVEL_ROOT ? selection.Base.Root.Mask : selection.Base.Mask;
        else if (selection.Set is { } set) mask = set.Mask;
        else
            foreach (var lwp in selection.Threads) mask |= lwp.CpuSet.Mask;
        return Errno.None;
    }

    /// <summary>There is one memory domain with all processors, and no interrupt has a number.</summary>
    private static Errno HardwareAffinity(SystemCall call, int which, out BigInteger mask)
    {
        mask = BigInteger.Zero;
        if (which != CPU_WHICH_DOMAIN || call.Long(2) is < 0 or >= DomainSetBytes) return Errno.ESRCH;
        if (call.Long(2) == 0) mask = call.Kernel.CpuSets.Default.Root.Mask;
        return Errno.None;
    }

    [Syscall(488, "int cpuset_setaffinity(cpulevel_t level, cpuwhich_t which, id_t id, size_t cpusetsize, const cpuset_t *mask)")]
    internal static Errno cpuset_setaffinity(SystemCall call)
    {
        var size = call[3];
        if (!call.Kernel.Personality.TakesAnyCpuSetSize && size != (ulong)KernelBytes(call)) return Errno.ERANGE;
        if (CopyInMask(call, call[4], KernelBytes(call), size, out var mask) is not Errno.None and var error) return error;
        if (mask.IsZero) return Errno.EDEADLK;
        var (level, which) = (call.Int(0), call.Int(1));
        if (level is < CPU_LEVEL_ROOT or > CPU_LEVEL_WHICH) return Errno.EINVAL;
        if ((error = Select(call, which, call.Long(2), out var selection)) != Errno.None) return error;
        if (IsHardware(which)) return level != CPU_LEVEL_WHICH || which == CPU_WHICH_DOMAIN ? Errno.EINVAL : Errno.ESRCH;
        if (level == CPU_LEVEL_WHICH && selection.Set is null) return CpuSets.Restrict(selection.Threads, mask, policy: 0);
        // PRIV_SCHED_CPUSET
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        return call.Kernel.CpuSets.Modify(level == CPU_LEVEL_ROOT ? selection.Base.Root : selection.Base, mask);
    }

    [Syscall(561, "int cpuset_getdomain(cpulevel_t level, cpuwhich_t which, id_t id, size_t domainsetsize, domainset_t *mask, int *policy)")]
    internal static Errno cpuset_getdomain(SystemCall call)
    {
        if (call[3] is < DomainSetBytes or > MaximumDomainSetBytes) return Errno.ERANGE;
        var (level, which) = (call.Int(0), call.Int(1));
        if (Select(call, which, call.Long(2), out var selection) is not Errno.None and var error) return error;
        if (level is < CPU_LEVEL_ROOT or > CPU_LEVEL_WHICH || IsHardware(which)) return Errno.EINVAL;
        var set = level switch
        {
            CPU_LEVEL_ROOT => selection.Base.Root,
            CPU_LEVEL_CPUSET => selection.Base,
            _ => selection.Set ?? selection.Threads[^1].CpuSet,
        };
        error = CopyOutMask(call, call[4], BigInteger.One, (int)call[3], call[3]);
        return error == Errno.None ? call.CopyOut(call[5], set.Policy) : error;
    }

    [Syscall(562, "int cpuset_setdomain(cpulevel_t level, cpuwhich_t which, id_t id, size_t domainsetsize, domainset_t *mask, int policy)")]
    internal static Errno cpuset_setdomain(SystemCall call)
    {
        if (call[3] is < DomainSetBytes or > MaximumDomainSetBytes) return Errno.ERANGE;
        if (CopyInMask(call, call[4], (int)call[3], call[3], out var mask) is not Errno.None and var error) return error;
        var (level, which, policy) = (call.Int(0), call.Int(1), call.Int(5));
        // domainset_populate: domain 0 is the only one.
        if (policy is < DOMAINSET_POLICY_ROUNDROBIN or > DOMAINSET_POLICY_INTERLEAVE) return Errno.EINVAL;
        if (mask.IsZero) return Errno.EDEADLK;
        if (!mask.IsOne || level is < CPU_LEVEL_ROOT or > CPU_LEVEL_WHICH) return Errno.EINVAL;
        if ((error = Select(call, which, call.Long(2), out var selection)) != Errno.None) return error;
        if (IsHardware(which)) return Errno.EINVAL;
        if (level == CPU_LEVEL_WHICH && selection.Set is null) return CpuSets.Restrict(selection.Threads, mask: null, policy);
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        call.Kernel.CpuSets.ModifyPolicy(level == CPU_LEVEL_ROOT ? selection.Base.Root : selection.Base, policy);
        return Errno.None;
    }

    /// <summary>td_oncpu: threads run one at a time, on the first processor of their set.</summary>
    [Syscall(581, "int sched_getcpu(void)")]
    internal static Errno sched_getcpu(SystemCall call)
    {
        var (cpu, mask) = (0, call.Lwp.CpuSet.Mask);
        while ((mask >> cpu).IsEven) cpu++;
        return call.Return(cpu);
    }

    /// <summary>cpuset_which and p_cansched. EINVAL for an unknown kind, ESRCH, EPERM.</summary>
    private static Errno Select(SystemCall call, int which, long id, out Selection selection)
    {
        selection = default;
        if (IsHardware(which)) return Errno.None;
        if (which == CPU_WHICH_CPUSET)
        {
            selection = new Selection([], id == -1 ? call.Lwp.CpuSet.Base : call.Kernel.CpuSets.Find((int)id));
            return selection.Set is null ? Errno.ESRCH : Errno.None;
        }
        if (which == CPU_WHICH_TIDPID) which = id is -1 or > Kernel.MaximumPid ? CPU_WHICH_TID : CPU_WHICH_PID;
        if (which == CPU_WHICH_JAIL)
        {
            var own = call.Process.Prison;
            var prison = id == -1 ? own : call.Kernel.Prisons.Find(own, (int)id);
            selection = new Selection([], prison is null ? null : prison.CpuSet ?? call.Kernel.CpuSets.Default.Root);
            return prison is null ? Errno.ESRCH : Errno.None;
        }
        if (which is not (CPU_WHICH_PID or CPU_WHICH_TID)) return Errno.EINVAL;
        var lwp = which == CPU_WHICH_PID ? null : id == -1 ? call.Lwp : call.Kernel.FindLwp((int)id);
        var process = which == CPU_WHICH_TID ? lwp?.Process : id == -1 ? call.Process : call.Kernel.Find((int)id);
        if (process is null || process.Threads.Count == 0) return Errno.ESRCH;
        selection = new Selection(lwp is null ? process.Threads : [lwp], null);
        return Permission.CanSchedule(call.Process, process);
    }

    private static bool IsHardware(int which) => which is CPU_WHICH_IRQ or CPU_WHICH_DOMAIN or CPU_WHICH_INTRHANDLER or CPU_WHICH_ITHREAD;

    /// <summary>sizeof(cpuset_t).</summary>
    private static int KernelBytes(SystemCall call) => call.Kernel.Personality.MaximumCpus / 8;

    /// <summary>The low <paramref name="bytes"/> of a mask, and zeros up to the program's <paramref name="size"/>.</summary>
    private static Errno CopyOutMask(SystemCall call, ulong address, BigInteger mask, int bytes, ulong size)
    {
        Span<byte> image = stackalloc byte[256];
        image.Clear();
        mask.TryWriteBytes(image, out _, isUnsigned: true);
        if (call.Memory.CopyOut(address, image[..bytes]) is not Errno.None and var error) return error;
        image.Clear();
        for (var done = (ulong)bytes; done < size;)
        {
            var part = image[..(int)Math.Min(size - done, (ulong)image.Length)];
            if ((error = call.Memory.CopyOut(address + done, part)) != Errno.None) return error;
            done += (ulong)part.Length;
        }
        return Errno.None;
    }

    /// <summary>EINVAL for a bit beyond what the kernel's own masks have room for.</summary>
    private static Errno CopyInMask(SystemCall call, ulong address, int bytes, ulong size, out BigInteger mask)
    {
        mask = BigInteger.Zero;
        Span<byte> image = stackalloc byte[256];
        var known = image[..(int)Math.Min((ulong)bytes, size)];
        if (call.Memory.CopyIn(address, known) is not Errno.None and var error) return error;
        mask = new BigInteger(known, isUnsigned: true);
        for (var done = (ulong)known.Length; done < size;)
        {
            var part = image[..(int)Math.Min(size - done, (ulong)image.Length)];
            if ((error = call.Memory.CopyIn(address + done, part)) != Errno.None) return error;
            if (part.ContainsAnyExcept((byte)0)) return Errno.EINVAL;
            done += (ulong)part.Length;
        }
        return Errno.None;
    }
}
