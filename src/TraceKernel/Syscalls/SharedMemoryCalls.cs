using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>POSIX shared memory: uipc_shm.c, and the objects that kern_umtx.c keeps for libthr.</summary>
internal static class SharedMemoryCalls
{
    /// <summary>SHM_ANON, instead of a name.</summary>
    private const ulong Anonymous = 1;

    private const ulong UMTX_SHM_CREAT = 1, UMTX_SHM_LOOKUP = 2, UMTX_SHM_DESTROY = 4, UMTX_SHM_ALIVE = 8;

    [Syscall(571, "int shm_open2(const char *path, int flags, mode_t mode, int shmflags, const char *name)")]
    internal static Errno shm_open2(SystemCall call) =>
        Open(call, call.Int(1), call.Int(3));

    [Syscall(482, "int freebsd12_shm_open(const char *path, int flags, mode_t mode)")]
    internal static Errno freebsd12_shm_open(SystemCall call) => Open(call, call.Int(1) | Fcntl.O_CLOEXEC, 0);

    [Syscall(483, "int shm_unlink(const char *path)")]
    internal static Errno shm_unlink(SystemCall call)
    {
        var error = call.Memory.CopyInString(call[0], Fcntl.PATH_MAX, out var name);
        return error == Errno.None ? call.Kernel.SharedMemory.Unlink(call.Process, name) : error;
    }

    [Syscall(572, "int shm_rename(const char *path_from, const char *path_to, int flags)")]
    internal static Errno shm_rename(SystemCall call)
    {
        if (call[0] == Anonymous || call[1] == Anonymous) return Errno.EINVAL;
        if (call.Memory.CopyInString(call[0], Fcntl.PATH_MAX, out var from) is not Errno.None and var error) return error;
        error = call.Memory.CopyInString(call[1], Fcntl.PATH_MAX, out var to);
        return error == Errno.None ? call.Kernel.SharedMemory.Rename(call.Process, from, to, call.Int(2)) : error;
    }

    /// <summary>umtx_shm: ESRCH when there is no such object, ENOTTY when what it went with is gone.</summary>
    internal static Errno Umtx(SystemCall call)
    {
        var flags = call[2];
        if (flags is not (UMTX_SHM_CREAT or UMTX_SHM_LOOKUP or UMTX_SHM_DESTROY or UMTX_SHM_ALIVE)) return Errno.EINVAL;
        if (UmtxKey.Get(call.Process, call[3], UmtxType.SharedMemory, UmtxSharing.Shared, out var key) is not Errno.None and var error) return error;
        var shared = call.Kernel.SharedMemory;
        var memory = shared.FindUmtx(key);
        if (flags != UMTX_SHM_CREAT && memory is null) return Errno.ESRCH;
        switch (flags)
        {
            case UMTX_SHM_DESTROY:
                shared.DestroyUmtx(key);
                return Errno.None;
            case UMTX_SHM_ALIVE:
                return Errno.None;
            case UMTX_SHM_CREAT when (error = shared.CreateUmtx(call.Process, key, out memory)) != Errno.None:
                return error;
        }
        if ((error = memory!.CheckAccess(Caller.Of(call.Process), Fcntl.R_OK | Fcntl.W_OK)) != Errno.None) return error;
        return call.Return(new OpenFile(memory, Fcntl.O_RDWR), closeOnExec: true);
    }

    private static Errno Open(SystemCall call, int flags, int shmFlags)
    {
        string? name = null;
        // kern_shm_open2: names are a name space of all.
        if (call[0] != Anonymous && call.Process.Credentials.InCapabilityMode) return Errno.ECAPMODE;
        if (call[0] != Anonymous && call.Memory.CopyInString(call[0], Fcntl.PATH_MAX, out name) is not Errno.None and var error) return error;
        error = call.Kernel.SharedMemory.Open(call.Process, name, flags, call.Int(2), shmFlags, out var file);
        return error == Errno.None ? call.Return(file, (flags & Fcntl.O_CLOEXEC) != 0) : error;
    }
}
