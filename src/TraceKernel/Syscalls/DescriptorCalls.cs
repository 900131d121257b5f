using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>Opening, duplicating and controlling descriptors: kern_descrip.c, sys_generic.c, sys_pipe.c.</summary>
internal static class DescriptorCalls
{
    /// <summary>IOCPARM_MAX.</summary>
    private const int MaximumParameterBytes = 8192;
    private const uint IOC_VOID = 0x20000000;

    [Syscall(5, "int open(const char *path, int flags, int mode)")]
    internal static ValueTask<Errno> open(SystemCall call) => Open(call, AT_FDCWD, call[0], call.Int(1), call.Int(2));

    [Syscall(499, "int openat(int fd, const char *path, int flag, mode_t mode)")]
    internal static ValueTask<Errno> openat(SystemCall call) => Open(call, call.Int(0), call[1], call.Int(2), call.Int(3));

    [Syscall(6, "int close(int fd)")]
    internal static Errno close(SystemCall call) => call.Process.Files.Close(call.Int(0));

    [Syscall(509, "int freebsd12_closefrom(int lowfd)")]
    internal static Errno closefrom(SystemCall call)
    {
        call.Process.Files.CloseFrom(Math.Max(call.Int(0), 0), int.MaxValue);
        return Errno.None;
    }

    [Syscall(575, "int close_range(u_int lowfd, u_int highfd, int flags)")]
    internal static Errno close_range(SystemCall call)
    {
        const int CLOSE_RANGE_CLOEXEC = 4;
        var (lowest, highest) = ((uint)call[0], (uint)call[1]);
        if ((call.Int(2) & ~CLOSE_RANGE_CLOEXEC) != 0 || highest < lowest) return Errno.EINVAL;
        if (lowest > int.MaxValue) return Errno.None;
        var last = (int)Math.Min(highest, int.MaxValue);
        if (call.Int(2) == 0) call.Process.Files.CloseFrom((int)lowest, last);
        else call.Process.Files.SetCloseOnExecFrom((int)lowest, last);
        return Errno.None;
    }

    [Syscall(41, "int dup(u_int fd)")]
    internal static Errno dup(SystemCall call) => Duplicate(call, call.Int(0), 0, closeOnExec: false);

    [Syscall(90, "int dup2(u_int from, u_int to)")]
    internal static Errno dup2(SystemCall call) => DuplicateTo(call, call.Int(0), call.Int(1), closeOnExec: false);

    [Syscall(89, "int getdtablesize(void)")]
    internal static Errno getdtablesize(SystemCall call) => call.Return(call.Process.Limits.Descriptors);

    [Syscall(54, "int ioctl(int fd, u_long com, char *data)")]
    internal static ValueTask<Errno> ioctl(SystemCall call)
    {
        if (CopyInParameter(call, out var parameter) is not Errno.None and var fault) return new(fault);
        return Controlled(call, (uint)call[1], out var file) is not Errno.None and var error ? new(error) : Control(call, file, parameter);
    }

    /// <summary>sys_ioctl: the request's structure. ENOTTY for requests whose encoding is wrong.</summary>
    private static Errno CopyInParameter(SystemCall call, out byte[] parameter)
    {
        var request = (uint)call[1];
        var length = Ioctl.ParameterBytes(request);
        var (isIn, isOut) = (Ioctl.IsIn(request), Ioctl.IsOut(request));
        parameter = [];
        if (length > MaximumParameterBytes || (!isIn && !isOut && (request & IOC_VOID) == 0) || ((isIn || isOut) && length == 0))
            return Errno.ENOTTY;
        parameter = new byte[Math.Max(length, 8)];
        // IOC_VOID alone, or _IOWINT: the argument is the value itself.
        if (!isIn && (request & IOC_VOID) != 0) MemoryMarshal.Write(parameter, call[2]);
        return isIn ? call.Memory.CopyIn(call[2], parameter.AsSpan(0, length)) : Errno.None;
    }

    private static async ValueTask<Errno> Control(SystemCall call, OpenFile file, byte[] parameter)
    {
        var request = (uint)call[1];
        file.AddReference();
        var error = Control(call, file, request, parameter) ?? await file.Target.Control(call, file, request, parameter);
        file.Release();
        var length = Ioctl.ParameterBytes(request);
        return error == Errno.None && Ioctl.IsOut(request) ? call.Memory.CopyOut(call[2], parameter.AsSpan(0, length)) : error;
    }

    /// <summary>
    /// kern_ioctl's look-up: the list of requests is judged, which is empty without CAP_IOCTL. EBADF for what is neither read nor written.
    /// </summary>
    private static Errno Controlled(SystemCall call, uint request, out OpenFile file)
    {
        var (files, descriptor) = (call.Process.Files, call.Int(0));
        if (files.Get(descriptor, out file) is not Errno.None and var error) return error;
        if (!files.CapabilitiesOf(descriptor).AllowsIoctl(request)) return Errno.ENOTCAPABLE;
        return file.CanRead || file.CanWrite ? Errno.None : Errno.EBADF;
    }

    [Syscall(542, "int pipe2(int *fildes, int flags)")]
    internal static Errno pipe2(SystemCall call)
    {
        var flags = call.Int(1);
        if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return Errno.EINVAL;
        if (MakePipe(call, flags, out var read, out var write) is not Errno.None and var error) return error;
        error = call.CopyOut(call[0], ((long)write << 32) | (uint)read);
        if (error == Errno.None) return error;
        call.Process.Files.Close(read);
        call.Process.Files.Close(write);
        return error;
    }

    [Syscall(42, "int freebsd10_pipe(void)")]
    internal static Errno freebsd10_pipe(SystemCall call)
    {
        if (MakePipe(call, 0, out var read, out var write) is not Errno.None and var error) return error;
        call.SecondValue = (ulong)write;
        return call.Return(read);
    }

    private static async ValueTask<Errno> Open(SystemCall call, int directory, ulong path, int flags, int mode)
    {
        if (!FileSystem.AreOpenFlags(flags)) return Errno.EINVAL;
        if (call.PathAt(directory, path, RightsOf(flags), out var argument) is var error and not Errno.None) return error;
        argument = argument with { IsBeneath = (flags & O_RESOLVE_BENEATH) != 0, MayBeEmpty = (flags & O_EMPTY_PATH) != 0 };
        error = call.Kernel.FileSystem.Open(argument, flags, mode, out var file, out var capabilities);
        if (error != Errno.None) return error;
        if (file.IsPath) return call.Return(file, (flags & O_CLOEXEC) != 0, capabilities: capabilities);
        if (file.Target is FifoVnode fifo) error = await fifo.WaitForPeer(call.Lwp, file);
        if (error == Errno.None && (flags & (O_SHLOCK | O_EXLOCK)) != 0 && file.Target is Vnode vnode)
            error = await LockCalls.LockWhole(call, vnode, file, (flags & O_EXLOCK) != 0, (flags & O_NONBLOCK) == 0);
        if (error == Errno.None) return call.Return(file, (flags & O_CLOEXEC) != 0, capabilities: capabilities);
        file.Release();
        return error;
    }

    /// <summary>flags_to_rights: what a directory's descriptor must allow for a file to be opened below it.</summary>
    private static cap_rights_t RightsOf(int flags)
    {
        var rights = (flags & O_EXEC) != 0 ? CAP_FEXECVE : (flags & O_ACCMODE) switch
        {
            O_RDONLY => CAP_READ,
            O_RDWR => CAP_READ | CAP_WRITE,
            _ => CAP_WRITE,
        };
        if ((flags & (O_EXEC | O_PATH)) == (O_EXEC | O_PATH)) return rights;
        if ((flags & O_EXEC) == 0 && (flags & O_ACCMODE) != O_RDONLY && (flags & (O_APPEND | O_TRUNC)) == 0) rights |= CAP_SEEK;
        if ((flags & O_CREAT) != 0) rights |= CAP_CREATE;
        if ((flags & O_TRUNC) != 0) rights |= CAP_FTRUNCATE;
        if ((flags & O_FSYNC) != 0) rights |= CAP_FSYNC;
        return (flags & (O_EXLOCK | O_SHLOCK)) != 0 ? rights | CAP_FLOCK : rights;
    }

    /// <summary>kern_dup to the next free descriptor, with the same capabilities.</summary>
    internal static Errno Duplicate(SystemCall call, int descriptor, int minimum, bool closeOnExec)
    {
        if (call.Process.Files.Get(descriptor, out var file) is not Errno.None and var error) return error;
        file.AddReference();
        return call.Return(file, closeOnExec, minimum, call.Process.Files.CapabilitiesOf(descriptor));
    }

    /// <summary>kern_dup to a given descriptor.</summary>
    internal static Errno DuplicateTo(SystemCall call, int descriptor, int target, bool closeOnExec)
    {
        if (target < 0 || target >= call.Process.Limits.Descriptors) return Errno.EBADF;
        var error = call.Process.Files.Duplicate(descriptor, target, closeOnExec);
        return error == Errno.None ? call.Return(target) : error;
    }

    /// <summary>kern_ioctl: what concerns the descriptor is done here, the rest by the file.</summary>
    private static Errno? Control(SystemCall call, OpenFile file, uint request, Span<byte> parameter)
    {
        switch (request)
        {
            case Ioctl.FIOCLEX or Ioctl.FIONCLEX:
                call.Process.Files.SetCloseOnExec(call.Int(0), request == Ioctl.FIOCLEX);
                return Errno.None;
            case Ioctl.FIONBIO:
                SetFlag(O_NONBLOCK, MemoryMarshal.Read<int>(parameter) != 0);
                return Errno.None;
            case Ioctl.FIOASYNC:
                file.Target.IsAsync = MemoryMarshal.Read<int>(parameter) != 0;
                SetFlag(O_ASYNC, file.Target.IsAsync);
                return Errno.None;
            case Ioctl.FIOGETOWN when file.Target.HasOwner:
                MemoryMarshal.Write(parameter, file.Target.SigioOwner?.Id ?? 0);
                return Errno.None;
            case Ioctl.FIOSETOWN when file.Target.HasOwner:
                var refused = SignalOwner.Find(call.Process, MemoryMarshal.Read<int>(parameter), out var owner);
                if (refused == Errno.None) file.Target.SigioOwner = owner;
                return refused;
            case Ioctl.FIOSEEKDATA or Ioctl.FIOSEEKHOLE when file.Target is RegularVnode regular:
                var offset = MemoryMarshal.Read<long>(parameter);
                var error = regular.Seek(ref offset, request == Ioctl.FIOSEEKDATA);
                MemoryMarshal.Write(parameter, offset);
                return error;
            // pipe_ioctl: who cannot read has nothing to read.
            case Ioctl.FIONREAD when file.Target is FifoVnode && !file.CanRead:
                MemoryMarshal.Write(parameter, 0);
                return Errno.None;
            case Ioctl.FIONREAD when file.Target is RegularVnode or DirectoryVnode:
                MemoryMarshal.Write(parameter, (int)Math.Min(((Vnode)file.Target).Size - file.Offset, int.MaxValue));
                return Errno.None;
            default:
                return null;
        }

        void SetFlag(int flag, bool value) => file.SetFlags(value ? file.Flags | flag : file.Flags & ~flag);
    }

    private static Errno MakePipe(SystemCall call, int flags, out int read, out int write)
    {
        (read, write) = (-1, -1);
        var (files, limit, closeOnExec) = (call.Process.Files, call.Process.Limits.Descriptors, (flags & O_CLOEXEC) != 0);
        if (Pipe.TryCreate(call.Kernel, call.Process.Credentials) is not var (one, other)) return Errno.ENFILE;
        var (first, second) = (new OpenFile(one, O_RDWR | flags), new OpenFile(other, O_RDWR | flags));
        var error = files.Add(first, out read, closeOnExec, 0, limit);
        if (error != Errno.None) first.Release();
        else if ((error = files.Add(second, out write, closeOnExec, 0, limit)) != Errno.None) files.Close(read);
        if (error != Errno.None) second.Release();
        return error;
    }
}
