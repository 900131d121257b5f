using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Syscalls;

namespace TraceKernel.Processes;

/// <summary>What threads and processes have used: getrusage(2), wait4(2) and kinfo_proc (kern_resource.c).</summary>
internal static class ResourceUsage
{
    /// <summary>rufetchtd: of one thread.</summary>
    public static rusage Of(Lwp lwp)
    {
        var usage = lwp.Usage;
        AddSizes(ref usage, lwp.Process, lwp.Cpu.Retired);
        usage.ru_utime = timeval.Of(lwp.Cpu.Retired);
        return usage;
    }

    /// <summary>rufetch: of a process, threads that are gone included.</summary>
    public static rusage Of(Process process)
    {
        var usage = process.ExitedThreadsUsage;
        foreach (var lwp in process.Threads) Add(ref usage, lwp.Usage);
        var time = TimeCalls.ProcessorTime(process);
        AddSizes(ref usage, process, time);
        usage.ru_utime = timeval.Of(time);
        return usage;
    }

    /// <summary>p_stats->p_cru: of the children that it has waited for, and of theirs.</summary>
    public static rusage OfChildren(Process process)
    {
        var usage = process.ChildrenUsage;
        usage.ru_utime = timeval.Of(process.ChildrenTime);
        return usage;
    }

    /// <summary>ruadd, when a parent has waited for a child.</summary>
    public static void Inherit(Process parent, Process child)
    {
        var usage = parent.ChildrenUsage;
        Add(ref usage, Of(child));
        Add(ref usage, child.ChildrenUsage);
        parent.ChildrenUsage = usage;
        parent.ChildrenTime += TimeCalls.ProcessorTime(child) + child.ChildrenTime;
    }

    /// <summary>rucollect: a thread goes, and what it has used stays with its process.</summary>
    public static void Leave(Lwp lwp)
    {
        var usage = lwp.Process.ExitedThreadsUsage;
        Add(ref usage, lwp.Usage);
        lwp.Usage = default;
        lwp.Process.ExitedThreadsUsage = usage;
        RememberSize(lwp.Process);
    }

    /// <summary>ru_maxrss of a process whose memory is about to go.</summary>
    public static void RememberSize(Process process)
    {
        var usage = process.ExitedThreadsUsage;
        usage.ru_maxrss = Math.Max(usage.ru_maxrss, ResidentKilobytes(process));
        process.ExitedThreadsUsage = usage;
    }

    /// <summary>Pages of a process that are in memory (vmspace_resident_count); 0 of one that has no memory any more.</summary>
    public static long ResidentPages(Process process)
    {
        if (process.IsHost || process.IsZombie || process.Vm is null) return 0;
        var pages = 0L;
        foreach (var entry in process.Vm.Map.Entries)
            pages += Math.Min(entry.Object?.ResidentPages ?? 0, (long)((entry.End - entry.Start) / Frame.Size));
        return pages;
    }

    private static long ResidentKilobytes(Process process) => ResidentPages(process) * (Frame.Size / 1024);

    /// <summary>
    /// What statclock(9) gathers: at each of its ticks the sizes of the running program. The present sizes stand for those of all ticks.
    /// </summary>
    private static void AddSizes(ref rusage usage, Process process, long time)
    {
        usage.ru_maxrss = Math.Max(usage.ru_maxrss, ResidentKilobytes(process));
        if (process.IsHost || process.IsZombie || process.Vm is null) return;
        var ticks = Statistics.Ticks(time);
        var (text, data, stack) = ProgramSizes.Of(process);
        const long kilobytes = Frame.Size / 1024;
        usage.ru_ixrss += text * kilobytes * ticks;
        usage.ru_idrss += data * kilobytes * ticks;
        usage.ru_isrss += stack * kilobytes * ticks;
    }

    // ruadd
    private static void Add(ref rusage usage, in rusage other)
    {
        usage.ru_maxrss = Math.Max(usage.ru_maxrss, other.ru_maxrss);
        usage.ru_ixrss += other.ru_ixrss;
        usage.ru_idrss += other.ru_idrss;
        usage.ru_isrss += other.ru_isrss;
        usage.ru_minflt += other.ru_minflt;
        usage.ru_majflt += other.ru_majflt;
        usage.ru_nswap += other.ru_nswap;
        usage.ru_inblock += other.ru_inblock;
        usage.ru_oublock += other.ru_oublock;
        usage.ru_msgsnd += other.ru_msgsnd;
        usage.ru_msgrcv += other.ru_msgrcv;
        usage.ru_nsignals += other.ru_nsignals;
        usage.ru_nvcsw += other.ru_nvcsw;
        usage.ru_nivcsw += other.ru_nivcsw;
    }
}
