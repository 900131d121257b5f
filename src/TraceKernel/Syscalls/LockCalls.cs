using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>Locks on whole files: kern_descrip.c.</summary>
internal static class LockCalls
{
    private const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;

    [Syscall(131, "int flock(int fd, int how)")]
    internal static async ValueTask<Errno> flock(SystemCall call)
    {
        var how = call.Int(1);
        if (call.Process.Files.Get(call.Int(0), out var file) is var error and not Errno.None) return error;
        if (file.Target is not Vnode vnode) return Errno.EOPNOTSUPP;
        var held = vnode.Lock ??= new AdvisoryLock(call.Kernel);
        if ((how & LOCK_UN) != 0)
        {
            held.Unlock(file);
            return Errno.None;
        }
        if ((how & (LOCK_EX | LOCK_SH)) == 0) return Errno.EBADF;
        while ((error = held.TryLock(file, (how & LOCK_EX) != 0)) == Errno.EAGAIN && (how & LOCK_NB) == 0)
            if ((error = await call.Lwp.Sleep(held, "lockf")) != Errno.None) break;
        return error;
    }
}
