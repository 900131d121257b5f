using System.Runtime.InteropServices;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>PT_GETREGSET and PT_SETREGSET: registers by the note that a core file has of them (sys_process.c of FreeBSD 14).</summary>
internal static class RegisterSetRequests
{
    /// <summary>More than any set has; longer buffers are refused for their size and are never looked at.</summary>
    public const int MaximumBytes = 16 * 1024;

    /// <summary>
    /// proc_read_regset. EINVAL for an unknown note or another size than the set's; without a buffer only the size is told.
    /// </summary>
    [Ptrace(PT_GETREGSET, Target.StoppedLwp)]
    public static Errno Get(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<iovec>(call.Image, out var vector)) return Errno.EFAULT;
        if (Find(ref call) is not { } set) return Errno.EINVAL;
        var bytes = set.Bytes(call.Process.Kernel.Architecture);
        if (vector.iov_base == 0)
        {
            MemoryMarshal.Write(call.Image, vector with { iov_len = (ulong)bytes });
            return Errno.None;
        }
        if (vector.iov_len != (ulong)bytes) return Errno.EINVAL;
        if (call.Buffer.Length < bytes) return Errno.EFAULT;
        set.Fill(call.Lwp, call.Buffer[..bytes]);
        return Errno.None;
    }

    /// <summary>proc_write_regset. Unlike PT_SETREGS it does not have a system call's arguments fetched again.</summary>
    [Ptrace(PT_SETREGSET, Target.StoppedLwp)]
    public static Errno Set(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<iovec>(call.Image, out var vector)) return Errno.EFAULT;
        if (Find(ref call) is not { } set) return Errno.EINVAL;
        var bytes = set.Bytes(call.Process.Kernel.Architecture);
        if (vector.iov_len != (ulong)bytes || !set.CanBeSet) return Errno.EINVAL;
        if (vector.iov_base == 0 || call.Buffer.Length < bytes) return Errno.EFAULT;
        set.Set(call.Lwp, call.Buffer[..bytes]);
        return Errno.None;
    }

    /// <summary>proc_find_regset; null when there is none.</summary>
    private static RegisterSet? Find(ref PtraceCall call)
    {
        foreach (var set in call.Process.Kernel.RegisterSets)
            if (set.Note == call.Data) return set;
        return null;
    }
}
