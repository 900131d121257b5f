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

/// <summary>struct rusage, 144 bytes; what is not named here is counted nowhere and 0.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct rusage
{
    public const int Bytes = 144;
    [FieldOffset(0)] public timeval ru_utime;
    [FieldOffset(16)] public timeval ru_stime;
    /// <summary>In KB.</summary>
    [FieldOffset(32)] public long ru_maxrss;
}
