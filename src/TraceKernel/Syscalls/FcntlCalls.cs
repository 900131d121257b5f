using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>fcntl(2): kern_fcntl of kern_descrip.c.</summary>
internal static class FcntlCalls
{
    [Syscall(92, "int fcntl(int fd, int cmd, long arg)")]
    internal static ValueTask<Errno> fcntl(SystemCall call)
    {
        var (descriptor, argument) = (call.Int(0), call.Int(2));
        switch (call.Int(1))
        {
            case F_GETLK or F_SETLK or F_SETLKW or F_OGETLK or F_OSETLK or F_OSETLKW:
                return LockCalls.Record(call);
            // PRIV_NFS_LOCKD: this kernel has no lock manager of NFS to set locks for.
            case F_SETLK_REMOTE:
                return new(call.Process.Credentials.IsSuperUser ? Errno.EINVAL : Errno.EPERM);
            case F_DUPFD or F_DUPFD_CLOEXEC:
                return new(Duplicate(call, descriptor, argument, call.Int(1) == F_DUPFD_CLOEXEC));
            case F_DUP2FD or F_DUP2FD_CLOEXEC:
                return new(DescriptorCalls.DuplicateTo(call, descriptor, argument, call.Int(1) == F_DUP2FD_CLOEXEC));
            case F_GETFD or F_SETFD:
                return new(CloseOnExec(call, descriptor, argument));
            case F_GETFL or F_SETFL or F_GETOWN or F_SETOWN:
                return new(Limited(call, descriptor, argument));
            case F_READAHEAD or F_RDAHEAD:
                return new(ReadAhead(call, descriptor));
            case F_ADD_SEALS or F_GET_SEALS:
                return new(Seal(call, descriptor));
            case F_ISUNIONSTACK:
                return new(IsUnion(call, descriptor));
            case F_KINFO:
                return new(Describe(call, descriptor));
            default:
                return new(Errno.EINVAL);
        }
    }

    // kern_dup: the descriptor to begin at is judged before the one to duplicate.
    private static Errno Duplicate(SystemCall call, int descriptor, int minimum, bool closeOnExec)
    {
        if (descriptor < 0) return Errno.EBADF;
        if (minimum < 0 || minimum >= call.Process.Limits.Descriptors) return Errno.EINVAL;
        return DescriptorCalls.Duplicate(call, descriptor, minimum, closeOnExec);
    }

    private static Errno CloseOnExec(SystemCall call, int descriptor, int argument)
    {
        var files = call.Process.Files;
        if (files.Get(descriptor, out _) is not Errno.None and var error) return error;
        if (call.Int(1) == F_GETFD) return call.Return(files.IsCloseOnExec(descriptor) ? FD_CLOEXEC : 0);
        files.SetCloseOnExec(descriptor, (argument & FD_CLOEXEC) != 0);
        return Errno.None;
    }

    /// <summary>fget_fcntl: the commands that cap_fcntls_limit(2) can take away.</summary>
    private static Errno Limited(SystemCall call, int descriptor, int argument)
    {
        var files = call.Process.Files;
        if (files.Get(descriptor, CAP_FCNTL, out var file) is not Errno.None and var error) return error;
        if (!files.CapabilitiesOf(descriptor).AllowsFcntl(call.Int(1))) return Errno.ENOTCAPABLE;
        switch (call.Int(1))
        {
            case F_GETFL:
                return call.Return(file.Flags);
            case F_SETFL when file.IsPath:
                return Errno.EBADF;
            case F_SETFL:
                file.SetFlags(argument);
                file.Target.IsAsync = (argument & O_ASYNC) != 0;
                return Errno.None;
            case var _ when !file.Target.HasOwner:
                return file.IsPath ? Errno.EBADF : Errno.ENOTTY;
            case F_GETOWN:
                return call.Return(file.Target.SigioOwner?.Id ?? 0);
            default:
                if ((error = SignalOwner.Find(call.Process, argument, out var owner)) == Errno.None) file.Target.SigioOwner = owner;
                return error;
        }
    }

    private static Errno ReadAhead(SystemCall call, int descriptor)
    {
        if (call.Process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        if (file.Target is not Vnode vnode || file.IsPath) return Errno.EBADF;
        return vnode.Type == FileModes.S_IFREG ? Errno.None : Errno.ENOTTY;
    }

    /// <summary>fo_add_seals and fo_get_seals: EINVAL for what cannot be sealed.</summary>
    private static Errno Seal(SystemCall call, int descriptor)
    {
        if (call.Process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        if (file.Target is not SharedMemoryObject memory) return Errno.EINVAL;
        return call.Int(1) == F_ADD_SEALS ? memory.AddSeals(call.Int(2)) : call.Return(memory.Seals);
    }

    // No union file system is mounted anywhere.
    private static Errno IsUnion(SystemCall call, int descriptor)
    {
        var error = call.Process.Files.Get(descriptor, out var file);
        return error == Errno.None && file.Target is not Vnode ? Errno.EBADF : error;
    }

    private static Errno Describe(SystemCall call, int descriptor)
    {
        if (call.Process.Credentials.InCapabilityMode) return Errno.ECAPMODE;
        if (call.CopyIn<int>(call[2], out var size) is not Errno.None and var error) return error;
        if (size != kinfo_file.Bytes) return Errno.EINVAL;
        if ((error = call.Process.Files.Get(descriptor, CAP_FCNTL, out var file)) != Errno.None) return error;
        return call.Memory.CopyOut(call[2], FileInformation.Describe(call.Process, descriptor, file));
    }
}
