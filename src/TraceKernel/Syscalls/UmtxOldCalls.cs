using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>Operations of _umtx_op(2) that the libraries of FreeBSD 9 and 10 use, and those on how short a sleep may be: kern_umtx.c.</summary>
internal static class UmtxOldCalls
{
    // struct _usem: _has_waiters, _count, _flags.
    private const ulong CountOffset = 4, FlagsOffset = 8;

    /// <summary>do_sem_wait: returns when the count is not zero; the program then takes one, or waits again.</summary>
    internal static async ValueTask<Errno> WaitForSemaphore(SystemCall call)
    {
        if (UmtxTimeout.CopyIn(call, call[4], call[3], out var timeout, out var isAbsolute) is var error and not Errno.None) return error;
        if ((error = Key(call, out var key)) != Errno.None) return error;
        if (call.Memory.Read32(call[0] + CountOffset, out var count) != Errno.None) return Errno.EFAULT;
        if (count != 0) return Errno.None;
        if (call.Memory.Write32(call[0], 1) != Errno.None) return Errno.EFAULT;
        var waiter = call.Kernel.Umtx.Insert(call.Lwp, key);
        error = await waiter.Sleep("usem", timeout);
        if (!waiter.IsQueued) return Errno.None;
        call.Kernel.Umtx.Remove(waiter);
        // A relative time cannot begin anew.
        return error == Errno.ERESTART && timeout is not null && !isAbsolute ? Errno.EINTR : error;
    }

    /// <summary>do_sem_wake.</summary>
    internal static Errno WakeSemaphore(SystemCall call)
    {
        var error = Key(call, out var key);
        if (error != Errno.None) return error;
        var waiters = call.Kernel.Umtx.Count(key);
        if (waiters == 1) error = call.Memory.Write32(call[0], 0);
        if (waiters > 0) call.Kernel.Umtx.Signal(key, 1);
        return error;
    }

    /// <summary>__umtx_op_get_min_timeout.</summary>
    internal static Errno GetMinimum(SystemCall call) => call.CopyOut(call[3], call.Process.ShortestUmtxSleep);

    /// <summary>__umtx_op_set_min_timeout: EINVAL for a negative time.</summary>
    internal static Errno SetMinimum(SystemCall call)
    {
        if (call.Long(2) < 0) return Errno.EINVAL;
        call.Process.ShortestUmtxSleep = call.Long(2);
        return Errno.None;
    }

    private static Errno Key(SystemCall call, out UmtxKey key)
    {
        key = default;
        if (call.Memory.Read32(call[0] + FlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        return UmtxKey.Get(call.Process, call[0], UmtxType.Semaphore, UmtxKey.Sharing(flags), out key);
    }
}
