using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>st_mode and file types: sys/stat.h, sys/dirent.h.</summary>
public static class FileModes
{
    public const int S_IFIFO = 0x1000, S_IFCHR = 0x2000, S_IFDIR = 0x4000, S_IFBLK = 0x6000, S_IFREG = 0x8000, S_IFLNK = 0xa000, S_IFSOCK = 0xc000,
        S_IFMT = 0xf000, S_ISVTX = 0x200, S_ISGID = 0x400, S_ISUID = 0x800, ALLPERMS = 0xfff;

    /// <summary>st_flags: what the owner may set, and what the superuser.</summary>
    public const uint UF_SETTABLE = 0xffff, SF_SETTABLE = 0xffff0000;

    public const uint UF_NODUMP = 1, UF_IMMUTABLE = 2, UF_APPEND = 4, UF_OPAQUE = 8, UF_NOUNLINK = 0x10, UF_SYSTEM = 0x80, UF_SPARSE = 0x100,
        UF_OFFLINE = 0x200, UF_REPARSE = 0x400, UF_ARCHIVE = 0x800, UF_READONLY = 0x1000, UF_HIDDEN = 0x8000, SF_ARCHIVED = 0x10000,
        SF_IMMUTABLE = 0x20000, SF_APPEND = 0x40000, SF_NOUNLINK = 0x100000;

    public const uint IMMUTABLE = UF_IMMUTABLE | SF_IMMUTABLE, APPEND = UF_APPEND | SF_APPEND, NOUNLINK = UF_NOUNLINK | SF_NOUNLINK;

    public const byte DT_UNKNOWN = 0, DT_FIFO = 1, DT_CHR = 2, DT_DIR = 4, DT_REG = 8, DT_LNK = 10, DT_SOCK = 12;
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct timespec(long tv_sec, long tv_nsec)
{
    public const int Bytes = 16;

    /// <summary>Of nanoseconds; tv_nsec is never negative.</summary>
    public static timespec Of(long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, 1_000_000_000, out var rest);
        return rest < 0 ? new(seconds - 1, rest + 1_000_000_000) : new(seconds, rest);
    }
}

/// <summary>struct timeval.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct timeval(long tv_sec, long tv_usec)
{
    public const int Bytes = 16;

    public static timeval Of(long nanoseconds)
    {
        var time = timespec.Of(nanoseconds);
        return new(time.tv_sec, time.tv_nsec / 1000);
    }
}

/// <summary>struct stat since FreeBSD 12 (64-bit inode numbers), 224 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct stat
{
    public const int Bytes = 224;
    [FieldOffset(0)] public ulong st_dev;
    [FieldOffset(8)] public ulong st_ino;
    [FieldOffset(16)] public ulong st_nlink;
    [FieldOffset(24)] public ushort st_mode;
    [FieldOffset(28)] public uint st_uid;
    [FieldOffset(32)] public uint st_gid;
    [FieldOffset(40)] public ulong st_rdev;
    [FieldOffset(48)] public timespec st_atim;
    [FieldOffset(64)] public timespec st_mtim;
    [FieldOffset(80)] public timespec st_ctim;
    [FieldOffset(96)] public timespec st_birthtim;
    [FieldOffset(112)] public long st_size;
    /// <summary>In units of 512 bytes.</summary>
    [FieldOffset(120)] public long st_blocks;
    [FieldOffset(128)] public int st_blksize;
    [FieldOffset(132)] public uint st_flags;
    [FieldOffset(136)] public ulong st_gen;
}

/// <summary>struct freebsd11_stat (32-bit inode numbers), 120 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct freebsd11_stat
{
    public const int Bytes = 120;
    [FieldOffset(0)] public uint st_dev;
    [FieldOffset(4)] public uint st_ino;
    [FieldOffset(8)] public ushort st_mode;
    [FieldOffset(10)] public ushort st_nlink;
    [FieldOffset(12)] public uint st_uid;
    [FieldOffset(16)] public uint st_gid;
    [FieldOffset(20)] public uint st_rdev;
    [FieldOffset(24)] public timespec st_atim;
    [FieldOffset(40)] public timespec st_mtim;
    [FieldOffset(56)] public timespec st_ctim;
    [FieldOffset(72)] public long st_size;
    [FieldOffset(80)] public long st_blocks;
    [FieldOffset(88)] public int st_blksize;
    [FieldOffset(92)] public uint st_flags;
    [FieldOffset(96)] public uint st_gen;
    [FieldOffset(104)] public timespec st_birthtim;

    /// <summary>freebsd11_cvtstat: numbers that do not fit are cut, refused or replaced by the largest.</summary>
    /// <param name="truncation">vfs.ino64_trunc_error: 0 cuts, 1 is EOVERFLOW, 2 clamps inode numbers and counts of links.</param>
    public static Errno Convert(in stat stat, int truncation, out freebsd11_stat old)
    {
        old = new freebsd11_stat
        {
            st_dev = (uint)stat.st_dev, st_ino = (uint)stat.st_ino, st_mode = stat.st_mode, st_nlink = (ushort)stat.st_nlink,
            st_uid = stat.st_uid, st_gid = stat.st_gid, st_rdev = (uint)stat.st_rdev,
            st_atim = stat.st_atim, st_mtim = stat.st_mtim, st_ctim = stat.st_ctim, st_birthtim = stat.st_birthtim,
            st_size = stat.st_size, st_blocks = stat.st_blocks, st_blksize = stat.st_blksize, st_flags = stat.st_flags, st_gen = (uint)stat.st_gen,
        };
        var fits = old.st_dev == stat.st_dev && old.st_ino == stat.st_ino && old.st_nlink == stat.st_nlink && old.st_rdev == stat.st_rdev;
        if (truncation == 1 && !fits) return Errno.EOVERFLOW;
        if (truncation != 2) return Errno.None;
        old.st_ino = (uint)Math.Min(stat.st_ino, uint.MaxValue);
        old.st_nlink = (ushort)Math.Min(stat.st_nlink, ushort.MaxValue);
        return Errno.None;
    }
}

/// <summary>struct nstat, 128 bytes: what NetBSD programs of FreeBSD 11's time read.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct nstat
{
    public const int Bytes = 128;
    [FieldOffset(0)] public uint st_dev;
    [FieldOffset(4)] public uint st_ino;
    [FieldOffset(8)] public uint st_mode;
    [FieldOffset(12)] public uint st_nlink;
    [FieldOffset(16)] public uint st_uid;
    [FieldOffset(20)] public uint st_gid;
    [FieldOffset(24)] public uint st_rdev;
    [FieldOffset(32)] public timespec st_atim;
    [FieldOffset(48)] public timespec st_mtim;
    [FieldOffset(64)] public timespec st_ctim;
    [FieldOffset(80)] public long st_size;
    [FieldOffset(88)] public long st_blocks;
    [FieldOffset(96)] public int st_blksize;
    [FieldOffset(100)] public uint st_flags;
    [FieldOffset(104)] public uint st_gen;
    [FieldOffset(112)] public timespec st_birthtim;

    /// <summary>freebsd11_cvtnstat: numbers that do not fit are cut.</summary>
    public static nstat Of(in stat stat) => new()
    {
        st_dev = (uint)stat.st_dev, st_ino = (uint)stat.st_ino, st_mode = stat.st_mode, st_nlink = (uint)stat.st_nlink,
        st_uid = stat.st_uid, st_gid = stat.st_gid, st_rdev = (uint)stat.st_rdev,
        st_atim = stat.st_atim, st_mtim = stat.st_mtim, st_ctim = stat.st_ctim, st_birthtim = stat.st_birthtim,
        st_size = stat.st_size, st_blocks = stat.st_blocks, st_blksize = stat.st_blksize, st_flags = stat.st_flags, st_gen = (uint)stat.st_gen,
    };
}
