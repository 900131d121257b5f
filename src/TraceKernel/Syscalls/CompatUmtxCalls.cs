using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>struct umtx, the lock of libthr before FreeBSD 7: a long that holds its owner. COMPAT_FREEBSD10 of kern_umtx.c.</summary>
internal static class CompatUmtxCalls
{
    /// <summary>UMTX_UNOWNED and UMTX_CONTESTED of the long.</summary>
    private const ulong Unowned = 0, Contested = 1UL << 63;

    /// <summary>do_lock_umtx. ERESTART for a signal, since taking a lock is never given up.</summary>
    [Syscall(434, "int freebsd10__umtx_lock(struct umtx *umtx)")]
    internal static async ValueTask<Errno> freebsd10__umtx_lock(SystemCall call)
    {
        var (address, id, ended) = (call[0], (ulong)call.Lwp.Tid, Errno.None);
        while (true)
        {
            if (call.Memory.Read64(address, out var owner) != Errno.None) return Errno.EFAULT;
            if (owner is Unowned or Contested) return call.CopyOut(address, id | owner);
            if (ended != Errno.None) return ended == Errno.EINTR ? Errno.ERESTART : ended;
            if (Key(call, out var key) is var error and not Errno.None) return error;
            // The owner sees the bit and gives the lock back by the system call.
            if (call.CopyOut(address, owner | Contested) != Errno.None) return Errno.EFAULT;
            var waiter = call.Kernel.Umtx.Insert(call.Lwp, key);
            ended = await waiter.Sleep("umtx", null);
            call.Kernel.Umtx.Remove(waiter);
        }
    }

    /// <summary>do_unlock_umtx. EPERM when another thread has the lock.</summary>
    [Syscall(435, "int freebsd10__umtx_unlock(struct umtx *umtx)")]
    internal static Errno freebsd10__umtx_unlock(SystemCall call)
    {
        if (call.Memory.Read64(call[0], out var owner) != Errno.None) return Errno.EFAULT;
        if ((owner & ~Contested) != (ulong)call.Lwp.Tid) return Errno.EPERM;
        if ((owner & Contested) == 0) return call.CopyOut(call[0], Unowned);
        if (Key(call, out var key) is var error and not Errno.None) return error;
        error = call.CopyOut(call[0], call.Kernel.Umtx.Count(key) <= 1 ? Unowned : Contested);
        call.Kernel.Umtx.Signal(key, 1);
        return error;
    }

    private static Errno Key(SystemCall call, out UmtxKey key) =>
        UmtxKey.Get(call.Process, call[0], UmtxType.SimpleLock, UmtxSharing.Automatic, out key);
}
