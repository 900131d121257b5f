namespace TraceKernel.Abi;

/// <summary>FreeBSD's error numbers, errno(2). The negative ones never leave the kernel (sys/errno.h).</summary>
public enum Errno
{
    None = 0,
    EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
    EDEADLK = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, ENOTBLK = 15, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19,
    ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28,
    ESPIPE = 29, EROFS = 30, EMLINK = 31, EPIPE = 32, EDOM = 33, ERANGE = 34, EAGAIN = 35, EWOULDBLOCK = EAGAIN,
    EINPROGRESS = 36, EALREADY = 37, ENOTSOCK = 38, EDESTADDRREQ = 39, EMSGSIZE = 40, EPROTOTYPE = 41, ENOPROTOOPT = 42,
    EPROTONOSUPPORT = 43, ESOCKTNOSUPPORT = 44, EOPNOTSUPP = 45, EAFNOSUPPORT = 47, EADDRINUSE = 48, EADDRNOTAVAIL = 49,
    ENETUNREACH = 51, ECONNABORTED = 53, ECONNRESET = 54, ENOBUFS = 55, EISCONN = 56, ENOTCONN = 57, ETIMEDOUT = 60, ECONNREFUSED = 61, ELOOP = 62, ENAMETOOLONG = 63, ENOTEMPTY = 66, ESTALE = 70, EPROCLIM = 67, ENOLCK = 77, ENOSYS = 78, EFTYPE = 79, EIDRM = 82, ENOMSG = 83, EOVERFLOW = 84, ECANCELED = 85,
    EDOOFUS = 88, ENOTCAPABLE = 93, ECAPMODE = 94, ENOTRECOVERABLE = 95, EOWNERDEAD = 96,

    /// <summary>Restart the system call: the program counter goes back to the instruction.</summary>
    ERESTART = -1,
    /// <summary>Leave the registers alone: the call has set them (execve, sigreturn).</summary>
    EJUSTRETURN = -2,
}
