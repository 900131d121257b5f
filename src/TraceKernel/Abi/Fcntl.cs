namespace TraceKernel.Abi;

/// <summary>Flags of open(2), fcntl(2), access(2), lseek(2) and the *at(2) calls: fcntl.h and unistd.h.</summary>
public static class Fcntl
{
    /// <summary>What F_ADD_SEALS adds.</summary>
    public const int F_SEAL_SEAL = 1, F_SEAL_SHRINK = 2, F_SEAL_GROW = 4, F_SEAL_WRITE = 8;

    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_NONBLOCK = 4, O_APPEND = 8, O_SHLOCK = 0x10, O_EXLOCK = 0x20,
        O_ASYNC = 0x40, O_FSYNC = 0x80, O_NOFOLLOW = 0x100, O_CREAT = 0x200, O_TRUNC = 0x400, O_EXCL = 0x800, O_NOCTTY = 0x8000,
        O_DIRECT = 0x10000, O_DIRECTORY = 0x20000, O_EXEC = 0x40000, O_TTY_INIT = 0x80000, O_CLOEXEC = 0x100000,
        O_VERIFY = 0x200000, O_PATH = 0x400000, O_RESOLVE_BENEATH = 0x800000, O_DSYNC = 0x1000000, O_EMPTY_PATH = 0x2000000;

    public const int F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_GETOWN = 5, F_SETOWN = 6, F_DUP2FD = 10,
        F_OGETLK = 7, F_OSETLK = 8, F_OSETLKW = 9, F_GETLK = 11, F_SETLK = 12, F_SETLKW = 13, F_SETLK_REMOTE = 14,
        F_READAHEAD = 15, F_RDAHEAD = 16, F_DUPFD_CLOEXEC = 17, F_DUP2FD_CLOEXEC = 18,
        F_ADD_SEALS = 19, F_GET_SEALS = 20, F_ISUNIONSTACK = 21, F_KINFO = 22, FD_CLOEXEC = 1;

    public const int AT_FDCWD = -100, AT_EACCESS = 0x100, AT_SYMLINK_NOFOLLOW = 0x200, AT_SYMLINK_FOLLOW = 0x400, AT_REMOVEDIR = 0x800,
        AT_RESOLVE_BENEATH = 0x2000, AT_EMPTY_PATH = 0x4000;

    /// <summary>No descriptor, of funlinkat(2).</summary>
    public const int FD_NONE = -200;

    public const int F_OK = 0, X_OK = 1, W_OK = 2, R_OK = 4;
    public const int SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4;

    /// <summary>Longest path with its NUL (MAXPATHLEN), longest name of a directory entry, most links followed in one look-up.</summary>
    public const int PATH_MAX = 1024, NAME_MAX = 255, MAXSYMLINKS = 32;

    /// <summary>Largest write to a pipe that is all or nothing; most segments of readv(2).</summary>
    public const int PIPE_BUF = 512, IOV_MAX = 1024;
}
