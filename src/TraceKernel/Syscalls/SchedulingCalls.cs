using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>
/// Priorities and CPU sets: kern_resource.c, p1003_1b.c, kern_cpuset.c. Threads take turns whatever they say; only what can be asked
/// again is kept.
/// </summary>
internal static class SchedulingCalls
{
    private const int PRIO_PROCESS = 0, PRIO_PGRP = 1, PRIO_USER = 2, PRIO_MIN = -20, PRIO_MAX = 20;
    private const int SCHED_FIFO = 1, SCHED_OTHER = 2, SCHED_RR = 3;

    /// <summary>Of SCHED_OTHER: PRI_MAX_TIMESHARE less PRI_MIN_TIMESHARE; of the others RTP_PRIO_MAX.</summary>
    private const int MaximumPriority = 103, MaximumRealTimePriority = 31;

    /// <summary>kern.sched.quantum, in nanoseconds.</summary>
    private const int Quantum = 94_488_000;

    /// <summary>struct rtprio: u_short type, u_short prio. A normal time-sharing thread.</summary>
    private const ushort RTP_PRIO_NORMAL = 3;
    private const int RTP_LOOKUP = 0, RTP_SET = 1;

    private const int CPU_LEVEL_ROOT = 1, CPU_LEVEL_CPUSET = 2, CPU_LEVEL_WHICH = 3, CPU_WHICH_PID = 2;

    [Syscall(100, "int getpriority(int which, int who)")]
    internal static Errno getpriority(SystemCall call)
    {
        if (call.Int(0) is < PRIO_PROCESS or > PRIO_USER) return Errno.EINVAL;
        var lowest = PRIO_MAX + 1;
        foreach (var process in Selected(call)) lowest = Math.Min(lowest, process.Nice);
        return lowest > PRIO_MAX ? Errno.ESRCH : call.Return(lowest);
    }

    /// <summary>
    /// donice, of each: EPERM for another user's, EACCES for going back up; one that could be changed is enough to be told of none.
    /// </summary>
    [Syscall(96, "int setpriority(int which, int who, int prio)")]
    internal static Errno setpriority(SystemCall call)
    {
        if (call.Int(0) is < PRIO_PROCESS or > PRIO_USER) return Errno.EINVAL;
        var wanted = Math.Clamp(call.Int(2), PRIO_MIN, PRIO_MAX);
        var (error, found) = (Errno.None, false);
        foreach (var process in Selected(call))
        {
            found = true;
            if (!IsOwn(call.Process, process)) error = Errno.EPERM;
            else if (wanted < process.Nice && !call.Process.Credentials.IsSuperUser) error = Errno.EACCES;
            else process.Nice = wanted;
        }
        return found ? error : Errno.ESRCH;
    }

    private static IEnumerable<Process> Selected(SystemCall call)
    {
        var who = call.Int(1);
        foreach (var process in call.Kernel.Processes)
        {
            if (process.IsZombie || process.IsHost) continue;
            var isMeant = call.Int(0) switch
            {
                PRIO_PROCESS => process.Pid == (who == 0 ? call.Process.Pid : who),
                PRIO_PGRP => process.Group == (who == 0 ? call.Process.Group : who),
                _ => process.UserId == (who == 0 ? call.Process.UserId : (uint)who),
            };
            if (isMeant) yield return process;
        }
    }

    // p_cansched
    private static bool IsOwn(Process caller, Process target) => caller == target || caller.Credentials.IsSuperUser
        || caller.Credentials.RealUserId == target.Credentials.RealUserId || caller.UserId == target.Credentials.RealUserId;

    /// <summary>RTP_LOOKUP gives the default; only that may be set.</summary>
    [Syscall(466, "int rtprio_thread(int function, lwpid_t lwpid, struct rtprio *rtp)")]
    internal static Errno rtprio_thread(SystemCall call)
    {
        var tid = call.Int(1);
        return tid != 0 && !call.Process.Threads.Exists(lwp => lwp.Tid == tid) ? Errno.ESRCH : RealTime(call);
    }

    [Syscall(166, "int rtprio(int function, pid_t pid, struct rtprio *rtp)")]
    internal static Errno rtprio(SystemCall call) => Find(call, call.Int(1), out _) is not Errno.None and var error ? error : RealTime(call);

    private static Errno RealTime(SystemCall call)
    {
        var priority = (uint)RTP_PRIO_NORMAL;
        if (call.Int(0) == RTP_LOOKUP) return call.CopyOut(call[2], priority);
        if (call.Int(0) != RTP_SET) return Errno.EINVAL;
        if (call.CopyIn(call[2], out priority) is not Errno.None and var error) return error;
        return (ushort)priority == RTP_PRIO_NORMAL ? Errno.None : Errno.EPERM;
    }

    // Real-time policies are root's alone, and there are none here: PRIV_SCHED_SETPOLICY is never granted.
    [Syscall(327, "int sched_setparam(pid_t pid, const struct sched_param *param)")]
    internal static Errno sched_setparam(SystemCall call)
    {
        if (call.CopyIn<int>(call[1], out var priority) is not Errno.None and var error) return error;
        if ((error = Find(call, call.Int(0), out var process)) != Errno.None) return error;
        if (!IsOwn(call.Process, process)) return Errno.EPERM;
        return priority is >= 0 and <= MaximumPriority ? Errno.None : Errno.EINVAL;
    }

    [Syscall(328, "int sched_getparam(pid_t pid, struct sched_param *param)")]
    internal static Errno sched_getparam(SystemCall call) =>
        Find(call, call.Int(0), out _) is not Errno.None and var error ? error : call.CopyOut(call[1], 0);

    [Syscall(329, "int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)")]
    internal static Errno sched_setscheduler(SystemCall call) => Errno.EPERM;

    [Syscall(330, "int sched_getscheduler(pid_t pid)")]
    internal static Errno sched_getscheduler(SystemCall call) =>
        Find(call, call.Int(0), out _) is not Errno.None and var error ? error : call.Return(SCHED_OTHER);

    [Syscall(331, "int sched_yield(void)")]
    internal static ValueTask<Errno> sched_yield(SystemCall call) => call.Lwp.Yield();

    [Syscall(332, "int sched_get_priority_max(int policy)")]
    internal static Errno sched_get_priority_max(SystemCall call) => call.Int(0) switch
    {
        SCHED_FIFO or SCHED_RR => call.Return(MaximumRealTimePriority),
        SCHED_OTHER => call.Return(MaximumPriority),
        _ => Errno.EINVAL,
    };

    [Syscall(333, "int sched_get_priority_min(int policy)")]
    internal static Errno sched_get_priority_min(SystemCall call) => call.Int(0) is SCHED_FIFO or SCHED_RR or SCHED_OTHER ? Errno.None : Errno.EINVAL;

    [Syscall(334, "int sched_rr_get_interval(pid_t pid, struct timespec *interval)")]
    internal static Errno sched_rr_get_interval(SystemCall call) =>
        Find(call, call.Int(0), out _) is not Errno.None and var error ? error : call.CopyOut(call[1], timespec.Of(Quantum));

    /// <summary>A new numbered set of all CPUs, which the process is in from now on.</summary>
    [Syscall(484, "int cpuset(cpusetid_t *setid)")]
    internal static Errno cpuset(SystemCall call)
    {
        var set = call.Kernel.NextCpuSet();
        if (call.CopyOut(call[0], set) is not Errno.None and var error) return error;
        call.Process.CpuSet = set;
        return Errno.None;
    }

    [Syscall(485, "int cpuset_setid(cpuwhich_t which, id_t id, cpusetid_t setid)")]
    internal static Errno cpuset_setid(SystemCall call)
    {
        if (call.Int(0) != CPU_WHICH_PID) return Errno.EINVAL;
        var set = call.Int(2);
        if (set < Process.DefaultCpuSet || set > call.Kernel.LastCpuSet) return Errno.ESRCH;
        if (Find(call, call.Int(1) == -1 ? 0 : call.Int(1), out var process) is not Errno.None and var error) return error;
        if (!IsOwn(call.Process, process)) return Errno.EPERM;
        process.CpuSet = set;
        return Errno.None;
    }

    [Syscall(486, "int cpuset_getid(cpulevel_t level, cpuwhich_t which, id_t id, cpusetid_t *setid)")]
    internal static Errno cpuset_getid(SystemCall call)
    {
        if (call.Int(0) is not (CPU_LEVEL_ROOT or CPU_LEVEL_CPUSET) || call.Int(0) == CPU_LEVEL_WHICH) return Errno.EINVAL;
        if (Find(call, call.Int(2) == -1 ? 0 : call.Int(2), out var process) is not Errno.None and var error) return error;
        return call.CopyOut(call[3], call.Int(0) == CPU_LEVEL_ROOT ? Process.RootCpuSet : process.CpuSet);
    }

    /// <summary>A process by pid; 0: the caller.</summary>
    private static Errno Find(SystemCall call, int pid, out Process process)
    {
        process = (pid == 0 ? call.Process : call.Kernel.Find(pid))!;
        return process is null ? Errno.ESRCH : Errno.None;
    }
}
