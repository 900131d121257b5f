using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>What a thread wants of a mutex that it cannot have at once.</summary>
internal enum MutexMode
{
    Lock,
    /// <summary>EBUSY instead of sleeping (_UMUTEX_TRY).</summary>
    Try,
    /// <summary>Until it looks free, without taking it (_UMUTEX_WAIT).</summary>
    Wait,
}

/// <summary>struct umutex in user memory: do_lock_umutex, do_unlock_umutex and the wake-ups of kern_umtx.c.</summary>
/// <remarks>Priorities do not decide who runs here, so that inheriting and protecting them changes none but the words in memory.</remarks>
internal sealed class UserMutex(Lwp lwp, IUserMemory memory, ulong address)
{
    private const int FlagsOffset = 4, CeilingsOffset = 8;

    public const uint Unowned = 0, Contested = 0x80000000, OwnerDead = Contested | 0x10, NotRecoverable = Contested | 0x11;
    public const uint PriorityInherit = 4, PriorityProtect = 8, Robust = 0x10, Nonconsistent = 0x20;

    /// <summary>RTP_PRIO_MAX: the highest ceiling.</summary>
    private const uint MaximumCeiling = 31;

    private UmtxQueues Queues => lwp.Process.Kernel.Umtx;
    private uint Id => (uint)lwp.Tid;

    /// <summary>do_lock_umutex.</summary>
    public async ValueTask<Errno> Lock(UmtxTimeout? timeout, MutexMode mode)
    {
        if (memory.Read32(address + FlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        if (!TryGetType(flags & ~Robust, out var type)) return Errno.EINVAL;
        var error = type == UmtxType.ProtectMutex ? CheckCeiling() : Errno.None;
        if (error == Errno.None) error = await Acquire(flags, type, timeout, mode);
        if (timeout is not null) return error == Errno.ERESTART ? Errno.EINTR : error;
        return error == Errno.EINTR && mode != MutexMode.Wait ? Errno.ERESTART : error;
    }

    /// <summary>do_lock_normal, do_lock_pi, do_lock_pp: after each sleep the lock is tried once more, whatever ended the sleep.</summary>
    private async ValueTask<Errno> Acquire(uint flags, UmtxType type, UmtxTimeout? timeout, MutexMode mode)
    {
        var ended = Errno.None;
        while (true)
        {
            if (memory.Read32(address, out var owner) != Errno.None) return Errno.EFAULT;
            if (mode == MutexMode.Wait && type == UmtxType.NormalMutex)
            {
                if (owner is Unowned or Contested or OwnerDead or NotRecoverable) return Errno.None;
            }
            else if (TryTake(owner, type) is { } result)
            {
                return result;
            }
            if (type == UmtxType.InheritMutex && (owner & ~Contested) == Id) return Errno.EDEADLK;
            if (mode == MutexMode.Try) return Errno.EBUSY;
            if (ended != Errno.None) return ended;
            if (Key(flags, out var key) != Errno.None) return Errno.EFAULT;
            // The contested bit tells the owner to unlock by a system call; a protecting mutex always has it.
            if (type != UmtxType.ProtectMutex && memory.Write32(address, owner | Contested) != Errno.None) return Errno.EFAULT;
            var waiter = Queues.Insert(lwp, key);
            ended = await waiter.Sleep(WaitMessage(type), timeout);
            Queues.Remove(waiter);
        }
    }

    /// <summary>Takes what is free, or says why it never will be; null when another thread has it.</summary>
    private Errno? TryTake(uint owner, UmtxType type)
    {
        switch (owner)
        {
            case OwnerDead:
                return memory.Write32(address, Id | Contested) == Errno.None ? Errno.EOWNERDEAD : Errno.EFAULT;
            case NotRecoverable:
                return Errno.ENOTRECOVERABLE;
            case Unowned when type != UmtxType.ProtectMutex:
                return memory.Write32(address, Id);
            case Contested:
                return memory.Write32(address, Id | Contested);
            default:
                return null;
        }
    }

    /// <summary>do_unlock_umutex: EPERM when another thread has it.</summary>
    /// <param name="ownerDies">The owner exits with a robust mutex.</param>
    public Errno Unlock(bool ownerDies = false)
    {
        if (memory.Read32(address + FlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        if (!TryGetType(flags & ~Robust, out var type)) return Errno.EINVAL;
        if (memory.Read32(address, out var owner) != Errno.None) return Errno.EFAULT;
        if ((owner & ~Contested) != Id) return Errno.EPERM;
        var free = ownerDies ? OwnerDead : (flags & Nonconsistent) != 0 ? NotRecoverable : Unowned;
        if (type == UmtxType.ProtectMutex && CheckCeiling(second: true) is var refused and not Errno.None) return refused;
        if ((owner & Contested) == 0 && type != UmtxType.ProtectMutex) return memory.Write32(address, free);
        if (Key(flags, out var key) != Errno.None) return Errno.EFAULT;
        if (Queues.Count(key) > 1 || type == UmtxType.ProtectMutex) free |= Contested;
        var error = memory.Write32(address, free);
        Queues.Signal(key, 1);
        return error;
    }

    /// <summary>do_wake_umutex: the old way of unlocking, in which the program has freed the mutex already.</summary>
    public Errno Wake()
    {
        if (memory.Read32(address, out var owner) != Errno.None) return Errno.EFAULT;
        if (!IsFree(owner)) return Errno.None;
        if (memory.Read32(address + FlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        if (UmtxKey.Get(lwp.Process, address, UmtxType.NormalMutex, UmtxKey.Sharing(flags), out var key) != Errno.None) return Errno.EFAULT;
        var count = Queues.Count(key);
        if (count <= 1 && owner == Contested && memory.Write32(address, Unowned) != Errno.None) return Errno.EFAULT;
        if (count != 0) Queues.Signal(key, 1);
        return Errno.None;
    }

    /// <summary>do_wake2_umutex: puts back a contested bit that is missing, and wakes a waiter when the mutex is free.</summary>
    public Errno Wake2(uint flags)
    {
        if (!TryGetType(flags, out _)) return Errno.EINVAL;
        if (Key(flags, out var key) != Errno.None) return Errno.EFAULT;
        var count = Queues.Count(key);
        var error = memory.Read32(address, out var owner);
        // Without a waiter the memory may be somebody else's by now.
        if (error == Errno.None && (owner & Contested) == 0 && (count > 1 || (count == 1 && owner != Unowned)))
            error = memory.Write32(address, owner | Contested);
        if (error != Errno.None) Queues.Signal(key, int.MaxValue);
        else if (count != 0 && IsFree(owner)) Queues.Signal(key, 1);
        return error;
    }

    /// <summary>do_set_ceiling: needs the lock, and so may sleep for it.</summary>
    /// <param name="old">Where the former ceiling goes; 0: nowhere.</param>
    public async ValueTask<Errno> SetCeiling(uint ceiling, ulong old)
    {
        if (memory.Read32(address + FlagsOffset, out var flags) != Errno.None) return Errno.EFAULT;
        if ((flags & PriorityProtect) == 0 || ceiling > MaximumCeiling) return Errno.EINVAL;
        if (Key(flags, out var key) != Errno.None) return Errno.EFAULT;
        var ended = Errno.None;
        while (true)
        {
            if (memory.Read32(address + CeilingsOffset, out var former) != Errno.None || memory.Read32(address, out var owner) != Errno.None)
                return Errno.EFAULT;
            if (owner == Contested || (owner & ~Contested) == Id)
            {
                if (memory.Write32(address + CeilingsOffset, ceiling) != Errno.None) return Errno.EFAULT;
                Queues.Signal(key, int.MaxValue);
                return old == 0 ? Errno.None : memory.Write32(old, former);
            }
            if (owner == OwnerDead) return Errno.EOWNERDEAD;
            if (owner == NotRecoverable) return Errno.ENOTRECOVERABLE;
            if (ended != Errno.None) return ended;
            var waiter = Queues.Insert(lwp, key);
            ended = await waiter.Sleep("umtxpp", null);
            Queues.Remove(waiter);
        }
    }

    private static bool IsFree(uint owner) => (owner & ~Contested) == 0 || owner is OwnerDead or NotRecoverable;

    /// <summary>The ceiling that locking looks at, or the one that unlocking goes back to, where −1 means none.</summary>
    private Errno CheckCeiling(bool second = false)
    {
        if (memory.Read32(address + CeilingsOffset + (second ? 4UL : 0), out var ceiling) != Errno.None) return Errno.EFAULT;
        return ceiling <= MaximumCeiling || (second && ceiling == uint.MaxValue) ? Errno.None : Errno.EINVAL;
    }

    private Errno Key(uint flags, out UmtxKey key)
    {
        TryGetType(flags, out var type);
        return UmtxKey.Get(lwp.Process, address, type, UmtxKey.Sharing(flags), out key);
    }

    /// <summary>The protocol of a mutex; both protocols at once do not exist.</summary>
    private static bool TryGetType(uint flags, out UmtxType type)
    {
        switch (flags & (PriorityInherit | PriorityProtect | Robust))
        {
            case 0 or Robust: type = UmtxType.NormalMutex; return true;
            case PriorityInherit: type = UmtxType.InheritMutex; return true;
            case PriorityInherit | Robust: type = UmtxType.InheritRobustMutex; return true;
            case PriorityProtect: type = UmtxType.ProtectMutex; return true;
            case PriorityProtect | Robust: type = UmtxType.ProtectRobustMutex; return true;
            default: type = default; return false;
        }
    }

    private static string WaitMessage(UmtxType type) => type switch
    {
        UmtxType.InheritMutex => "umtxpi",
        UmtxType.ProtectMutex => "umtxpp",
        _ => "umtxn",
    };
}
