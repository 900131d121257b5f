using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Ipc;

/// <summary>sysv_sem.c: the sets of semaphores of the machine.</summary>
internal sealed partial class SysVSemaphores(Kernel kernel)
{
    /// <summary>struct seminfo with its defaults: sets, semaphores in all, operations of a call, the highest value, and the highest adjustment on exit.</summary>
    public const int MaximumSets = 50, MaximumSemaphores = 340, MaximumOperations = 100, MaximumValue = 32767, MaximumAdjustment = 16384;

    /// <summary>Processes that may have adjustments, and adjustments that each may have.</summary>
    public const int MaximumUndoers = 150, MaximumUndos = 50;

    private readonly Set[] _sets = Enumerable.Range(0, MaximumSets).Select(_ => new Set()).ToArray();
    private int _total;

    private long Now => kernel.RealTime / Clocks.NanosecondsPerSecond;

    /// <summary>struct semid_kernel; also what its sleepers sleep on.</summary>
    private sealed class Set
    {
        public semid_ds Data;
        public Semaphore[] Semaphores = [];

        public bool IsAllocated => (Data.sem_perm.mode & SEM_ALLOC) != 0;
    }

    /// <summary>struct sem.</summary>
    private record struct Semaphore
    {
        public int Value, Pid, WaitingForMore, WaitingForZero;
    }

    /// <summary>What kern.ipc.sema shows: every slot, those in use and the others.</summary>
    public IEnumerable<semid_ds> Slots => _sets.Select(set => set.Data);

    /// <summary>sys_semget: EEXIST, ENOENT, EACCES, EINVAL for a number that cannot be, ENOSPC.</summary>
    public Errno Get(Process caller, long key, int count, int flags, out int identifier)
    {
        identifier = 0;
        var index = key == IPC_PRIVATE ? -1 : Array.FindIndex(_sets, set => set.IsAllocated && set.Data.sem_perm.key == key);
        if (index >= 0)
        {
            if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) return Errno.EEXIST;
            // Of the nine bits the owner's are the rights that are asked for.
            if (IpcPermission.Check(caller.Credentials, _sets[index].Data.sem_perm, flags & 0x1c0) is var error and not Errno.None) return error;
            if (count > 0 && _sets[index].Data.sem_nsems < count) return Errno.EINVAL;
        }
        else
        {
            if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return Errno.ENOENT;
            if (count is <= 0 or > MaximumSemaphores) return Errno.EINVAL;
            index = Array.FindIndex(_sets, set => !set.IsAllocated);
            if (count > MaximumSemaphores - _total || index < 0) return Errno.ENOSPC;
            _total += count;
            var made = _sets[index];
            made.Semaphores = new Semaphore[count];
            made.Data = new semid_ds
            {
                sem_perm = IpcPermission.Create(caller.Credentials, key, flags & Permissions | SEM_ALLOC, made.Data.sem_perm),
                sem_nsems = (ushort)count, sem_ctime = Now,
            };
        }
        identifier = IpcPermission.Identifier(index, _sets[index].Data.sem_perm);
        return Errno.None;
    }

    /// <summary>IPC_STAT.</summary>
    public Errno Stat(Process caller, int identifier, out semid_ds data)
    {
        var error = Find(caller, identifier, IPC_R, out var set);
        data = error == Errno.None ? set.Data : default;
        return error;
    }

    /// <summary>IPC_SET.</summary>
    public Errno Change(Process caller, int identifier, in ipc_perm wanted)
    {
        if (Find(caller, identifier, IPC_M, out var set) is var error and not Errno.None) return error;
        IpcPermission.Change(ref set.Data.sem_perm, wanted);
        set.Data.sem_ctime = Now;
        return Errno.None;
    }

    /// <summary>IPC_RMID: who waits hears EIDRM, and adjustments on exit are forgotten.</summary>
    public Errno Remove(Process caller, int identifier)
    {
        if (Find(caller, identifier, IPC_M, out var set) is var error and not Errno.None) return error;
        set.Data.sem_perm.mode = 0;
        _total -= set.Semaphores.Length;
        set.Semaphores = [];
        ForgetUndos(Array.IndexOf(_sets, set));
        kernel.Wakeup(set);
        return Errno.None;
    }

    /// <summary>GETVAL, GETPID, GETNCNT and GETZCNT of one semaphore.</summary>
    public Errno Read(Process caller, int identifier, int number, int command, out int value)
    {
        value = 0;
        if (Find(caller, identifier, IPC_R, out var set) is var error and not Errno.None) return error;
        if ((uint)number >= set.Semaphores.Length) return Errno.EINVAL;
        var semaphore = set.Semaphores[number];
        value = command switch
        {
            GETVAL => semaphore.Value,
            GETPID => semaphore.Pid,
            GETNCNT => semaphore.WaitingForMore,
            _ => semaphore.WaitingForZero,
        };
        return Errno.None;
    }

    /// <summary>SETVAL: ERANGE for a value that no semaphore may have. Adjustments on exit are forgotten.</summary>
    public Errno Write(Process caller, int identifier, int number, int value)
    {
        if (Find(caller, identifier, IPC_W, out var set) is var error and not Errno.None) return error;
        if ((uint)number >= set.Semaphores.Length) return Errno.EINVAL;
        if (value is < 0 or > MaximumValue) return Errno.ERANGE;
        set.Semaphores[number].Value = value;
        ForgetUndos(Array.IndexOf(_sets, set), number);
        kernel.Wakeup(set);
        return Errno.None;
    }

    /// <summary>GETALL.</summary>
    public Errno ReadAll(Process caller, int identifier, out ushort[] values)
    {
        var error = Find(caller, identifier, IPC_R, out var set);
        values = error == Errno.None ? Array.ConvertAll(set.Semaphores, semaphore => (ushort)semaphore.Value) : [];
        return error;
    }

    /// <summary>Semaphores of the set in the slot of an identifier, which may be another set's by now: how many values SETALL fetches.</summary>
    public int CountOf(int identifier) => IpcPermission.Index(identifier) is var index && index < MaximumSets ? _sets[index].Semaphores.Length : 0;

    /// <summary>SETALL: those before a value that is too high are set (ERANGE).</summary>
    public Errno WriteAll(Process caller, int identifier, ReadOnlySpan<ushort> values)
    {
        var error = Find(caller, identifier, IPC_W, out var set);
        if (error != Errno.None) return error;
        for (var number = 0; number < set.Semaphores.Length && error == Errno.None; number++)
        {
            if (values[number] > MaximumValue) error = Errno.ERANGE;
            else set.Semaphores[number].Value = values[number];
        }
        ForgetUndos(Array.IndexOf(_sets, set));
        kernel.Wakeup(set);
        return error;
    }

    /// <summary>semvalid and ipcperm.</summary>
    private Errno Find(Process caller, int identifier, int access, out Set set)
    {
        var index = IpcPermission.Index(identifier);
        set = index < MaximumSets ? _sets[index] : null!;
        if (set is null || !IsSame(set, identifier)) return Errno.EINVAL;
        return IpcPermission.Check(caller.Credentials, set.Data.sem_perm, access);
    }

    private static bool IsSame(Set set, int identifier) => set.IsAllocated && set.Data.sem_perm.seq == IpcPermission.Sequence(identifier);
}
