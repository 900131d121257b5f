using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>sched_setscheduler(2), rtprio(2), setpriority(2) and cpuset(2): sched.h, sys/rtprio.h, sys/priority.h, sys/resource.h, sys/cpuset.h.</summary>
public static class Scheduling
{
    public const int PRIO_PROCESS = 0, PRIO_PGRP = 1, PRIO_USER = 2, PRIO_MIN = -20, PRIO_MAX = 20;

    public const int SCHED_FIFO = 1, SCHED_OTHER = 2, SCHED_RR = 3;

    public const int RTP_LOOKUP = 0, RTP_SET = 1;
    public const int RTP_PRIO_REALTIME = 2, RTP_PRIO_NORMAL = 3, RTP_PRIO_IDLE = 4;
    public const int RTP_PRIO_FIFO_BIT = 8, RTP_PRIO_FIFO = RTP_PRIO_FIFO_BIT | RTP_PRIO_REALTIME;
    public const int RTP_PRIO_MAX = 31;

    /// <summary>PRI_MAX_TIMESHARE less PRI_MIN_TIMESHARE: the largest priority of a time-sharing thread.</summary>
    public const int TimeshareRange = 103;

    public const int CPU_LEVEL_ROOT = 1, CPU_LEVEL_CPUSET = 2, CPU_LEVEL_WHICH = 3;
    public const int CPU_WHICH_TID = 1, CPU_WHICH_PID = 2, CPU_WHICH_CPUSET = 3, CPU_WHICH_IRQ = 4, CPU_WHICH_JAIL = 5, CPU_WHICH_DOMAIN = 6,
        CPU_WHICH_INTRHANDLER = 7, CPU_WHICH_ITHREAD = 8, CPU_WHICH_TIDPID = 9;

    public const int DOMAINSET_POLICY_ROUNDROBIN = 1, DOMAINSET_POLICY_FIRSTTOUCH = 2, DOMAINSET_POLICY_PREFER = 3, DOMAINSET_POLICY_INTERLEAVE = 4;

    /// <summary>sizeof(domainset_t) of the kernel (MAXMEMDOM bits), and the most that it takes (DOMAINSET_MAXSIZE), in bytes.</summary>
    public const int DomainSetBytes = 8, MaximumDomainSetBytes = 32;

    public const int MEMBARRIER_CMD_QUERY = 0, MEMBARRIER_CMD_GLOBAL = 1, MEMBARRIER_CMD_GLOBAL_EXPEDITED = 2,
        MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 4, MEMBARRIER_CMD_PRIVATE_EXPEDITED = 8, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 0x10,
        MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 0x20, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 0x40;
}

/// <summary>struct rtprio: the class of a thread and its priority within the class.</summary>
/// <param name="type">RTP_PRIO_*, with RTP_PRIO_FIFO_BIT for a thread that has no time slice.</param>
/// <param name="prio">0 is the highest.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct rtprio(ushort type, ushort prio)
{
    /// <summary>How threads begin.</summary>
    public static readonly rtprio Normal = new(Scheduling.RTP_PRIO_NORMAL, 0);

    /// <summary>RTP_PRIO_BASE.</summary>
    public int Base => type & ~Scheduling.RTP_PRIO_FIFO_BIT;

    /// <summary>The thread runs until it sleeps or a thread of a higher priority wants the processor (PRI_NEED_RR is false).</summary>
    public bool IsFifo => type == Scheduling.RTP_PRIO_FIFO;
}
