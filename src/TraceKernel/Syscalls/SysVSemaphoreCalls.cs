using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Ipc;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Syscalls;

/// <summary>Semaphores of System V: sysv_sem.c.</summary>
internal static class SysVSemaphoreCalls
{
    [Syscall(221, "int semget(key_t key, int nsems, int semflg)")]
    internal static Errno semget(SystemCall call)
    {
        var error = call.Kernel.SysVSemaphores.Get(call.Process, call.Long(0), call.Int(1), call.Int(2), out var identifier);
        return error == Errno.None ? call.Return(identifier) : error;
    }

    [Syscall(222, "int semop(int semid, struct sembuf *sops, size_t nsops)")]
    internal static ValueTask<Errno> semop(SystemCall call)
    {
        if (IpcPermission.Index(call.Int(0)) >= SysVSemaphores.MaximumSets) return new(Errno.EINVAL);
        if (call[2] > SysVSemaphores.MaximumOperations) return new(Errno.E2BIG);
        var operations = new sembuf[call[2]];
        if (call.Memory.CopyIn(call[1], MemoryMarshal.AsBytes(operations.AsSpan())) is var error and not Errno.None) return new(error);
        return call.Kernel.SysVSemaphores.Operate(call.Lwp, call.Int(0), operations);
    }

    [Syscall(510, "int __semctl(int semid, int semnum, int cmd, union semun *arg)")]
    internal static Errno __semctl(SystemCall call)
    {
        if (ReadArgument(call, out var argument) is var error and not Errno.None) return error;
        switch (call.Int(2))
        {
            case IPC_STAT:
                error = call.Kernel.SysVSemaphores.Stat(call.Process, call.Int(0), out var data);
                return error == Errno.None ? call.CopyOut(argument, data) : error;
            case IPC_SET:
                error = call.CopyIn<semid_ds>(argument, out var wanted);
                return error == Errno.None ? call.Kernel.SysVSemaphores.Change(call.Process, call.Int(0), wanted.sem_perm) : error;
            default:
                return Control(call, argument);
        }
    }

    [Syscall(220, "int freebsd7___semctl(int semid, int semnum, int cmd, union semun_old *arg)")]
    internal static Errno freebsd7___semctl(SystemCall call)
    {
        if (ReadArgument(call, out var argument) is var error and not Errno.None) return error;
        switch (call.Int(2))
        {
            case IPC_STAT:
                error = call.Kernel.SysVSemaphores.Stat(call.Process, call.Int(0), out var data);
                if (error != Errno.None) return error;
                return call.CopyOut(argument, new semid_ds_old
                {
                    sem_perm = ipc_perm_old.Of(data.sem_perm), sem_nsems = data.sem_nsems, sem_otime = data.sem_otime, sem_ctime = data.sem_ctime,
                });
            case IPC_SET:
                error = call.CopyIn<semid_ds_old>(argument, out var wanted);
                return error == Errno.None ? call.Kernel.SysVSemaphores.Change(call.Process, call.Int(0), wanted.sem_perm.Widen()) : error;
            default:
                return Control(call, argument);
        }
    }

    /// <summary>semcalls of sys_semsys: which of them the first argument says.</summary>
    [Syscall(169, "int semsys(int which, int a2, int a3, int a4, int a5)")]
    internal static ValueTask<Errno> semsys(SystemCall call)
    {
        var which = call.Int(0);
        SysVSharedMemoryCalls.Shift(call);
        return which switch
        {
            0 => new(freebsd7___semctl(call)),
            1 => new(semget(call)),
            2 => semop(call),
            _ => new(Errno.EINVAL),
        };
    }

    /// <summary>union semun, for the commands that have one.</summary>
    private static Errno ReadArgument(SystemCall call, out ulong argument)
    {
        argument = 0;
        return call.Int(2) is SEM_STAT or IPC_SET or IPC_STAT or GETALL or SETVAL or SETALL ? call.CopyIn(call[3], out argument) : Errno.None;
    }

    /// <summary>kern_semctl, for the commands that have no structure.</summary>
    private static Errno Control(SystemCall call, ulong argument)
    {
        var (semaphores, process, identifier, number) = (call.Kernel.SysVSemaphores, call.Process, call.Int(0), call.Int(1));
        Errno error;
        switch (call.Int(2))
        {
            case IPC_RMID:
                return semaphores.Remove(process, identifier);
            case GETVAL or GETPID or GETNCNT or GETZCNT:
                error = semaphores.Read(process, identifier, number, call.Int(2), out var value);
                return error == Errno.None ? call.Return(value) : error;
            case SETVAL:
                return semaphores.Write(process, identifier, number, (int)argument);
            case GETALL:
                error = semaphores.ReadAll(process, identifier, out var values);
                return error == Errno.None ? call.Memory.CopyOut(argument, MemoryMarshal.AsBytes(values.AsSpan())) : error;
            case SETALL:
                var wanted = new ushort[semaphores.CountOf(identifier)];
                error = call.Memory.CopyIn(argument, MemoryMarshal.AsBytes(wanted.AsSpan()));
                return error == Errno.None ? semaphores.WriteAll(process, identifier, wanted) : error;
            default:
                return Errno.EINVAL;
        }
    }
}
