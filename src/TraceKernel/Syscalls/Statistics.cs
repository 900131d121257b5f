using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Vm;

namespace TraceKernel.Syscalls;

/// <summary>What sysctl(3) reports about the whole machine's work: kern.cp_time, kern.cp_times and vm.vmtotal.</summary>
internal static class Statistics
{
    /// <summary>stathz: ticks in a second of the clock that statistics are kept by.</summary>
    public const int Hertz = 127;

    /// <summary>P_OSREL_VMTOTAL64: programs built before it know struct vmtotal with numbers of 32 bits.</summary>
    private const int OsReleaseWithVmTotal64 = 1200054;
    private const int BytesOfVmTotal = 88, BytesOfVmTotal11 = 48;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>CP_USER, CP_NICE, CP_SYS, CP_INTR, CP_IDLE: ticks of all processors together.</summary>
    public static Errno PutProcessorTimes(in SysctlRequest request)
    {
        var (busy, idle) = Times(request.Kernel);
        var others = (request.Kernel.Options.Cpus - 1) * (busy + idle);
        foreach (var ticks in (ReadOnlySpan<long>)[busy, 0, 0, 0, idle + others]) request.Put(ticks);
        return Errno.None;
    }

    /// <summary>The same five numbers for each processor: one runs all threads, since one runs at a time.</summary>
    public static Errno PutTimesOfProcessors(in SysctlRequest request)
    {
        var (busy, idle) = Times(request.Kernel);
        for (var cpu = 0; cpu < request.Kernel.Options.Cpus; cpu++)
        {
            var mine = cpu == 0 ? busy : 0;
            foreach (var ticks in (ReadOnlySpan<long>)[mine, 0, 0, 0, busy + idle - mine]) request.Put(ticks);
        }
        return Errno.None;
    }

    /// <summary>vmtotal of vm_meter.c: threads by their state, and pages of the objects that are mapped.</summary>
    public static Errno PutTotals(in SysctlRequest request)
    {
        var isOld = request.Caller.OsRelease < OsReleaseWithVmTotal64 && !request.Caller.IsHost;
        if (request.IsProbe) return request.Put(new byte[isOld ? BytesOfVmTotal11 : BytesOfVmTotal]);
        var (ready, sleeping) = CountThreads(request.Kernel);
        var pages = CountPages(request.Kernel);
        // sysctl(8) gives twice the room that it was asked for.
        if (isOld && request.OldLength is BytesOfVmTotal11 or 2 * BytesOfVmTotal11)
        {
            foreach (var count in (ReadOnlySpan<short>)[ready, 0, 0, sleeping, 0, 0]) request.Put(count);
            foreach (var count in pages) request.Put((int)count);
            return Errno.None;
        }
        foreach (var count in pages) request.Put(count);
        foreach (var count in (ReadOnlySpan<short>)[ready, 0, 0, sleeping, 0, 0, 0, 0]) request.Put(count);
        return Errno.None;
    }

    private static (long Busy, long Idle) Times(Kernel kernel)
    {
        var busy = Ticks(kernel.Scheduler.Retired);
        return (busy, Math.Max(0, Ticks(kernel.Uptime) - busy));
    }

    /// <summary>Ticks of that clock in a time.</summary>
    public static long Ticks(long nanoseconds) => (long)((Int128)nanoseconds * Hertz / NanosecondsPerSecond);

    private static (short Ready, short Sleeping) CountThreads(Kernel kernel)
    {
        var (ready, sleeping) = (0, 0);
        foreach (var process in kernel.Processes)
        {
            if (process.Has(ProcessFlags.System)) continue;
            foreach (var lwp in process.Threads)
            {
                if (lwp.IsSleeping) sleeping++;
                else if (!lwp.Suspended) ready++;
            }
        }
        return ((short)ready, (short)sleeping);
    }

    /// <summary>t_vm, t_avm, t_rm, t_arm, t_vmshr, t_avmshr, t_rmshr, t_armshr and t_free. Everything that is mapped is active.</summary>
    private static ulong[] CountPages(Kernel kernel)
    {
        var seen = new HashSet<VmObject>(ReferenceEqualityComparer.Instance);
        var (size, resident, sharedSize, sharedResident) = (0UL, 0UL, 0UL, 0UL);
        foreach (var process in kernel.Processes)
        {
            if (process.IsHost || process.IsZombie || process.Vm is null) continue;
            foreach (var entry in process.Vm.Map.Entries)
            {
                if (entry.Object is not { } mapped || !seen.Add(mapped)) continue;
                var pages = (entry.End - entry.Start) / Frame.Size;
                (size, resident) = (size + pages, resident + (ulong)mapped.ResidentPages);
                if (mapped.References > 1) (sharedSize, sharedResident) = (sharedSize + pages, sharedResident + (ulong)mapped.ResidentPages);
            }
        }
        return [size, size, resident, resident, sharedSize, sharedSize, sharedResident, sharedResident, MemorySysctls.FreeCount(kernel)];
    }
}
