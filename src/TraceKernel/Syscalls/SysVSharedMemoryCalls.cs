using TraceKernel.Abi;
using TraceKernel.Ipc;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Syscalls;

/// <summary>Shared memory of System V: sysv_shm.c.</summary>
internal static class SysVSharedMemoryCalls
{
    [Syscall(231, "int shmget(key_t key, size_t size, int shmflg)")]
    internal static Errno shmget(SystemCall call)
    {
        var error = call.Kernel.SysVSharedMemory.Get(call.Process, call.Long(0), call[1], call.Int(2), out var identifier);
        return error == Errno.None ? call.Return(identifier) : error;
    }

    [Syscall(228, "void *shmat(int shmid, const void *shmaddr, int shmflg)")]
    internal static Errno shmat(SystemCall call)
    {
        var error = call.Kernel.SysVSharedMemory.Attach(call.Process, call.Int(0), call[1], call.Int(2), out var address);
        return error == Errno.None ? call.Return((long)address) : error;
    }

    [Syscall(230, "int shmdt(const void *shmaddr)")]
    internal static Errno shmdt(SystemCall call) => SysVSharedMemory.Detach(call.Process, call[0]);

    [Syscall(512, "int shmctl(int shmid, int cmd, struct shmid_ds *buf)")]
    internal static Errno shmctl(SystemCall call)
    {
        var wanted = default(shmid_ds);
        if (call.Int(1) == IPC_SET && call.CopyIn(call[2], out wanted) is var fault and not Errno.None) return fault;
        var error = Control(call, wanted.shm_perm, out var data);
        return error == Errno.None && call.Int(1) == IPC_STAT ? call.CopyOut(call[2], data) : error;
    }

    [Syscall(229, "int freebsd7_shmctl(int shmid, int cmd, struct shmid_ds_old *buf)")]
    internal static Errno freebsd7_shmctl(SystemCall call)
    {
        var wanted = default(shmid_ds_old);
        if (call.Int(1) == IPC_SET && call.CopyIn(call[2], out wanted) is var fault and not Errno.None) return fault;
        var error = Control(call, wanted.shm_perm.Widen(), out var data);
        if (error != Errno.None || call.Int(1) != IPC_STAT) return error;
        return call.CopyOut(call[2], new shmid_ds_old
        {
            shm_perm = ipc_perm_old.Of(data.shm_perm), shm_segsz = (int)Math.Min(data.shm_segsz, int.MaxValue), shm_lpid = data.shm_lpid,
            shm_cpid = data.shm_cpid, shm_nattch = (short)data.shm_nattch, shm_atime = data.shm_atime, shm_dtime = data.shm_dtime, shm_ctime = data.shm_ctime,
        });
    }

    /// <summary>shmcalls of sys_shmsys: which of them the first argument says.</summary>
    [Syscall(171, "int shmsys(int which, int a2, int a3, int a4)")]
    internal static Errno shmsys(SystemCall call)
    {
        var which = call.Int(0);
        Shift(call);
        return which switch
        {
            0 => shmat(call),
            2 => shmdt(call),
            3 => shmget(call),
            4 => freebsd7_shmctl(call),
            _ => Errno.EINVAL,
        };
    }

    /// <summary>The call's own arguments are those behind the first one.</summary>
    internal static void Shift(SystemCall call) => call.Arguments[1..].CopyTo(call.Arguments);

    private static Errno Control(SystemCall call, in ipc_perm wanted, out shmid_ds data)
    {
        data = default;
        var memory = call.Kernel.SysVSharedMemory;
        return call.Int(1) switch
        {
            IPC_STAT => memory.Stat(call.Process, call.Int(0), out data),
            IPC_SET => memory.Set(call.Process, call.Int(0), wanted),
            IPC_RMID => memory.Remove(call.Process, call.Int(0)),
            _ => Errno.EINVAL,
        };
    }
}
