using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>When files were used and changed: utimes(2) and utimensat(2) of vfs_syscalls.c.</summary>
internal static class FileTimeCalls
{
    private const long UTIME_NOW = -1, UTIME_OMIT = -2;

    /// <summary>What was asked for, in nanoseconds since 1970; null leaves a time as it is.</summary>
    private readonly record struct Times(long? Accessed, long? Modified, bool IsNow);

    [Syscall(138, "int utimes(const char *path, struct timeval *tptr)")]
    internal static Errno utimes(SystemCall call) => SetOld(call, AT_FDCWD, call[0], call[1], follow: true);

    [Syscall(276, "int lutimes(const char *path, struct timeval *tptr)")]
    internal static Errno lutimes(SystemCall call) => SetOld(call, AT_FDCWD, call[0], call[1], follow: false);

    [Syscall(494, "int futimesat(int fd, const char *path, struct timeval *times)")]
    internal static Errno futimesat(SystemCall call) => SetOld(call, call.Int(0), call[1], call[2], follow: true);

    [Syscall(206, "int futimes(int fd, struct timeval *tptr)")]
    internal static Errno futimes(SystemCall call)
    {
        var error = ReadOld(call, call[1], out var times);
        return error == Errno.None ? SetOpen(call, times) : error;
    }

    [Syscall(546, "int futimens(int fd, struct timespec *times)")]
    internal static Errno futimens(SystemCall call)
    {
        if (Read(call, call[1], out var times) is not Errno.None and var error) return error;
        // Two times that are to stay as they are: the descriptor is not even looked at.
        return times is { Accessed: null, Modified: null } ? Errno.None : SetOpen(call, times);
    }

    [Syscall(547, "int utimensat(int fd, const char *path, struct timespec *times, int flag)")]
    internal static Errno utimensat(SystemCall call)
    {
        if ((call.Int(3) & ~(AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)) != 0) return Errno.EINVAL;
        if (Read(call, call[2], out var times) is not Errno.None and var error) return error;
        return Set(call, call.Int(0), call[1], times, call.Int(3));
    }

    private static Errno SetOld(SystemCall call, int directory, ulong name, ulong address, bool follow)
    {
        var error = ReadOld(call, address, out var times);
        return error == Errno.None ? Set(call, directory, name, times, follow ? 0 : AT_SYMLINK_NOFOLLOW) : error;
    }

    private static Errno Set(SystemCall call, int directory, ulong name, in Times times, int flags)
    {
        var error = call.FindAt(directory, name, CAP_FUTIMES, flags, (flags & AT_SYMLINK_NOFOLLOW) == 0, out var vnode);
        return error != Errno.None || times is { Accessed: null, Modified: null } ? error : Set(call, vnode, times);
    }

    private static Errno SetOpen(SystemCall call, in Times times)
    {
        var error = call.OpenVnode(call.Int(0), CAP_FUTIMES, out var vnode);
        return error == Errno.None ? Set(call, vnode, times) : error;
    }

    private static Errno Set(SystemCall call, Vnode vnode, in Times times) =>
        vnode.SetTimes(Caller.Of(call.Process), times.Accessed, times.Modified, times.IsNow);

    /// <summary>getutimes: two struct timeval; a null pointer means now.</summary>
    private static Errno ReadOld(SystemCall call, ulong address, out Times times)
    {
        var now = call.Kernel.FileSystem.Now;
        times = new(now, now, IsNow: true);
        if (address == 0) return Errno.None;
        if (call.CopyIn<timeval>(address, out var accessed) is not Errno.None and var error) return error;
        if ((error = call.CopyIn<timeval>(address + timeval.Bytes, out var modified)) != Errno.None) return error;
        if (accessed.tv_usec is < 0 or >= 1_000_000 || modified.tv_usec is < 0 or >= 1_000_000) return Errno.EINVAL;
        times = new(Nanoseconds(accessed.tv_sec, accessed.tv_usec * 1000), Nanoseconds(modified.tv_sec, modified.tv_usec * 1000), IsNow: false);
        return Errno.None;
    }

    /// <summary>getutimens: two struct timespec, whose nanoseconds may say now or not at all.</summary>
    private static Errno Read(SystemCall call, ulong address, out Times times)
    {
        var now = call.Kernel.FileSystem.Now;
        times = new(now, now, IsNow: true);
        if (address == 0) return Errno.None;
        if (call.CopyIn<timespec>(address, out var accessed) is not Errno.None and var error) return error;
        if ((error = call.CopyIn<timespec>(address + timespec.Bytes, out var modified)) != Errno.None) return error;
        if (!IsValid(accessed) || !IsValid(modified)) return Errno.EINVAL;
        times = new(Choose(accessed, now), Choose(modified, now), accessed.tv_nsec == UTIME_NOW && modified.tv_nsec == UTIME_NOW);
        return Errno.None;
    }

    private static bool IsValid(timespec time) => time.tv_nsec is UTIME_NOW or UTIME_OMIT or >= 0 and < 1_000_000_000;

    private static long? Choose(timespec time, long now) => time.tv_nsec switch
    {
        UTIME_NOW => now,
        UTIME_OMIT => null,
        _ => Nanoseconds(time.tv_sec, time.tv_nsec),
    };

    /// <summary>Times that nanoseconds in 64 bits cannot tell are the first or the last that they can.</summary>
    private static long Nanoseconds(long seconds, long nanoseconds) =>
        (long)Int128.Clamp((Int128)seconds * 1_000_000_000 + nanoseconds, long.MinValue, long.MaxValue);
}
