using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>
/// cap_rights_t, 16 bytes: what may be done through a descriptor. Version 0 has two words; bits 57 to 61 of a word name its place, bits 62
/// and 63 of the first word hold the version. The constants are those of sys/capsicum.h.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct cap_rights_t(ulong First, ulong Second)
{
    public const int Bytes = 16;

    /// <summary>CAP_RIGHTS_VERSION_00, the one version that there is.</summary>
    public const int Version = 0;

    private const ulong FirstPlace = 1UL << 57, SecondPlace = 1UL << 58, PlaceBits = 0x1fUL << 57;

    /// <summary>CAP_ALL and CAP_NONE.</summary>
    public static readonly cap_rights_t CAP_ALL = new(FirstPlace | 0x7ffffffffff, SecondPlace | 0x1fffff),
        CAP_NONE = default(cap_rights_t).Placed;

    public static readonly cap_rights_t
        CAP_READ = Of(0x1), CAP_WRITE = Of(0x2), CAP_SEEK_TELL = Of(0x4), CAP_SEEK = Of(0xc), CAP_PREAD = Of(0xd), CAP_PWRITE = Of(0xe),
        CAP_MMAP = Of(0x10), CAP_MMAP_R = Of(0x1d), CAP_MMAP_W = Of(0x1e), CAP_MMAP_X = Of(0x3c), CAP_CREATE = Of(0x40),
        CAP_FEXECVE = Of(0x80),
        CAP_FSYNC = Of(0x100), CAP_FTRUNCATE = Of(0x200), CAP_LOOKUP = Of(0x400), CAP_FCHDIR = Of(0x800), CAP_FCHFLAGS = Of(0x1000),
        CAP_FCHMOD = Of(0x2000), CAP_FCHOWN = Of(0x4000), CAP_FCNTL = Of(0x8000), CAP_FLOCK = Of(0x10000), CAP_FPATHCONF = Of(0x20000),
        CAP_FSTAT = Of(0x80000), CAP_FSTATFS = Of(0x100000), CAP_FUTIMES = Of(0x200000), CAP_LINKAT_TARGET = Of(0x400400),
        CAP_MKDIRAT = Of(0x800400), CAP_MKFIFOAT = Of(0x1000400), CAP_MKNODAT = Of(0x2000400), CAP_RENAMEAT_SOURCE = Of(0x4000400),
        CAP_SYMLINKAT = Of(0x8000400), CAP_UNLINKAT = Of(0x10000400), CAP_ACCEPT = Of(0x20000000), CAP_BIND = Of(0x40000000),
        CAP_CONNECT = Of(0x80000000), CAP_GETPEERNAME = Of(0x100000000), CAP_GETSOCKNAME = Of(0x200000000),
        CAP_GETSOCKOPT = Of(0x400000000), CAP_LISTEN = Of(0x800000000),
        CAP_SETSOCKOPT = Of(0x2000000000), CAP_SHUTDOWN = Of(0x4000000000), CAP_BINDAT = Of(0x8000000400),
        CAP_CONNECTAT = Of(0x10000000400), CAP_LINKAT_SOURCE = Of(0x20000000400), CAP_RENAMEAT_TARGET = Of(0x40000000400);

    public static readonly cap_rights_t
        CAP_SEM_GETVALUE = OfSecond(0x4), CAP_SEM_POST = OfSecond(0x8), CAP_SEM_WAIT = OfSecond(0x10), CAP_EVENT = OfSecond(0x20),
        CAP_KQUEUE_EVENT = OfSecond(0x40), CAP_IOCTL = OfSecond(0x80), CAP_PDGETPID = OfSecond(0x200), CAP_PDWAIT = OfSecond(0x400),
        CAP_PDKILL = OfSecond(0x800), CAP_EXTATTR_DELETE = OfSecond(0x1000), CAP_EXTATTR_GET = OfSecond(0x2000),
        CAP_EXTATTR_LIST = OfSecond(0x4000), CAP_EXTATTR_SET = OfSecond(0x8000), CAP_ACL_CHECK = OfSecond(0x10000),
        CAP_ACL_DELETE = OfSecond(0x20000), CAP_ACL_GET = OfSecond(0x40000), CAP_ACL_SET = OfSecond(0x80000),
        CAP_KQUEUE_CHANGE = OfSecond(0x100000), CAP_KQUEUE = OfSecond(0x100040);

    /// <summary>cap_rights_is_valid: only rights that exist, each word in its place.</summary>
    public bool IsValid =>
        First >> 62 == Version && (First & PlaceBits) == FirstPlace && (Second & PlaceBits) == SecondPlace && CAP_ALL.Contains(this);

    /// <summary>cap_rights_contains: every right of <paramref name="other"/> is here too.</summary>
    public bool Contains(in cap_rights_t other) => (other.First & ~First) == 0 && (other.Second & ~Second) == 0;

    /// <summary>cap_rights_merge.</summary>
    public static cap_rights_t operator |(cap_rights_t one, cap_rights_t other) => new(one.First | other.First, one.Second | other.Second);

    private cap_rights_t Placed => new(First | FirstPlace, Second | SecondPlace);

    private static cap_rights_t Of(ulong bits) => new cap_rights_t(bits, 0).Placed;

    private static cap_rights_t OfSecond(ulong bits) => new cap_rights_t(0, bits).Placed;
}

/// <summary>Numbers of Capsicum's other limits.</summary>
public static class Capsicum
{
    /// <summary>The fcntl(2) commands that can be limited, as bits.</summary>
    public const uint CAP_FCNTL_GETFL = 1 << Fcntl.F_GETFL, CAP_FCNTL_SETFL = 1 << Fcntl.F_SETFL, CAP_FCNTL_GETOWN = 1 << Fcntl.F_GETOWN,
        CAP_FCNTL_SETOWN = 1 << Fcntl.F_SETOWN, CAP_FCNTL_ALL = CAP_FCNTL_GETFL | CAP_FCNTL_SETFL | CAP_FCNTL_GETOWN | CAP_FCNTL_SETOWN;

    /// <summary>What cap_ioctls_get(2) returns when every request is allowed.</summary>
    public const long CAP_IOCTLS_ALL = long.MaxValue;

    /// <summary>Most requests that one list may have (IOCTLS_MAX_COUNT of sys_capability.c).</summary>
    public const int IOCTLS_MAX_COUNT = 256;
}
