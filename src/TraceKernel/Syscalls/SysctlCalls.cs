using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>The two system calls of sysctl(3).</summary>
internal static class SysctlCalls
{
    /// <summary>Most that a new value may have.</summary>
    private const int MaximumNewBytes = 65536;

    [Syscall(202, "int __sysctl(int *name, u_int namelen, void *old, size_t *oldlenp, const void *new, size_t newlen)")]
    internal static Errno __sysctl(SystemCall call)
    {
        if ((uint)call[1] is < 2 or > CTL_MAXNAME) return Errno.EINVAL;
        Span<int> name = stackalloc int[call.Int(1)];
        var error = call.Memory.CopyIn(call[0], MemoryMarshal.AsBytes(name));
        return error == Errno.None ? Request(call, name) : error;
    }

    [Syscall(570, "int __sysctlbyname(const char *name, size_t namelen, void *old, size_t *oldlenp, void *new, size_t newlen)")]
    internal static Errno __sysctlbyname(SystemCall call)
    {
        if (call[1] is 0 or >= Fcntl.PATH_MAX) return call[1] == 0 ? Errno.ENOENT : Errno.ENAMETOOLONG;
        Span<byte> text = stackalloc byte[(int)call[1]];
        if (call.Memory.CopyIn(call[0], text) is not Errno.None and var error) return error;
        return SysctlTree.TryFind(NullTerminated.ToText(text), out var name) ? Request(call, name) : Errno.ENOENT;
    }

    /// <summary>userland_sysctl: the last four arguments are the same in both calls.</summary>
    private static Errno Request(SystemCall call, ReadOnlySpan<int> name)
    {
        var (old, oldLengthAddress, newAddress, newLength) = (call[2], call[3], call[4], call[5]);
        var room = 0UL;
        if (oldLengthAddress != 0 && call.CopyIn(oldLengthAddress, out room) is not Errno.None and var fault) return fault;
        if (newAddress != 0 && newLength > MaximumNewBytes) return Errno.EINVAL;
        var newValue = newAddress == 0 ? [] : new byte[newLength];
        if (call.Memory.CopyIn(newAddress, newValue) is not Errno.None and var error) return error;

        var output = new ArrayBufferWriter<byte>(64);
        var oldLength = (int)Math.Min(room, int.MaxValue);
        var request = new SysctlRequest(
            call.Kernel, call.Process, default, newValue, newAddress != 0, oldLength, output, isProbe: old == 0, limit: old == 0 ? int.MaxValue : oldLength);
        KernelTracing.SystemControl(call.Lwp, name);
        error = Sysctl.Request(name, request);
        if (error is not (Errno.None or Errno.ENOMEM)) return error;
        var length = (ulong)output.WrittenCount;
        if (old != 0)
        {
            if (length > room) (length, error) = (room, Errno.ENOMEM);
            if (call.Memory.CopyOut(old, output.WrittenSpan[..(int)length]) is not Errno.None and var unwritable) return unwritable;
        }
        if (oldLengthAddress != 0 && call.CopyOut(oldLengthAddress, length) is not Errno.None and var lost) return lost;
        return error;
    }
}
