using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>getrlimit(2) and getrusage(2), sys/resource.h.</summary>
public static class Resources
{
    public const int RLIMIT_CPU = 0, RLIMIT_FSIZE = 1, RLIMIT_DATA = 2, RLIMIT_STACK = 3, RLIMIT_CORE = 4, RLIMIT_RSS = 5, RLIMIT_MEMLOCK = 6,
        RLIMIT_NPROC = 7, RLIMIT_NOFILE = 8, RLIMIT_SBSIZE = 9, RLIMIT_VMEM = 10, RLIMIT_NPTS = 11, RLIMIT_SWAP = 12, RLIMIT_KQUEUES = 13,
        RLIMIT_UMTXP = 14, RLIM_NLIMITS = 15;

    public const long RLIM_INFINITY = long.MaxValue;
    public const int RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, RUSAGE_THREAD = 1;
}

/// <summary>struct rlimit.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct rlimit(long rlim_cur, long rlim_max)
{
    public const int Bytes = 16;
}

/// <summary>struct rusage, 144 bytes. Sizes times time are in KB · ticks of the statistics clock.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rusage
{
    public const int Bytes = 144;
    public timeval ru_utime;
    public timeval ru_stime;
    /// <summary>Most memory that it had at a time, in KB.</summary>
    public long ru_maxrss;
    public long ru_ixrss;
    public long ru_idrss;
    public long ru_isrss;
    /// <summary>Page faults without a read from a disk, and with one.</summary>
    public long ru_minflt;
    public long ru_majflt;
    public long ru_nswap;
    /// <summary>Blocks read from disks and written to them.</summary>
    public long ru_inblock;
    public long ru_oublock;
    /// <summary>Messages sent and received by sockets.</summary>
    public long ru_msgsnd;
    public long ru_msgrcv;
    /// <summary>Signals caught.</summary>
    public long ru_nsignals;
    /// <summary>Times that it gave the processor up, and that it lost it.</summary>
    public long ru_nvcsw;
    public long ru_nivcsw;
}
