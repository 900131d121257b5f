using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Files;

/// <summary>uipc_shm.c: POSIX shared memory, files without a file system, in a name space of their own; and those of umtx.</summary>
internal sealed class SharedMemory(Kernel kernel)
{
    /// <summary>Permission bits without those of set-id.</summary>
    private const int ACCESSPERMS = 0x1ff;

    private readonly SortedDictionary<string, SharedMemoryObject> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<UmtxKey, SharedMemoryObject> _umtx = [];

    /// <summary>
    /// kern_shm_open2. EINVAL for a name that does not begin with a slash, EEXIST, ENOENT, EACCES, ENOSPC; ENOTTY for large pages, which
    /// this machine's page tables do not have (PMAP_HAS_LARGEPAGES).
    /// </summary>
    /// <param name="name">Null: SHM_ANON.</param>
    /// <param name="shmFlags">SHM_*.</param>
    public Errno Open(Process process, string? name, int flags, int mode, int shmFlags, out OpenFile file)
    {
        file = null!;
        const int Known = SharedMemoryObject.SHM_ALLOW_SEALING | SharedMemoryObject.SHM_GROW_ON_WRITE | SharedMemoryObject.SHM_LARGEPAGE;
        if ((shmFlags & ~Known) != 0) return Errno.EINVAL;
        if ((flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC)) != 0 || (flags & O_ACCMODE) is not (O_RDONLY or O_RDWR)) return Errno.EINVAL;
        if (process.Files.FindFree(process.Limits.Descriptors, out _) is not Errno.None and var error) return error;
        if ((shmFlags & SharedMemoryObject.SHM_LARGEPAGE) != 0) return Errno.ENOTTY;
        var caller = Caller.Of(process);
        if (name is null)
        {
            // A read-only object without a name would stay empty for ever.
            if ((flags & O_ACCMODE) == O_RDONLY) return Errno.EINVAL;
            if (TryMake(caller, mode, shmFlags, out var anonymous) is not Errno.None and var full) return full;
            file = new OpenFile(anonymous, flags);
            return Errno.None;
        }
        if (!name.StartsWith('/')) return Errno.EINVAL;
        if (!_named.TryGetValue(name, out var memory))
        {
            if ((flags & O_CREAT) == 0) return Errno.ENOENT;
            if ((error = TryMake(caller, mode, shmFlags, out memory)) != Errno.None) return error;
            memory.Links = 1;
            _named.Add(name, memory);
        }
        else if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        {
            return Errno.EEXIST;
        }
        else
        {
            if (shmFlags != 0 && shmFlags != memory.CreationFlags) return Errno.EINVAL;
            var access = R_OK | ((flags & O_ACCMODE) == O_RDWR ? W_OK : 0);
            if ((error = memory.CheckAccess(caller, access)) != Errno.None) return error;
            if ((flags & O_TRUNC) != 0 && (flags & O_ACCMODE) == O_RDWR && (error = memory.Truncate(0)) != Errno.None) return error;
            memory.SealAsOpened(SharedMemoryObject.InitialSeals(shmFlags));
        }
        file = new OpenFile(memory, flags);
        return Errno.None;
    }

    /// <summary>shm_remove: EINVAL for a name without a slash before it, EACCES for who may not read and write.</summary>
    public Errno Unlink(Process process, string name)
    {
        if (!name.StartsWith('/')) return Errno.EINVAL;
        if (!_named.TryGetValue(name, out var memory)) return Errno.ENOENT;
        if (memory.CheckAccess(Caller.Of(process), R_OK | W_OK) is not Errno.None and var error) return error;
        Forget(name, memory);
        return Errno.None;
    }

    /// <summary>sys_shm_rename: what has the new name already loses it, trades it, or is in the way.</summary>
    public Errno Rename(Process process, string from, string to, int flags)
    {
        const int SHM_RENAME_NOREPLACE = 1, SHM_RENAME_EXCHANGE = 2;
        if ((flags & ~(SHM_RENAME_NOREPLACE | SHM_RENAME_EXCHANGE)) != 0 || flags == (SHM_RENAME_NOREPLACE | SHM_RENAME_EXCHANGE)) return Errno.EINVAL;
        if (!from.StartsWith('/') || !to.StartsWith('/')) return Errno.EINVAL;
        if (from == to) return Errno.None;
        if (!_named.TryGetValue(from, out var memory)) return Errno.ENOENT;
        if (_named.TryGetValue(to, out var other) && flags == SHM_RENAME_NOREPLACE) return Errno.EEXIST;
        if (memory.CheckAccess(Caller.Of(process), R_OK | W_OK) is not Errno.None and var error) return error;
        if (other is not null && (error = other.CheckAccess(Caller.Of(process), R_OK | W_OK)) != Errno.None) return error;
        _named.Remove(from);
        if (other is not null && flags == SHM_RENAME_EXCHANGE) _named[from] = other;
        else if (other is not null) Forget(to, other);
        _named[to] = memory;
        return Errno.None;
    }

    /// <summary>umtx_shm_create_reg: the page that goes with a shared object in memory; the same one for all who share it.</summary>
    public Errno CreateUmtx(Process process, UmtxKey key, out SharedMemoryObject memory)
    {
        if (_umtx.TryGetValue(key, out memory!)) return Errno.None;
        if (TryMake(Caller.Of(process), 0x180, 0, out memory) is not Errno.None and var error) return error;
        memory.Links = 1;
        _umtx.Add(key, memory);
        return memory.Truncate(Machine.Memory.Frame.Size);
    }

    /// <summary>umtx_shm_find_reg; null: there is none.</summary>
    public SharedMemoryObject? FindUmtx(UmtxKey key) => _umtx.GetValueOrDefault(key);

    /// <summary>umtx_shm_unref_reg.</summary>
    public void DestroyUmtx(UmtxKey key)
    {
        if (!_umtx.Remove(key, out var memory)) return;
        memory.Links = 0;
        memory.ReclaimIfUnused();
    }

    private Errno TryMake(Caller caller, int mode, int shmFlags, out SharedMemoryObject memory)
    {
        memory = null!;
        if (!kernel.FileSystem.Budget.TryTakeFile()) return Errno.ENOSPC;
        memory = new SharedMemoryObject(kernel.FileSystem, kernel.FileSystem.MemoryMount, mode & ACCESSPERMS & ~caller.CreationMask, caller, shmFlags);
        return Errno.None;
    }

    private void Forget(string name, SharedMemoryObject memory)
    {
        _named.Remove(name);
        memory.Links = 0;
        memory.ReclaimIfUnused();
    }
}
