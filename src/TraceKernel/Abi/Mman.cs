namespace TraceKernel.Abi;

/// <summary>Constants of mmap(2), madvise(2), msync(2), minherit(2) and mincore(2), sys/mman.h.</summary>
public static class Mman
{
    public const int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, PROT_ALL = 7;

    /// <summary>PROT_MAX(prot) is <c>prot &lt;&lt; PROT_MAX_SHIFT</c>.</summary>
    public const int PROT_MAX_SHIFT = 16;

    public const int MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_RESERVED0020 = 0x20, MAP_RESERVED0040 = 0x40,
        MAP_HASSEMAPHORE = 0x200, MAP_STACK = 0x400, MAP_NOSYNC = 0x800, MAP_ANON = 0x1000, MAP_GUARD = 0x2000, MAP_EXCL = 0x4000,
        MAP_NOCORE = 0x20000, MAP_PREFAULT_READ = 0x40000, MAP_32BIT = 0x80000;

    /// <summary>MAP_ALIGNED(n) is <c>n &lt;&lt; MAP_ALIGNMENT_SHIFT</c>; MAP_ALIGNED_SUPER is n = 1.</summary>
    public const int MAP_ALIGNMENT_SHIFT = 24, MAP_ALIGNED_SUPER = 1 << MAP_ALIGNMENT_SHIFT;

    public const int MADV_NORMAL = 0, MADV_RANDOM = 1, MADV_SEQUENTIAL = 2, MADV_WILLNEED = 3, MADV_DONTNEED = 4, MADV_FREE = 5,
        MADV_NOSYNC = 6, MADV_AUTOSYNC = 7, MADV_NOCORE = 8, MADV_CORE = 9, MADV_PROTECT = 10;

    public const int MS_SYNC = 0, MS_ASYNC = 1, MS_INVALIDATE = 2;

    /// <summary>mlockall(2).</summary>
    public const int MCL_CURRENT = 1, MCL_FUTURE = 2;

    public const int MINCORE_INCORE = 1, MINCORE_REFERENCED = 2, MINCORE_MODIFIED = 4, MINCORE_REFERENCED_OTHER = 8,
        MINCORE_MODIFIED_OTHER = 0x10;
}
