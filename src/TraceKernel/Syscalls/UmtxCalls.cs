using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>_umtx_op(2): what the locks of libthr and Go's runtime come to when they cannot be had in user mode. kern_umtx.c.</summary>
internal static class UmtxCalls
{
    /// <summary>UMTX_OP__32BIT and UMTX_OP__I386: structures of 32-bit programs, which do not run here.</summary>
    private const uint OtherAbiFlags = 0xC0000000;

    // UMTX_OP_*; SEM_WAIT and SEM_WAKE are of FreeBSD 9 and 10, LOCK 0 and UNLOCK 1 of what nobody has run since FreeBSD 6.
    private const uint SemWait = 19, SemWake = 20, GetMinimumTimeout = 27, SetMinimumTimeout = 28;

    private const uint Wait = 2, Wake = 3, MutexTryLock = 4, MutexLock = 5, MutexUnlock = 6, SetCeiling = 7, CvWait = 8, CvSignal = 9,
        CvBroadcast = 10, WaitUint = 11, RwReadLock = 12, RwWriteLock = 13, RwUnlock = 14, WaitUintPrivate = 15, WakePrivate = 16,
        MutexWait = 17, MutexWake = 18, NWakePrivate = 21, MutexWake2 = 22, Sem2Wait = 23, Sem2Wake = 24, Shm = 25, RobustLists = 26;

    /// <summary>USEM_HAS_WAITERS; the bits below it are the count.</summary>
    private const uint SemaphoreHasWaiters = 0x80000000;

    private const ulong CVWAIT_ABSTIME = 2, CVWAIT_CLOCKID = 4;

    // Of ucond: c_has_waiters comes first.
    private const ulong ConditionFlagsOffset = 4, ConditionClockOffset = 8;

    [Syscall(454, "int _umtx_op(void *obj, int op, u_long val, void *uaddr, void *uaddr2)")]
    internal static async ValueTask<Errno> _umtx_op(SystemCall call)
    {
        var operation = (uint)call[1];
        if ((operation & OtherAbiFlags) != 0) return Errno.EINVAL;
        switch (operation)
        {
            case Wait: return await Sleep(call, isWord: false, UmtxSharing.Automatic);
            case WaitUint: return await Sleep(call, isWord: true, UmtxSharing.Automatic);
            case WaitUintPrivate: return await Sleep(call, isWord: true, UmtxSharing.Private);
            case Wake: return WakeUp(call.Process, call[0], call.Int(2), UmtxSharing.Automatic);
            case WakePrivate: return WakeUp(call.Process, call[0], call.Int(2), UmtxSharing.Private);
            case NWakePrivate: return WakeMany(call);
            case MutexLock: return await Lock(call, MutexMode.Lock);
            case MutexWait: return await Lock(call, MutexMode.Wait);
            case MutexTryLock: return await Mutex(call).Lock(null, MutexMode.Try);
            case MutexUnlock: return Mutex(call).Unlock();
            case MutexWake: return Mutex(call).Wake();
            case MutexWake2: return Mutex(call).Wake2((uint)call[2]);
            case SetCeiling: return await Mutex(call).SetCeiling((uint)call[2], call[3]);
            case CvWait: return await WaitForCondition(call);
            case CvSignal: return SignalCondition(call, 1);
            case CvBroadcast: return SignalCondition(call, int.MaxValue);
            case RwReadLock or RwWriteLock: return await LockReaderWriter(call, operation);
            case RwUnlock: return ReaderWriter(call).Unlock();
            case Sem2Wait: return await WaitForSemaphore(call);
            case Sem2Wake: return WakeSemaphore(call);
            case Shm: return SharedMemoryCalls.Umtx(call);
            case RobustLists: return SetRobustLists(call);
            case SemWait: return await UmtxOldCalls.WaitForSemaphore(call);
            case SemWake: return UmtxOldCalls.WakeSemaphore(call);
            case GetMinimumTimeout: return UmtxOldCalls.GetMinimum(call);
            case SetMinimumTimeout: return UmtxOldCalls.SetMinimum(call);
            default: return operation <= Shm ? Errno.EOPNOTSUPP : Errno.EINVAL;
        }
    }

    private static UserMutex Mutex(SystemCall call) => new(call.Lwp, call.Memory, call[0]);
    private static UmtxReaderWriterLock ReaderWriter(SystemCall call) => new(call.Lwp, call.Memory, call[0]);

    /// <summary>do_wait: sleeps while the word or long has the value; a difference is no error.</summary>
    private static async ValueTask<Errno> Sleep(SystemCall call, bool isWord, UmtxSharing sharing)
    {
        if (UmtxTimeout.CopyIn(call, call[4], call[3], out var timeout, out _) is var error and not Errno.None) return error;
        error = UmtxKey.Get(call.Process, call[0], UmtxType.SimpleWait, sharing, out var key);
        if (error != Errno.None) return error;
        if ((error = Read(call, isWord, out var value)) != Errno.None) return error;
        if (value != call[2]) return Errno.None;
        var waiter = call.Kernel.Umtx.Insert(call.Lwp, key);
        error = await waiter.Sleep("uwait", timeout);
        return End(call, waiter, error == Errno.ERESTART ? Errno.EINTR : error);
    }

    private static Errno Read(SystemCall call, bool isWord, out ulong value)
    {
        if (!isWord) return call.Memory.Read64(call[0], out value);
        var error = call.Memory.Read32(call[0], out var word);
        value = word;
        return error;
    }

    /// <summary>Whoever was woken succeeds, whatever else happened meanwhile.</summary>
    private static Errno End(SystemCall call, UmtxWaiter waiter, Errno error)
    {
        if (!waiter.IsQueued) return Errno.None;
        call.Kernel.Umtx.Remove(waiter);
        return error;
    }

    /// <summary>kern_umtx_wake: wakes threads that sleep on an address; it returns 0 however many there were.</summary>
    internal static Errno WakeUp(Process process, ulong address, int count, UmtxSharing sharing)
    {
        var error = UmtxKey.Get(process, address, UmtxType.SimpleWait, sharing, out var key);
        if (error == Errno.None) process.Kernel.Umtx.Signal(key, count);
        return error;
    }

    /// <summary>__umtx_op_nwake_private: everyone who sleeps on any of several addresses.</summary>
    private static Errno WakeMany(SystemCall call)
    {
        for (var index = 0; index < call.Int(2); index++)
        {
            if (call.Memory.Read64(call[0] + (ulong)index * 8, out var address) is var error and not Errno.None) return error;
            WakeUp(call.Process, address, int.MaxValue, UmtxSharing.Private);
        }
        return Errno.None;
    }

    private static async ValueTask<Errno> Lock(SystemCall call, MutexMode mode)
    {
        if (UmtxTimeout.CopyIn(call, call[4], call[3], out var timeout, out _) is var error and not Errno.None) return error;
        return await Mutex(call).Lock(timeout, mode);
    }

    /// <summary>do_cv_wait: gives the mutex at the fourth argument back, and sleeps; the program takes the mutex again.</summary>
    private static async ValueTask<Errno> WaitForCondition(SystemCall call)
    {
        var (memory, condition) = (call.Memory, call[0]);
        var time = default(timespec);
        if (call[4] != 0 && call.CopyIn(call[4], out time) is var fault and not Errno.None) return fault;
        if (!UmtxTimeout.IsInterval(time)) return Errno.EINVAL;
        if (ConditionKey(call, out var key) != Errno.None) return Errno.EFAULT;
        var clock = (uint)Clocks.CLOCK_REALTIME;
        if ((call[2] & CVWAIT_CLOCKID) != 0 && memory.Read32(condition + ConditionClockOffset, out clock) != Errno.None) return Errno.EFAULT;
        if (clock >= Clocks.CLOCK_THREAD_CPUTIME_ID) return Errno.EINVAL;
        var waiter = call.Kernel.Umtx.Insert(call.Lwp, key);
        var error = memory.Write32(condition, 1);
        if (error == Errno.None) error = new UserMutex(call.Lwp, memory, call[3]).Unlock();
        if (error == Errno.None)
        {
            UmtxTimeout? timeout = call[4] == 0 ? null : UmtxTimeout.Of(call.Lwp, (int)clock, (call[2] & CVWAIT_ABSTIME) != 0, time);
            error = await waiter.Sleep("ucond", timeout);
        }
        if (!waiter.IsQueued) return Errno.None;
        call.Kernel.Umtx.Remove(waiter);
        if (call.Kernel.Umtx.Count(key) == 0 && memory.Write32(condition, 0) != Errno.None && error == Errno.None) return Errno.EFAULT;
        return error == Errno.ERESTART ? Errno.EINTR : error;
    }

    /// <summary>do_cv_signal and do_cv_broadcast.</summary>
    private static Errno SignalCondition(SystemCall call, int count)
    {
        if (ConditionKey(call, out var key) != Errno.None) return Errno.EFAULT;
        call.Kernel.Umtx.Signal(key, count);
        return call.Kernel.Umtx.Count(key) == 0 ? call.Memory.Write32(call[0], 0) : Errno.None;
    }

    private static Errno ConditionKey(SystemCall call, out UmtxKey key)
    {
        key = default;
        if (call.Memory.Read32(call[0] + ConditionFlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        return UmtxKey.Get(call.Process, call[0], UmtxType.ConditionVariable, UmtxKey.Sharing(flags), out key);
    }

    private static async ValueTask<Errno> LockReaderWriter(SystemCall call, uint operation)
    {
        if (UmtxTimeout.CopyIn(call, call[4], call[3], out var timeout, out _) is var error and not Errno.None) return error;
        return operation == RwReadLock
            ? await ReaderWriter(call).LockForReading((uint)call[2], timeout)
            : await ReaderWriter(call).LockForWriting(timeout);
    }

    /// <summary>do_sem2_wait: returns when the count is not zero; the program then takes one, or waits again.</summary>
    private static async ValueTask<Errno> WaitForSemaphore(SystemCall call)
    {
        if (UmtxTimeout.CopyIn(call, call[4], call[3], out var timeout, out var isAbsolute) is var error and not Errno.None) return error;
        if (SemaphoreKey(call, out var key) != Errno.None || call.Memory.Read32(call[0], out var count) != Errno.None) return Errno.EFAULT;
        if ((count & ~SemaphoreHasWaiters) != 0) return Errno.None;
        if (call.Memory.Write32(call[0], SemaphoreHasWaiters) != Errno.None) return Errno.EFAULT;
        var waiter = call.Kernel.Umtx.Insert(call.Lwp, key);
        error = End(call, waiter, await waiter.Sleep("usem", timeout));
        if (timeout is not { } relative || isAbsolute || error is not (Errno.EINTR or Errno.ERESTART)) return error;
        // What is left of a relative time follows the structure, when the caller made room for it.
        var (size, left) = ((ulong)Marshal.SizeOf<timespec>(), timespec.Of(Math.Max(relative.Left(call.Lwp), 0)));
        if (call[3] >= UmtxTimeout.Bytes + size && call.CopyOut(call[4] + UmtxTimeout.Bytes, left) is var fault and not Errno.None) return fault;
        return Errno.EINTR;
    }

    /// <summary>do_sem2_wake.</summary>
    private static Errno WakeSemaphore(SystemCall call)
    {
        if (SemaphoreKey(call, out var key) != Errno.None) return Errno.EFAULT;
        var waiters = call.Kernel.Umtx.Count(key);
        if (waiters == 0) return Errno.None;
        var error = Errno.None;
        if (waiters == 1 && (error = call.Memory.Read32(call[0], out var count)) == Errno.None)
            error = call.Memory.Write32(call[0], count & ~SemaphoreHasWaiters);
        call.Kernel.Umtx.Signal(key, 1);
        return error;
    }

    private static Errno SemaphoreKey(SystemCall call, out UmtxKey key)
    {
        key = default;
        // struct _usem2: _count, _flags.
        if (call.Memory.Read32(call[0] + 4, out var flags) != Errno.None) return Errno.EFAULT;
        return UmtxKey.Get(call.Process, call[0], UmtxType.Semaphore, UmtxKey.Sharing(flags), out key);
    }

    private static Errno SetRobustLists(SystemCall call)
    {
        var image = new byte[Marshal.SizeOf<UmtxRobustLists>()];
        if (call[2] > (ulong)image.Length) return Errno.EINVAL;
        if (call.Memory.CopyIn(call[3], image.AsSpan(0, (int)call[2])) is var error and not Errno.None) return error;
        call.Lwp.RobustLists = MemoryMarshal.Read<UmtxRobustLists>(image);
        return Errno.None;
    }
}
