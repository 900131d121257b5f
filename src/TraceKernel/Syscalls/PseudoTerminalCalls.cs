using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>posix_openpt(2) of tty_pts.c, and revoke(2), by which a login takes a terminal from whom it belonged to.</summary>
internal static class PseudoTerminalCalls
{
    [Syscall(504, "int posix_openpt(int flags)")]
    internal static Errno posix_openpt(SystemCall call)
    {
        var flags = call.Int(0);
        if ((flags & ~(O_RDWR | O_NOCTTY | O_CLOEXEC)) != 0) return Errno.EINVAL;
        if (call.Kernel.PseudoTerminals.Open(call.Process, flags, out var file) is not Errno.None and var error) return error;
        return call.Return(file, (flags & O_CLOEXEC) != 0);
    }

    /// <summary>sys_revoke: EINVAL for what is no device, EPERM for those who do not own it.</summary>
    [Syscall(56, "int revoke(const char *path)")]
    internal static Errno revoke(SystemCall call)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Find(path, follow: true, out var vnode);
        if (error != Errno.None) return error;
        if (vnode is not DeviceVnode device) return Errno.EINVAL;
        if (call.Process.UserId != device.UserId && !call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        device.Revoke();
        return Errno.None;
    }
}
