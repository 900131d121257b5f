using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>struct urwlock in user memory: do_rw_rdlock, do_rw_wrlock and do_rw_unlock of kern_umtx.c.</summary>
internal sealed class UmtxReaderWriterLock(Lwp lwp, IUserMemory memory, ulong address)
{
    // Of rw_flags, rw_blocked_readers and rw_blocked_writers; rw_state comes first.
    private const ulong FlagsOffset = 4, BlockedReadersOffset = 8, BlockedWritersOffset = 12;

    private const uint WriteOwner = 0x80000000, WriteWaiters = 0x40000000, ReadWaiters = 0x20000000, MaximumReaders = 0x1fffffff;

    /// <summary>URWLOCK_PREFER_READER, of the lock or of one call.</summary>
    private const uint PreferReader = 2;

    private UmtxQueues Queues => lwp.Process.Kernel.Umtx;

    /// <summary>do_rw_rdlock: EAGAIN when there are too many readers.</summary>
    public async ValueTask<Errno> LockForReading(uint callFlags, UmtxTimeout? timeout)
    {
        if (Prepare(out var flags, out var key) is var error and not Errno.None) return error;
        var forbidding = ((callFlags | flags) & PreferReader) != 0 ? WriteOwner : WriteOwner | WriteWaiters;
        while (true)
        {
            if (memory.Read32(address, out var state) != Errno.None) return Errno.EFAULT;
            if ((state & forbidding) == 0)
                return (state & MaximumReaders) == MaximumReaders ? Errno.EAGAIN : memory.Write32(address, state + 1);
            error = await Wait(key, state, ReadWaiters, BlockedReadersOffset, timeout, now => (now & forbidding) != 0);
            if (error != Errno.None) return error == Errno.ERESTART ? Errno.EINTR : error;
        }
    }

    /// <summary>do_rw_wrlock.</summary>
    public async ValueTask<Errno> LockForWriting(UmtxTimeout? timeout)
    {
        var error = Prepare(out _, out var key);
        if (error != Errno.None) return error;
        var blockedReaders = 0u;
        while (true)
        {
            if (memory.Read32(address, out var state) != Errno.None) return Errno.EFAULT;
            if (!IsHeld(state)) return memory.Write32(address, state | WriteOwner);
            if (error != Errno.None)
            {
                // Readers that waited behind this writer need not wait any longer.
                if ((state & (WriteOwner | WriteWaiters)) == 0 && blockedReaders != 0) Queues.Signal(key, int.MaxValue);
                return error == Errno.ERESTART ? Errno.EINTR : error;
            }
            error = await Wait(key, state, WriteWaiters, BlockedWritersOffset, timeout, IsHeld);
            if (error == Errno.EFAULT || memory.Read32(address + BlockedReadersOffset, out blockedReaders) != Errno.None) return Errno.EFAULT;
        }
    }

    /// <summary>do_rw_unlock: EPERM when nobody has it.</summary>
    public Errno Unlock()
    {
        if (Prepare(out var flags, out var key) is var error and not Errno.None) return error;
        if (memory.Read32(address, out var state) != Errno.None) return Errno.EFAULT;
        if (!IsHeld(state)) return Errno.EPERM;
        if (memory.Write32(address, (state & WriteOwner) != 0 ? state & ~WriteOwner : state - 1) != Errno.None) return Errno.EFAULT;
        var (readers, writers) = ((state & ReadWaiters) != 0, (state & WriteWaiters) != 0);
        if (writers && (!readers || (flags & PreferReader) == 0)) Queues.Signal(key, 1, exclusive: true);
        else if (readers) Queues.Signal(key, int.MaxValue);
        return Errno.None;
    }

    private static bool IsHeld(uint state) => (state & (WriteOwner | MaximumReaders)) != 0;

    /// <summary>Waits until the state allows another try, counted in the lock and announced by a bit of its state.</summary>
    private async ValueTask<Errno> Wait(
        UmtxKey key, uint state, uint waitersBit, ulong countOffset, UmtxTimeout? timeout, Func<uint, bool> mustWait)
    {
        var exclusive = waitersBit == WriteWaiters;
        if (memory.Write32(address, state | waitersBit) != Errno.None || Add(countOffset, 1, out _) != Errno.None) return Errno.EFAULT;
        var error = Errno.None;
        do
        {
            var waiter = Queues.Insert(lwp, key, exclusive);
            error = await waiter.Sleep(exclusive ? "uwrlck" : "urdlck", timeout);
            Queues.Remove(waiter);
            if (memory.Read32(address, out state) != Errno.None) return Errno.EFAULT;
        }
        while (error == Errno.None && mustWait(state));
        if (Add(countOffset, -1, out var left) != Errno.None) return Errno.EFAULT;
        return left == 0 && memory.Write32(address, state & ~waitersBit) != Errno.None ? Errno.EFAULT : error;
    }

    private Errno Add(ulong offset, int change, out uint count)
    {
        if (memory.Read32(address + offset, out count) is var error and not Errno.None) return error;
        count = (uint)(count + change);
        return memory.Write32(address + offset, count);
    }

    private Errno Prepare(out uint flags, out UmtxKey key)
    {
        key = default;
        if (memory.Read32(address + FlagsOffset, out flags) != Errno.None) return Errno.EFAULT;
        return UmtxKey.Get(lwp.Process, address, UmtxType.ReaderWriterLock, UmtxKey.Sharing(flags), out key);
    }
}
