using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Ipc;

/// <summary>uipc_sem.c, as with sem.ko loaded: the semaphores of ksem_open(2), by name, and those without one.</summary>
internal sealed class PosixSemaphores(Kernel kernel)
{
    /// <summary>p1003_1b.sem_nsems_max.</summary>
    public const int Maximum = 30;

    private readonly SortedDictionary<string, PosixSemaphore> _named = new(StringComparer.Ordinal);

    /// <summary>Semaphores that there are.</summary>
    public Quota Count { get; } = new(Maximum);

    /// <summary>ksem_create, without a name: ENOSPC when there are too many.</summary>
    public Errno Create(Process creator, uint value, out PosixSemaphore semaphore)
    {
        // S_IRWXU | S_IRWXG
        semaphore = Allocate(creator, 0x1f8, value, isAnonymous: true)!;
        return semaphore is null ? Errno.ENOSPC : Errno.None;
    }

    /// <summary>ksem_create: EEXIST, ENOENT, EACCES, ENFILE when there are too many.</summary>
    public Errno Open(Process caller, string name, int flags, int mode, uint value, out PosixSemaphore semaphore)
    {
        if (_named.TryGetValue(name, out semaphore!))
            return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? Errno.EEXIST : semaphore.CheckAccess(caller);
        if ((flags & O_CREAT) == 0) return Errno.ENOENT;
        semaphore = Allocate(caller, mode, value, isAnonymous: false)!;
        if (semaphore is null) return Errno.ENFILE;
        semaphore.IsNamed = true;
        _named.Add(name, semaphore);
        return Errno.None;
    }

    /// <summary>ksem_remove: ENOENT, EACCES. Who has it open keeps it.</summary>
    public Errno Unlink(Process caller, string name)
    {
        if (!_named.TryGetValue(name, out var semaphore)) return Errno.ENOENT;
        if (semaphore.CheckAccess(caller) is var error and not Errno.None) return error;
        _named.Remove(name);
        semaphore.IsNamed = false;
        semaphore.ReleaseIfUnused();
        return Errno.None;
    }

    private PosixSemaphore? Allocate(Process creator, int mode, uint value, bool isAnonymous) =>
        Count.TryTake() ? new PosixSemaphore(kernel, creator, mode & ~creator.FileCreationMask & Abi.Ipc.Permissions, value, isAnonymous) : null;
}

/// <summary>struct ksem: a count that threads wait for, behind descriptors.</summary>
internal sealed class PosixSemaphore(Kernel kernel, Process creator, int mode, uint value, bool isAnonymous) : FileObject
{
    /// <summary>SEM_VALUE_MAX.</summary>
    public const uint MaximumValue = int.MaxValue;

    private readonly (uint User, uint Group) _owner = (creator.UserId, creator.GroupId);
    private readonly long _born = kernel.RealTime;
    private long _accessed = kernel.RealTime, _modified = kernel.RealTime;
    private int _opens, _waiters;

    public uint Value { get; private set; } = value;

    /// <summary>KS_ANONYMOUS: made without a name (ksem_init).</summary>
    public bool IsAnonymous => isAnonymous;

    public bool IsNamed { get; set; }
    public bool HasWaiters => _waiters > 0;

    /// <summary>ksem_access: EACCES for who may not both read and write it.</summary>
    public Errno CheckAccess(Process caller)
    {
        var credentials = caller.Credentials;
        var shift = credentials.UserId == _owner.User ? 6 : credentials.IsMember(_owner.Group) ? 3 : 0;
        return credentials.IsSuperUser || (mode >> shift & 6) == 6 ? Errno.None : Errno.EACCES;
    }

    /// <summary>kern_sem_wait: EAGAIN, ETIMEDOUT, EINTR or ERESTART.</summary>
    /// <param name="isTry">Without waiting.</param>
    /// <param name="deadline">Of real time, in nanoseconds.</param>
    public async ValueTask<Errno> Wait(Lwp lwp, bool isTry, long? deadline)
    {
        _accessed = kernel.RealTime;
        while (Value == 0)
        {
            if (isTry) return Errno.EAGAIN;
            var uptime = deadline is { } end ? end - kernel.Scheduler.BootTime : long.MaxValue;
            if (uptime < kernel.Uptime) return Errno.ETIMEDOUT;
            _waiters++;
            var error = await lwp.Sleep(this, "ksem", uptime);
            _waiters--;
            if (error == Errno.EWOULDBLOCK) return Errno.ETIMEDOUT;
            if (error != Errno.None) return error;
        }
        Value--;
        return Errno.None;
    }

    /// <summary>sys_ksem_post: EOVERFLOW.</summary>
    public Errno Post()
    {
        if (Value == MaximumValue) return Errno.EOVERFLOW;
        Value++;
        _modified = kernel.RealTime;
        // cv_signal
        kernel.Scheduler.WakeupSome(this, 1, _ => true);
        return Errno.None;
    }

    public override void Opened(OpenFile file) => _opens++;

    public override void Closed(OpenFile file)
    {
        _opens--;
        ReleaseIfUnused();
    }

    /// <summary>ksem_drop: neither a name nor a descriptor is left.</summary>
    public void ReleaseIfUnused()
    {
        if (_opens == 0 && !IsNamed) kernel.PosixSemaphores.Count.Return();
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EOPNOTSUPP;
    }

    internal override Errno CanWatch(OpenFile file, short filter) => Errno.EINVAL;

    // ksem_stat
    public override stat Stat() => new()
    {
        st_mode = (ushort)(FileModes.S_IFREG | mode),
        st_uid = _owner.User,
        st_gid = _owner.Group,
        st_size = Value,
        st_atim = timespec.Of(_accessed),
        st_mtim = timespec.Of(_modified),
        st_ctim = timespec.Of(_born),
        st_birthtim = timespec.Of(_born),
    };
}
