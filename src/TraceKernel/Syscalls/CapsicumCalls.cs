using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Capsicum;

namespace TraceKernel.Syscalls;

/// <summary>Capability mode, and limits of descriptors: sys_capability.c.</summary>
internal static class CapsicumCalls
{
    [Syscall(516, "int cap_enter(void)")]
    internal static Errno cap_enter(SystemCall call)
    {
        call.Process.Credentials = call.Process.Credentials with { InCapabilityMode = true };
        return Errno.None;
    }

    [Syscall(517, "int cap_getmode(u_int *modep)")]
    internal static Errno cap_getmode(SystemCall call) => call.CopyOut(call[0], call.Process.Credentials.InCapabilityMode ? 1 : 0);

    [Syscall(533, "int cap_rights_limit(int fd, cap_rights_t *rightsp)")]
    internal static Errno cap_rights_limit(SystemCall call)
    {
        // The first word holds the version, which gives the number of words: it is looked at alone.
        if (call.CopyIn<ulong>(call[1], out var first) is not Errno.None and var error) return error;
        if (first >> 62 != cap_rights_t.Version) return Errno.EINVAL;
        if ((error = call.CopyIn<cap_rights_t>(call[1], out var rights)) != Errno.None) return error;
        if (!rights.IsValid) return Errno.EINVAL;
        if ((error = Find(call, out var now)) != Errno.None) return error;
        return Replace(call, now.Limit(rights, out var limited), limited);
    }

    [Syscall(515, "int __cap_rights_get(int version, int fd, cap_rights_t *rightsp)")]
    internal static Errno __cap_rights_get(SystemCall call)
    {
        if (call.Int(0) != cap_rights_t.Version) return Errno.EINVAL;
        var files = call.Process.Files;
        var error = files.Get(call.Int(1), out _);
        return error == Errno.None ? call.CopyOut(call[2], files.CapabilitiesOf(call.Int(1)).Rights) : error;
    }

    [Syscall(534, "int cap_ioctls_limit(int fd, const u_long *cmds, size_t ncmds)")]
    internal static Errno cap_ioctls_limit(SystemCall call)
    {
        if (call[2] > IOCTLS_MAX_COUNT) return Errno.EINVAL;
        var requests = new ulong[(int)call[2]];
        if (call.Memory.CopyIn(call[1], MemoryMarshal.AsBytes(requests.AsSpan())) is not Errno.None and var error) return error;
        if ((error = Find(call, out var now)) != Errno.None) return error;
        return Replace(call, now.LimitIoctls(requests, out var limited), limited);
    }

    /// <summary>Returns how many requests are allowed, however many fit; CAP_IOCTLS_ALL without a limit.</summary>
    [Syscall(535, "ssize_t cap_ioctls_get(int fd, u_long *cmds, size_t maxcmds)")]
    internal static Errno cap_ioctls_get(SystemCall call)
    {
        if (Find(call, out var now) is not Errno.None and var error) return error;
        if (now.Ioctls is not { } allowed) return call.Return(CAP_IOCTLS_ALL);
        if (call[1] != 0)
        {
            ReadOnlySpan<ulong> shown = [.. allowed.Take((int)Math.Min((ulong)allowed.Count, call[2]))];
            if ((error = call.Memory.CopyOut(call[1], MemoryMarshal.AsBytes(shown))) != Errno.None) return error;
        }
        return call.Return(allowed.Count);
    }

    [Syscall(536, "int cap_fcntls_limit(int fd, uint32_t fcntlrights)")]
    internal static Errno cap_fcntls_limit(SystemCall call)
    {
        var commands = (uint)call[1];
        if ((commands & ~CAP_FCNTL_ALL) != 0) return Errno.EINVAL;
        if (Find(call, out var now) is not Errno.None and var error) return error;
        return Replace(call, now.LimitFcntls(commands, out var limited), limited);
    }

    [Syscall(537, "int cap_fcntls_get(int fd, uint32_t *fcntlrightsp)")]
    internal static Errno cap_fcntls_get(SystemCall call)
    {
        var error = Find(call, out var now);
        return error == Errno.None ? call.CopyOut(call[1], now.Fcntls) : error;
    }

    /// <summary>What the descriptor in the first argument may be used for now; EBADF.</summary>
    private static Errno Find(SystemCall call, out FileCapabilities capabilities)
    {
        var error = call.Process.Files.Get(call.Int(0), out _);
        capabilities = error == Errno.None ? call.Process.Files.CapabilitiesOf(call.Int(0)) : FileCapabilities.All;
        return error;
    }

    private static Errno Replace(SystemCall call, Errno error, FileCapabilities limited)
    {
        if (error == Errno.None) call.Process.Files.SetCapabilities(call.Int(0), limited);
        return error;
    }
}
