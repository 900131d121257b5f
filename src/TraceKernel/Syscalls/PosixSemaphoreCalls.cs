using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Ipc;

namespace TraceKernel.Syscalls;

/// <summary>Semaphores behind descriptors, as sem_open(3) of FreeBSD 8 and older has them: uipc_sem.c.</summary>
internal static class PosixSemaphoreCalls
{
    [Syscall(404, "int ksem_init(semid_t *idp, unsigned int value)")]
    internal static Errno ksem_init(SystemCall call)
    {
        if ((uint)call[1] > PosixSemaphore.MaximumValue) return Errno.EINVAL;
        if (Announce(call, Errno.ENOSPC) is not Errno.None and var error) return error;
        error = call.Kernel.PosixSemaphores.Create(call.Process, (uint)call[1], out var semaphore);
        return error == Errno.None ? Install(call, semaphore) : error;
    }

    [Syscall(405, "int ksem_open(semid_t *idp, const char *name, int oflag, mode_t mode, unsigned int value)")]
    internal static Errno ksem_open(SystemCall call)
    {
        if ((call.Int(2) & ~(Fcntl.O_CREAT | Fcntl.O_EXCL)) != 0 || (uint)call[4] > PosixSemaphore.MaximumValue) return Errno.EINVAL;
        if (Announce(call, Errno.EMFILE) is not Errno.None and var error) return error;
        if ((error = CopyInName(call, call[1], out var name)) != Errno.None) return error;
        error = call.Kernel.PosixSemaphores.Open(call.Process, name, call.Int(2), call.Int(3), (uint)call[4], out var semaphore);
        return error == Errno.None ? Install(call, semaphore) : error;
    }

    [Syscall(406, "int ksem_unlink(const char *name)")]
    internal static Errno ksem_unlink(SystemCall call)
    {
        if (CopyInName(call, call[0], out var name) is not Errno.None and var error) return error;
        return call.Kernel.PosixSemaphores.Unlink(call.Process, name);
    }

    [Syscall(400, "int ksem_close(semid_t id)")]
    internal static Errno ksem_close(SystemCall call)
    {
        if (Find(call, cap_rights_t.CAP_NONE, out _, out var semaphore) is not Errno.None and var error) return error;
        return semaphore.IsAnonymous ? Errno.EINVAL : call.Process.Files.Close(call.Int(0));
    }

    [Syscall(408, "int ksem_destroy(semid_t id)")]
    internal static Errno ksem_destroy(SystemCall call)
    {
        if (Find(call, cap_rights_t.CAP_NONE, out _, out var semaphore) is not Errno.None and var error) return error;
        if (!semaphore.IsAnonymous) return Errno.EINVAL;
        return semaphore.HasWaiters ? Errno.EBUSY : call.Process.Files.Close(call.Int(0));
    }

    [Syscall(401, "int ksem_post(semid_t id)")]
    internal static Errno ksem_post(SystemCall call) =>
        Find(call, cap_rights_t.CAP_SEM_POST, out _, out var semaphore) is var error and not Errno.None ? error : semaphore.Post();

    [Syscall(402, "int ksem_wait(semid_t id)")]
    internal static ValueTask<Errno> ksem_wait(SystemCall call) => Wait(call, isTry: false, null);

    [Syscall(403, "int ksem_trywait(semid_t id)")]
    internal static ValueTask<Errno> ksem_trywait(SystemCall call) => Wait(call, isTry: true, null);

    [Syscall(441, "int ksem_timedwait(semid_t id, const struct timespec *abstime)")]
    internal static ValueTask<Errno> ksem_timedwait(SystemCall call)
    {
        if (call[1] == 0) return Wait(call, isTry: false, null);
        if (call.CopyIn<timespec>(call[1], out var time) is var error and not Errno.None) return new(error);
        if (time.tv_nsec is < 0 or >= Clocks.NanosecondsPerSecond) return new(Errno.EINVAL);
        return Wait(call, isTry: false, Math.Max(TimeCalls.After(0, time), 0));
    }

    [Syscall(407, "int ksem_getvalue(semid_t id, int *val)")]
    internal static Errno ksem_getvalue(SystemCall call) =>
        Find(call, cap_rights_t.CAP_SEM_GETVALUE, out _, out var semaphore) is var error and not Errno.None
            ? error
            : call.CopyOut(call[1], semaphore.Value);

    private static ValueTask<Errno> Wait(SystemCall call, bool isTry, long? deadline) =>
        Find(call, cap_rights_t.CAP_SEM_WAIT, out var file, out var semaphore) is var error and not Errno.None
            ? new(error)
            : file.Hold(semaphore.Wait(call.Lwp, isTry, deadline));

    /// <summary>ksem_get: EBADF, EINVAL for another kind of descriptor. The identifier is a long.</summary>
    private static Errno Find(SystemCall call, in cap_rights_t needed, out OpenFile file, out PosixSemaphore semaphore)
    {
        semaphore = null!;
        if (call.Process.Files.Get(call.Int(0), needed, out file) is not Errno.None and var error) return error;
        semaphore = (file.Target as PosixSemaphore)!;
        return semaphore is null ? Errno.EINVAL : Errno.None;
    }

    private static Errno CopyInName(SystemCall call, ulong address, out string name)
    {
        var error = call.Memory.CopyInString(address, Fcntl.PATH_MAX, out name);
        return error == Errno.None && !name.StartsWith('/') ? Errno.EINVAL : error;
    }

    /// <summary>
    /// ksem_create writes the descriptor's number to the program before there is a semaphore. <paramref name="full"/> when no descriptor is free.
    /// </summary>
    private static Errno Announce(SystemCall call, Errno full) =>
        call.Process.Files.FindFree(call.Process.Limits.Descriptors, out var descriptor) == Errno.None ? call.CopyOut(call[0], (long)descriptor) : full;

    /// <summary>The descriptor that was announced: nothing else of the process has run since.</summary>
    private static Errno Install(SystemCall call, PosixSemaphore semaphore) =>
        call.Process.Files.Add(new OpenFile(semaphore, Fcntl.O_RDWR), out _, closeOnExec: true, limit: call.Process.Limits.Descriptors);
}
