using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Ptrace;
using static TraceKernel.Abi.Scheduling;

namespace TraceKernel.Syscalls;

/// <summary>Priorities: kern_resource.c, p1003_1b.c and ksched.c. The nice value is kept and changes no turn.</summary>
internal static class SchedulingCalls
{
    /// <summary>hz, and sched_rr_interval in ticks: a tenth of stathz, 127, in ticks of hz.</summary>
    private const int TicksPerSecond = 1000, RoundRobinTicks = 94;

    [Syscall(100, "int getpriority(int which, int who)")]
    internal static Errno getpriority(SystemCall call)
    {
        if (call.Int(0) is < PRIO_PROCESS or > PRIO_USER) return Errno.EINVAL;
        var lowest = PRIO_MAX + 1;
        foreach (var process in Selected(call))
            if (Permission.CanSee(call.Process, process) == Errno.None) lowest = Math.Min(lowest, process.Nice);
        return lowest > PRIO_MAX ? Errno.ESRCH : call.Return(lowest);
    }

    /// <summary>Of several processes, the one that was made first decides what is returned (sys_setpriority).</summary>
    [Syscall(96, "int setpriority(int which, int who, int prio)")]
    internal static Errno setpriority(SystemCall call)
    {
        if (call.Int(0) is < PRIO_PROCESS or > PRIO_USER) return Errno.EINVAL;
        var result = Errno.ESRCH;
        foreach (var process in Selected(call).Reverse())
        {
            var error = Permission.CanSee(call.Process, process);
            if (error == Errno.None) result = SetNice(call.Process, process, call.Int(2));
            else if (call.Int(0) == PRIO_PROCESS) result = error;
        }
        return result;
    }

    /// <summary>donice. EPERM for another user's process, EACCES for a value below the present one.</summary>
    private static Errno SetNice(Process caller, Process process, int nice)
    {
        if (Permission.CanSchedule(caller, process) is not Errno.None and var error) return error;
        nice = Math.Clamp(nice, PRIO_MIN, PRIO_MAX);
        if (nice < process.Nice && !caller.Credentials.IsHostSuperUser) return Errno.EACCES;
        process.Nice = nice;
        return Errno.None;
    }

    private static IEnumerable<Process> Selected(SystemCall call)
    {
        var who = call.Int(1);
        foreach (var process in call.Kernel.Processes)
        {
            if (process.IsZombie) continue;
            var isMeant = call.Int(0) switch
            {
                PRIO_PROCESS => process.Pid == (who == 0 ? call.Process.Pid : who),
                PRIO_PGRP => !process.IsHost && process.Group == (who == 0 ? call.Process.Group : who),
                _ => !process.IsHost && process.UserId == (who == 0 ? call.Process.UserId : (uint)who),
            };
            if (isMeant) yield return process;
        }
    }

    [Syscall(466, "int rtprio_thread(int function, lwpid_t lwpid, struct rtprio *rtp)")]
    internal static Errno rtprio_thread(SystemCall call)
    {
        var tid = call.Int(1);
        var lwp = tid == 0 ? call.Lwp : call.Process.Threads.Find(thread => thread.Tid == tid);
        if (lwp is null) return Errno.ESRCH;
        return call.Int(0) switch
        {
            RTP_LOOKUP => call.CopyOut(call[2], lwp.Priority),
            RTP_SET => SetRealTime(call, [lwp]),
            _ => Errno.EINVAL,
        };
    }

    /// <summary>Of the calling thread when pid is 0; else all threads of a process are set, and the highest priority is read.</summary>
    [Syscall(166, "int rtprio(int function, pid_t pid, struct rtprio *rtp)")]
    internal static Errno rtprio(SystemCall call)
    {
        if (Find(call, call.Int(1), out var process) is not Errno.None and var error) return error;
        IReadOnlyList<Lwp> threads = call.Int(1) == 0 ? [call.Lwp] : process.Threads;
        switch (call.Int(0))
        {
            case RTP_LOOKUP:
                if ((error = Permission.CanSee(call.Process, process)) != Errno.None) return error;
                return call.CopyOut(call[2], Highest(threads));
            case RTP_SET:
                if ((error = Permission.CanSchedule(call.Process, process)) != Errno.None) return error;
                return SetRealTime(call, threads);
            default:
                return Errno.EINVAL;
        }
    }

    private static rtprio Highest(IReadOnlyList<Lwp> threads)
    {
        var highest = new rtprio(RTP_PRIO_IDLE, RTP_PRIO_MAX);
        foreach (var (type, prio) in threads.Select(lwp => lwp.Priority))
            if (type < highest.type || (type == highest.type && prio < highest.prio)) highest = new rtprio(type, prio);
        return threads.Count == 1 ? threads[0].Priority : highest;
    }

    /// <summary>RTP_SET. EPERM: only root may make a thread a real-time or an idle one (PRIV_SCHED_RTPRIO).</summary>
    private static Errno SetRealTime(SystemCall call, IReadOnlyList<Lwp> threads)
    {
        if (call.CopyIn<rtprio>(call[2], out var wanted) is not Errno.None and var error) return error;
        if (wanted.Base is RTP_PRIO_REALTIME or RTP_PRIO_IDLE && !call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        return SetPriority(call, threads, wanted);
    }

    /// <summary>rtp_to_pri. EINVAL for a class or a priority that does not exist.</summary>
    private static Errno SetPriority(SystemCall call, IReadOnlyList<Lwp> threads, rtprio wanted)
    {
        var highest = wanted.Base switch
        {
            RTP_PRIO_REALTIME or RTP_PRIO_IDLE => RTP_PRIO_MAX,
            RTP_PRIO_NORMAL => TimeshareRange,
            _ => -1,
        };
        if (wanted.prio > highest) return Errno.EINVAL;
        foreach (var lwp in threads) call.Kernel.Scheduler.SetPriority(lwp, wanted);
        return Errno.None;
    }

    [Syscall(327, "int sched_setparam(pid_t pid, const struct sched_param *param)")]
    internal static Errno sched_setparam(SystemCall call)
    {
        if (call.CopyIn<int>(call[1], out var priority) is not Errno.None and var error) return error;
        if ((error = FindThread(call, out var lwp)) != Errno.None) return error;
        if ((error = Permission.CanSchedule(call.Process, lwp.Process)) != Errno.None) return error;
        return SetPolicy(call, lwp, Policy(lwp), priority);
    }

    [Syscall(328, "int sched_getparam(pid_t pid, struct sched_param *param)")]
    internal static Errno sched_getparam(SystemCall call)
    {
        if (FindThread(call, out var lwp) is not Errno.None and var error) return error;
        if ((error = Permission.CanSee(call.Process, lwp.Process)) != Errno.None) return error;
        var highest = lwp.Priority.Base == RTP_PRIO_REALTIME ? RTP_PRIO_MAX : TimeshareRange;
        return call.CopyOut(call[1], highest - lwp.Priority.prio);
    }

    /// <summary>Only root may set a policy (PRIV_SCHED_SET).</summary>
    [Syscall(329, "int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)")]
    internal static Errno sched_setscheduler(SystemCall call)
    {
        if (call.CopyIn<int>(call[2], out var priority) is not Errno.None and var error) return error;
        if ((error = FindThread(call, out var lwp)) != Errno.None) return error;
        if (!call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        if ((error = Permission.CanSchedule(call.Process, lwp.Process)) != Errno.None) return error;
        return SetPolicy(call, lwp, call.Int(1), priority);
    }

    /// <summary>ksched_setscheduler: POSIX counts priorities the other way round. EPERM for one beyond those of real time, EINVAL.</summary>
    private static Errno SetPolicy(SystemCall call, Lwp lwp, int policy, int priority)
    {
        switch (policy)
        {
            case SCHED_RR or SCHED_FIFO:
                if (priority is < 0 or > RTP_PRIO_MAX) return Errno.EPERM;
                var type = policy == SCHED_FIFO ? RTP_PRIO_FIFO : RTP_PRIO_REALTIME;
                return SetPriority(call, [lwp], new rtprio((ushort)type, (ushort)(RTP_PRIO_MAX - priority)));
            case SCHED_OTHER:
                if (priority is < 0 or > TimeshareRange) return Errno.EINVAL;
                return SetPriority(call, [lwp], new rtprio(RTP_PRIO_NORMAL, (ushort)(TimeshareRange - priority)));
            default:
                return Errno.EINVAL;
        }
    }

    [Syscall(330, "int sched_getscheduler(pid_t pid)")]
    internal static Errno sched_getscheduler(SystemCall call)
    {
        if (FindThread(call, out var lwp) is not Errno.None and var error) return error;
        error = Permission.CanSee(call.Process, lwp.Process);
        return error == Errno.None ? call.Return(Policy(lwp)) : error;
    }

    private static int Policy(Lwp lwp) => (int)lwp.Priority.type switch
    {
        RTP_PRIO_FIFO => SCHED_FIFO,
        RTP_PRIO_REALTIME => SCHED_RR,
        _ => SCHED_OTHER,
    };

    [Syscall(331, "int sched_yield(void)")]
    internal static ValueTask<Errno> sched_yield(SystemCall call) => call.Lwp.Yield();

    /// <summary>The same under its old number; it returns 0 even where libc's prototype says nothing.</summary>
    [Syscall(321, "int yield(void)")]
    internal static ValueTask<Errno> yield(SystemCall call) => call.Lwp.Yield();

    [Syscall(332, "int sched_get_priority_max(int policy)")]
    internal static Errno sched_get_priority_max(SystemCall call) => call.Int(0) switch
    {
        SCHED_FIFO or SCHED_RR => call.Return(RTP_PRIO_MAX),
        SCHED_OTHER => call.Return(TimeshareRange),
        _ => Errno.EINVAL,
    };

    [Syscall(333, "int sched_get_priority_min(int policy)")]
    internal static Errno sched_get_priority_min(SystemCall call) => call.Int(0) is SCHED_FIFO or SCHED_RR or SCHED_OTHER ? Errno.None : Errno.EINVAL;

    [Syscall(334, "int sched_rr_get_interval(pid_t pid, struct timespec *interval)")]
    internal static Errno sched_rr_get_interval(SystemCall call)
    {
        if (FindThread(call, out var lwp) is not Errno.None and var error) return error;
        if ((error = Permission.CanSee(call.Process, lwp.Process)) != Errno.None) return error;
        return call.CopyOut(call[1], timespec.Of(Clocks.NanosecondsPerSecond / TicksPerSecond * RoundRobinTicks));
    }

    /// <summary>
    /// kern_membarrier. Threads run one at a time, and the turn's change is a barrier: nothing is left to do but to check who has registered.
    /// </summary>
    [Syscall(584, "int membarrier(int cmd, unsigned flags, int cpu_id)")]
    internal static Errno membarrier(SystemCall call)
    {
        const int Supported = (MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE << 1) - 1;
        var (command, process) = (call.Int(0), call.Process);
        if (call.Int(1) != 0 || (command & ~Supported) != 0) return Errno.EINVAL;
        switch (command)
        {
            case MEMBARRIER_CMD_QUERY: return call.Return(Supported);
            case MEMBARRIER_CMD_GLOBAL: return Errno.None;
            case MEMBARRIER_CMD_GLOBAL_EXPEDITED: return process.Has(ProcessFlags2.MembarGlobal) ? Errno.None : Errno.EPERM;
            case MEMBARRIER_CMD_PRIVATE_EXPEDITED: return process.Has(ProcessFlags2.MembarPrivate) ? Errno.None : Errno.EPERM;
            case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE: return process.Has(ProcessFlags2.MembarPrivateSyncCore) ? Errno.None : Errno.EPERM;
            case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: process.Flags2 |= ProcessFlags2.MembarGlobal; return Errno.None;
            case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: process.Flags2 |= ProcessFlags2.MembarPrivate; return Errno.None;
            case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: process.Flags2 |= ProcessFlags2.MembarPrivateSyncCore; return Errno.None;
            default: return Errno.EINVAL;
        }
    }

    /// <summary>The calling thread when pid is 0; else the first thread of a process. ESRCH.</summary>
    private static Errno FindThread(SystemCall call, out Lwp lwp)
    {
        var error = Find(call, call.Int(0), out var process);
        lwp = (call.Int(0) == 0 ? call.Lwp : error == Errno.None && process.Threads.Count > 0 ? process.FirstThread : null)!;
        return lwp is null ? Errno.ESRCH : Errno.None;
    }

    /// <summary>A process by pid; 0: the caller.</summary>
    private static Errno Find(SystemCall call, int pid, out Process process)
    {
        process = (pid == 0 ? call.Process : call.Kernel.Find(pid))!;
        return process is null ? Errno.ESRCH : Errno.None;
    }
}
