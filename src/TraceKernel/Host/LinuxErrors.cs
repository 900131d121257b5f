using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>Error numbers of Linux's file calls in FreeBSD's numbers (errno(2) of both).</summary>
internal static class LinuxErrors
{
    public static Errno ToGuest(int error) => error switch
    {
        // Descriptors of the server are none of the guest's process: its system-wide table is full.
        24 => Errno.ENFILE,
        // Numbers up to ERANGE are those of the seventh edition, except EAGAIN.
        >= 1 and <= 34 and not 11 => (Errno)error,
        11 => Errno.EAGAIN,
        36 => Errno.ENAMETOOLONG,
        38 => Errno.ENOSYS,
        39 => Errno.ENOTEMPTY,
        40 => Errno.ELOOP,
        75 => Errno.EOVERFLOW,
        95 => Errno.EOPNOTSUPP,
        116 => Errno.ESTALE,
        // EDQUOT: FreeBSD's programs know it, but the guest's own quota is not the cause.
        122 => Errno.ENOSPC,
        _ => Errno.EIO,
    };
}
