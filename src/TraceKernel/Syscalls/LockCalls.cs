using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Advisory locks on files: kern_descrip.c over kern_lockf.c.</summary>
internal static class LockCalls
{
    private const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    private const short F_RDLCK = 1, F_UNLCK = 2, F_WRLCK = 3;

    /// <summary>struct flock, 32 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private record struct RecordLock
    {
        [FieldOffset(0)] public long l_start;
        [FieldOffset(8)] public long l_len;
        [FieldOffset(16)] public int l_pid;
        [FieldOffset(20)] public short l_type;
        [FieldOffset(22)] public short l_whence;
        [FieldOffset(24)] public int l_sysid;
    }

    [Syscall(131, "int flock(int fd, int how)")]
    internal static async ValueTask<Errno> flock(SystemCall call)
    {
        var how = call.Int(1);
        if (call.OpenFile(call.Int(0), cap_rights_t.CAP_FLOCK, out var file) is var error and not Errno.None) return error;
        if (file.Target is not Vnode vnode) return Errno.EOPNOTSUPP;
        if ((how & LOCK_UN) != 0)
        {
            vnode.Locks?.Unlock(file);
            return Errno.None;
        }
        if ((how & (LOCK_EX | LOCK_SH)) == 0) return Errno.EBADF;
        return await file.Hold(LockWhole(call, vnode, file, (how & LOCK_EX) != 0, (how & LOCK_NB) == 0));
    }

    /// <summary>What flock(2) and O_EXLOCK take.</summary>
    internal static async ValueTask<Errno> LockWhole(SystemCall call, Vnode vnode, OpenFile file, bool exclusive, bool mayWait)
    {
        var locks = vnode.Locks ??= new AdvisoryLocks(call.Kernel);
        var wanted = new LockRequest(file, -1, exclusive, 0, long.MaxValue);
        return mayWait ? await locks.Lock(call.Lwp, wanted) : locks.TryLock(wanted);
    }

    /// <summary>struct __oflock, before FreeBSD 8: without l_sysid, 24 bytes.</summary>
    private const int OldBytes = 24;

    /// <summary>
    /// F_GETLK, F_SETLK and F_SETLKW of fcntl(2), and F_OGETLK and its like; only files that have names have locks.
    /// </summary>
    internal static async ValueTask<Errno> Record(SystemCall call)
    {
        var command = call.Int(1);
        var isOld = command is F_OGETLK or F_OSETLK or F_OSETLKW;
        if (isOld) command += F_GETLK - F_OGETLK;
        if (CopyIn(call, isOld, out var image) is var error and not Errno.None) return error;
        if ((error = call.OpenFile(call.Int(0), cap_rights_t.CAP_FLOCK, out var file)) != Errno.None) return error;
        if (file.Target is not Vnode vnode) return Errno.EBADF;
        if ((error = Range(image, file, vnode, out var start, out var end)) != Errno.None) return error;
        var files = call.Process.Files;
        var wanted = new LockRequest(files, call.Process.Pid, image.l_type == F_WRLCK, start, end);
        var locks = vnode.Locks ??= new AdvisoryLocks(call.Kernel);
        switch (image.l_type)
        {
            case F_RDLCK or F_WRLCK or F_UNLCK when command == F_GETLK:
                return CopyOut(call, isOld, Describe(image, image.l_type == F_UNLCK ? null : locks.Blocker(wanted)));
            case F_RDLCK when !file.CanRead:
            case F_WRLCK when !file.CanWrite:
                return Errno.EBADF;
            case F_RDLCK or F_WRLCK:
                error = command == F_SETLKW ? await file.Hold(locks.Lock(call.Lwp, wanted)) : locks.TryLock(wanted);
                // Another thread may have closed the descriptor meanwhile, and with it all locks.
                if (error == Errno.None && (files.Get(call.Int(0), out var now) != Errno.None || now != file)) locks.Unlock(files, start, end);
                return error;
            case F_UNLCK:
                locks.Unlock(files, start, end);
                return Errno.None;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno CopyIn(SystemCall call, bool isOld, out RecordLock image)
    {
        image = default;
        return call.Memory.CopyIn(call[2], MemoryMarshal.AsBytes(new Span<RecordLock>(ref image))[..(isOld ? OldBytes : Marshal.SizeOf<RecordLock>())]);
    }

    private static Errno CopyOut(SystemCall call, bool isOld, RecordLock image) =>
        call.Memory.CopyOut(call[2], MemoryMarshal.AsBytes(new Span<RecordLock>(ref image))[..(isOld ? OldBytes : Marshal.SizeOf<RecordLock>())]);

    /// <summary>lf_advlock: first and last byte. A negative length reaches back, 0 to the end of all files.</summary>
    private static Errno Range(in RecordLock image, OpenFile file, Vnode vnode, out long start, out long end)
    {
        (start, end) = (image.l_start, long.MaxValue);
        var origin = image.l_whence switch { SEEK_SET => 0, SEEK_CUR => file.Offset, SEEK_END => vnode.Size, _ => -1 };
        if (origin < 0) return Errno.EINVAL;
        if (start > long.MaxValue - origin) return Errno.EOVERFLOW;
        start += origin;
        if (start < 0) return Errno.EINVAL;
        if (image.l_len == 0) return Errno.None;
        if (image.l_len < 0)
        {
            (start, end) = (start + image.l_len, start - 1);
            return start < 0 ? Errno.EINVAL : Errno.None;
        }
        if (image.l_len - 1 > long.MaxValue - start) return Errno.EOVERFLOW;
        end = start + image.l_len - 1;
        return Errno.None;
    }

    /// <summary>lf_getlock: the lock in the way, or what was asked with the type F_UNLCK.</summary>
    private static RecordLock Describe(in RecordLock asked, LockRequest? blocker) => blocker is null
        ? asked with { l_type = F_UNLCK }
        : new RecordLock
        {
            l_start = blocker.Start,
            l_len = blocker.End == long.MaxValue ? 0 : blocker.End - blocker.Start + 1,
            l_pid = blocker.Pid,
            l_type = blocker.IsExclusive ? F_WRLCK : F_RDLCK,
            l_whence = SEEK_SET,
        };
}
