using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>_umtx_op(2), on which libthr and Go build their locks: kern_umtx.c. Queues are per process: no lock is shared between processes.</summary>
internal static class UmtxCalls
{
    private const int Wait = 2, Wake = 3, MutexTryLock = 4, MutexLock = 5, MutexUnlock = 6, CvWait = 8, CvSignal = 9, CvBroadcast = 10,
        WaitUint = 11, WaitUintPrivate = 15, WakePrivate = 16, MutexWait = 17, NWakePrivate = 21, MutexWake2 = 22, Sem2Wait = 23, Sem2Wake = 24;

    /// <summary>UMUTEX_CONTESTED, and USEM_HAS_WAITERS: somebody sleeps for this word.</summary>
    private const uint Contested = 0x80000000;

    private const int ClockRealtime = 0, AbsoluteTime = 1, CvWaitAbsoluteTime = 2, CvWaitClock = 4;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct UmtxTime(timespec Timeout, uint Flags, uint Clock);

    [Syscall(454, "int _umtx_op(void *obj, int op, u_long val, void *uaddr1, void *uaddr2)")]
    public static ValueTask<Errno> UmtxOperation(SystemCall call) => call.Int(1) switch
    {
        Wait => WaitForChange(call, is32Bit: false),
        WaitUint or WaitUintPrivate => WaitForChange(call, is32Bit: true),
        Wake or WakePrivate => new(WakeUp(call, call[0], call.Int(2))),
        NWakePrivate => new(WakeAll(call)),
        MutexTryLock => Lock(call, call[0], MutexTryLock, long.MaxValue),
        MutexLock or MutexWait => TimedLock(call),
        MutexUnlock => new(Unlock(call, call[0])),
        MutexWake2 => new(WakeMutex(call)),
        CvWait => WaitForCondition(call),
        CvSignal => new(Signal(call, 1)),
        CvBroadcast => new(Signal(call, int.MaxValue)),
        Sem2Wait => WaitForSemaphore(call),
        Sem2Wake => new(WakeSemaphore(call)),
        _ => new(Errno.EOPNOTSUPP),
    };

    // The queues.

    private static LinkedList<Lwp> Queue(SystemCall call, ulong address)
    {
        var queues = call.Process.UmtxQueues;
        if (!queues.TryGetValue(address, out var queue)) queues.Add(address, queue = new LinkedList<Lwp>());
        return queue;
    }

    private static int Waiters(SystemCall call, ulong address) =>
        call.Process.UmtxQueues.TryGetValue(address, out var queue) ? queue.Count : 0;

    /// <summary>umtxq_signal: the longest waiters first.</summary>
    internal static Errno WakeUp(SystemCall call, ulong address, int count)
    {
        if (!call.Process.UmtxQueues.TryGetValue(address, out var queue)) return Errno.None;
        for (; count > 0 && queue.First is { } first; count--)
        {
            queue.RemoveFirst();
            call.Kernel.Wakeup(first);
        }
        if (queue.Count == 0) call.Process.UmtxQueues.Remove(address);
        return Errno.None;
    }

    /// <summary>umtxq_sleep: until woken from the queue that the caller has entered. ETIMEDOUT; EINTR or ERESTART.</summary>
    private static async ValueTask<Errno> Sleep(SystemCall call, ulong address, LinkedListNode<Lwp> waiter, string message, long deadline)
    {
        var error = Errno.None;
        while (waiter.List is not null && error == Errno.None) error = await call.Lwp.Sleep(waiter, message, deadline);
        if (waiter.List is not { } queue) return Errno.None;
        queue.Remove(waiter);
        if (queue.Count == 0) call.Process.UmtxQueues.Remove(address);
        return error == Errno.EWOULDBLOCK ? Errno.ETIMEDOUT : error;
    }

    /// <summary>umtx_copyin_umtx_time: a struct timespec, or with a larger size a struct _umtx_time.</summary>
    private static Errno Deadline(SystemCall call, out long deadline)
    {
        deadline = long.MaxValue;
        if (call[4] == 0) return Errno.None;
        UmtxTime time;
        if (call[3] <= 16)
        {
            if (call.CopyIn(call[4], out timespec relative) is not Errno.None and var fault) return fault;
            time = new UmtxTime(relative, 0, ClockRealtime);
        }
        else if (call.CopyIn(call[4], out time) is not Errno.None and var fault)
        {
            return fault;
        }
        if (time.Timeout.tv_sec < 0 || time.Timeout.tv_nsec is < 0 or >= Clocks.NanosecondsPerSecond) return Errno.EINVAL;
        deadline = Deadline(call.Kernel, time.Timeout, (time.Flags & AbsoluteTime) != 0, (int)time.Clock);
        return Errno.None;
    }

    private static long Deadline(Kernel kernel, timespec time, bool isAbsolute, int clock)
    {
        if (!isAbsolute) return TimeCalls.After(kernel.Uptime, time);
        var isReal = clock is ClockRealtime or Clocks.CLOCK_REALTIME_PRECISE or Clocks.CLOCK_REALTIME_FAST or Clocks.CLOCK_SECOND;
        return TimeCalls.After(isReal ? kernel.Uptime - kernel.RealTime : 0, time);
    }

    /// <summary>A sleep with a time limit is not begun again: EINTR.</summary>
    private static Errno Final(Errno error, bool isTimed) => isTimed && error == Errno.ERESTART ? Errno.EINTR : error;

    // Words: do_wait, kern_umtx_wake, umtx_nwake_private.

    private static async ValueTask<Errno> WaitForChange(SystemCall call, bool is32Bit)
    {
        if (Deadline(call, out var deadline) is not Errno.None and var error) return error;
        ulong value;
        if (is32Bit)
        {
            error = call.CopyIn(call[0], out uint word);
            value = word;
        }
        else
        {
            error = call.CopyIn(call[0], out value);
        }
        if (error != Errno.None) return error;
        if (value != (is32Bit ? (uint)call[2] : call[2])) return Errno.None;
        var waiter = Queue(call, call[0]).AddLast(call.Lwp);
        return Final(await Sleep(call, call[0], waiter, "uwait", deadline), call[4] != 0);
    }

    private static Errno WakeAll(SystemCall call)
    {
        for (var i = 0UL; i < call[2]; i++)
        {
            if (call.CopyIn(call[0] + i * 8, out ulong address) is not Errno.None and var error) return error;
            WakeUp(call, address, int.MaxValue);
        }
        return Errno.None;
    }

    // struct umutex: the owner's thread id and the contested bit, then flags. do_lock_normal, do_unlock_normal, do_wake2_umutex.

    private static async ValueTask<Errno> TimedLock(SystemCall call)
    {
        if (Deadline(call, out var deadline) is not Errno.None and var error) return error;
        return Final(await Lock(call, call[0], call.Int(1), deadline), call[4] != 0);
    }

    private static async ValueTask<Errno> Lock(SystemCall call, ulong mutex, int operation, long deadline)
    {
        while (true)
        {
            if (call.CopyIn(mutex, out uint owner) is not Errno.None and var error) return error;
            if ((owner & ~Contested) == 0)
                return operation == MutexWait ? Errno.None : call.CopyOut(mutex, (uint)call.Lwp.Tid | owner);
            if (operation == MutexTryLock) return Errno.EBUSY;
            var waiter = Queue(call, mutex).AddLast(call.Lwp);
            if ((owner & Contested) == 0 && (error = call.CopyOut(mutex, owner | Contested)) != Errno.None)
            {
                waiter.List!.Remove(waiter);
                return error;
            }
            error = await Sleep(call, mutex, waiter, "umtxn", deadline);
            if (error != Errno.None) return error;
        }
    }

    private static Errno Unlock(SystemCall call, ulong mutex)
    {
        if (call.CopyIn(mutex, out uint owner) is not Errno.None and var error) return error;
        if ((owner & ~Contested) != (uint)call.Lwp.Tid) return Errno.EPERM;
        if ((error = call.CopyOut(mutex, Waiters(call, mutex) > 1 ? Contested : 0)) != Errno.None) return error;
        return (owner & Contested) != 0 ? WakeUp(call, mutex, 1) : Errno.None;
    }

    private static Errno WakeMutex(SystemCall call)
    {
        if (call.CopyIn(call[0], out uint owner) is not Errno.None and var error) return error;
        var waiters = Waiters(call, call[0]);
        var mustMark = (owner & Contested) == 0 && (waiters > 1 || (waiters == 1 && owner != 0));
        if (mustMark && (error = call.CopyOut(call[0], owner | Contested)) != Errno.None) return error;
        return (owner & ~Contested) == 0 ? WakeUp(call, call[0], 1) : Errno.None;
    }

    // struct ucond: whether somebody waits, flags, clock. do_cv_wait, do_cv_signal, do_cv_broadcast.

    private static async ValueTask<Errno> WaitForCondition(SystemCall call)
    {
        var condition = call[0];
        var deadline = long.MaxValue;
        if (call.CopyIn(condition + 8, out int clock) is not Errno.None and var error) return error;
        if (call[4] != 0)
        {
            if ((error = call.CopyIn(call[4], out timespec time)) != Errno.None) return error;
            if (time.tv_nsec is < 0 or >= Clocks.NanosecondsPerSecond) return Errno.EINVAL;
            var named = (call[2] & CvWaitClock) != 0 ? clock : ClockRealtime;
            deadline = Deadline(call.Kernel, time, (call[2] & CvWaitAbsoluteTime) != 0, named);
        }
        if ((error = call.CopyOut(condition, 1)) != Errno.None) return error;
        var waiter = Queue(call, condition).AddLast(call.Lwp);
        error = Unlock(call, call[3]);
        if (error == Errno.None) error = await Sleep(call, condition, waiter, "ucond", deadline);
        else waiter.List!.Remove(waiter);
        if (error != Errno.None && Waiters(call, condition) == 0) call.CopyOut(condition, 0);
        // Never begun again: the mutex has been unlocked.
        return Final(error, isTimed: true);
    }

    private static Errno Signal(SystemCall call, int count)
    {
        var waiters = Waiters(call, call[0]);
        WakeUp(call, call[0], count);
        return waiters <= count ? call.CopyOut(call[0], 0) : Errno.None;
    }

    // struct _usem2: the count and whether somebody waits, then flags. do_sem2_wait, do_sem2_wake.

    private static async ValueTask<Errno> WaitForSemaphore(SystemCall call)
    {
        if (Deadline(call, out var deadline) is not Errno.None and var error) return error;
        if ((error = call.CopyIn(call[0], out uint count)) != Errno.None) return error;
        if ((count & ~Contested) != 0) return Errno.None;
        if ((error = call.CopyOut(call[0], count | Contested)) != Errno.None) return error;
        var waiter = Queue(call, call[0]).AddLast(call.Lwp);
        return Final(await Sleep(call, call[0], waiter, "usem", deadline), call[4] != 0);
    }

    private static Errno WakeSemaphore(SystemCall call)
    {
        var waiters = Waiters(call, call[0]);
        if (waiters == 0) return Errno.None;
        if (waiters == 1)
        {
            if (call.CopyIn(call[0], out uint count) is not Errno.None and var error) return error;
            if ((error = call.CopyOut(call[0], count & ~Contested)) != Errno.None) return error;
        }
        return WakeUp(call, call[0], 1);
    }
}
