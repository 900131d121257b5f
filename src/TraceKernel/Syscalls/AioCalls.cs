using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.aiocb;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Syscalls;

/// <summary>Asking for asynchronous transfers: aio_aqueue of vfs_aio.c.</summary>
internal static class AioCalls
{
    private const ushort EventFlags = EV_CLEAR | EV_DISPATCH | EV_ONESHOT;

    [Syscall(255, "int aio_read(struct aiocb *aiocbp)")]
    internal static Errno aio_read(SystemCall call) => Queue(call, call[0], null, LIO_READ);

    [Syscall(256, "int aio_write(struct aiocb *aiocbp)")]
    internal static Errno aio_write(SystemCall call) => Queue(call, call[0], null, LIO_WRITE);

    [Syscall(578, "int aio_writev(struct aiocb *aiocbp)")]
    internal static Errno aio_writev(SystemCall call) => Queue(call, call[0], null, LIO_WRITEV);

    [Syscall(579, "int aio_readv(struct aiocb *aiocbp)")]
    internal static Errno aio_readv(SystemCall call) => Queue(call, call[0], null, LIO_READV);

    [Syscall(543, "int aio_mlock(struct aiocb *aiocbp)")]
    internal static Errno aio_mlock(SystemCall call) => Queue(call, call[0], null, LIO_MLOCK);

    [Syscall(465, "int aio_fsync(int op, struct aiocb *aiocbp)")]
    internal static Errno aio_fsync(SystemCall call) => call.Int(0) switch
    {
        Fcntl.O_FSYNC => Queue(call, call[1], null, LIO_SYNC),
        Fcntl.O_DSYNC => Queue(call, call[1], null, LIO_DSYNC),
        _ => Errno.EINVAL,
    };

    [Syscall(257, "int lio_listio(int mode, struct aiocb * const *acb_list, int nent, struct sigevent *sig)")]
    internal static async ValueTask<Errno> lio_listio(SystemCall call)
    {
        var (mode, count) = (call.Int(0), call.Int(2));
        if (mode is not (LIO_NOWAIT or LIO_WAIT) || count is < 0 or > AioQueue.Maximum) return Errno.EINVAL;
        var wanted = default(sigevent);
        if (call[3] != 0 && mode == LIO_NOWAIT && call.CopyIn(call[3], out wanted) is var fault and not Errno.None) return fault;
        var addresses = new ulong[count];
        if (call.Memory.CopyIn(call[1], System.Runtime.InteropServices.MemoryMarshal.AsBytes(addresses.AsSpan())) is var error and not Errno.None) return error;
        var list = new AioList(call.Process, wanted);
        if ((error = CheckList(call, list, wanted)) != Errno.None) return error;
        var (tooMany, failed) = (false, false);
        foreach (var address in addresses)
        {
            if (address == 0) continue;
            error = Queue(call, address, list, LIO_NOP);
            tooMany |= error == Errno.EAGAIN;
            failed |= error is not (Errno.None or Errno.EAGAIN);
        }
        error = Errno.None;
        if (mode == LIO_WAIT) error = await WaitForList(call, list);
        else if (list.Count - 1 == list.Finished) list.Notify();
        list.Release();
        return failed ? Errno.EIO : tooMany ? Errno.EAGAIN : error;
    }

    private static async ValueTask<Errno> WaitForList(SystemCall call, AioList list)
    {
        while (list.Count - 1 != list.Finished)
            if (await call.Lwp.Sleep(call.Process.Aio.Channel, "aiospn") is not Errno.None and var error)
                return error == Errno.ERESTART ? Errno.EINTR : error;
        return Errno.None;
    }

    private static Errno CheckList(SystemCall call, AioList list, in sigevent wanted) => wanted.sigev_notify switch
    {
        sigevent.SIGEV_NONE => Errno.None,
        sigevent.SIGEV_SIGNAL or sigevent.SIGEV_THREAD_ID => wanted.HasValidSignal ? Errno.None : Errno.EINVAL,
        sigevent.SIGEV_KEVENT => Watch(call, list, wanted, EVFILT_LIO, call[1], 0),
        _ => Errno.EINVAL,
    };

    /// <summary>kqfd_register: the note that reports the end of a job or a list. EBADF for what is no kqueue.</summary>
    private static Errno Watch(SystemCall call, KqueueKernelFilter.ISource source, in sigevent wanted, short filter, ulong ident, ushort flags)
    {
        if (call.Process.Files.Get(wanted.sigev_signo, out var file) != Errno.None || file.Target is not Kqueue queue) return Errno.EBADF;
        var change = new kevent { ident = ident, filter = filter, flags = (ushort)(EV_ADD | EV_ENABLE | flags), udata = wanted.sigev_value };
        return queue.Add(new Knote(queue, KqueueFilter.Find(filter)!, null, change) { Attachment = source });
    }

    /// <summary>aio_aqueue; the error is also left in the program's structure.</summary>
    /// <param name="type">LIO_NOP: the structure says what is to be done.</param>
    private static Errno Queue(SystemCall call, ulong address, AioList? list, int type)
    {
        call.CopyOut(address + StatusOffset, -1L);
        call.CopyOut(address + ErrorOffset, 0L);
        var queue = call.Process.Aio;
        var error = queue.Reserve();
        if (error == Errno.None)
        {
            error = Prepare(call, address, list, type, out var job);
            if (job is not null)
            {
                call.CopyOut(address + ErrorOffset, (long)Errno.EINPROGRESS);
                queue.Add(job);
                return Errno.None;
            }
            call.Kernel.AioJobs.Return();
        }
        if (error != Errno.None) call.CopyOut(address + ErrorOffset, (long)error);
        return error;
    }

    /// <summary>The checks, in the kernel's order. Without an error and without a job there is nothing to do (LIO_NOP).</summary>
    private static Errno Prepare(SystemCall call, ulong address, AioList? list, int type, out AioJob? job)
    {
        job = null;
        if (call.CopyIn<aiocb>(address, out var request) is var error and not Errno.None) return error;
        if (type != LIO_NOP) request.aio_lio_opcode = type;
        var opcode = request.aio_lio_opcode;
        Uio? uio = null;
        if ((opcode & LIO_VECTORED) != 0 && opcode is LIO_READV or LIO_WRITEV
            && (error = Uio.OfVector(call, request.aio_buf, (uint)Math.Min(request.aio_nbytes, uint.MaxValue), out uio)) != Errno.None) return error;
        if (request.aio_nbytes > long.MaxValue) return Errno.EINVAL;
        var wanted = request.aio_sigevent;
        if (wanted.Signals ? !wanted.HasValidSignal : wanted.sigev_notify is not (sigevent.SIGEV_KEVENT or sigevent.SIGEV_NONE)) return Errno.EINVAL;
        if (type == LIO_NOP && opcode is not (LIO_NOP or LIO_READ or LIO_WRITE or LIO_READV or LIO_WRITEV)) return Errno.EINVAL;
        if ((error = FindFile(call, request, out var file)) != Errno.None || opcode == LIO_NOP) return error;
        if ((opcode & (LIO_READ | LIO_WRITE)) != 0 && uio is null) Uio.Of(call, request.aio_buf, request.aio_nbytes, out uio);
        if (wanted.sigev_notify == sigevent.SIGEV_KEVENT && (wanted.sigev_notify_kevent_flags & ~EventFlags) != 0) return Errno.EINVAL;
        if (file is not null && !IsSafe(call.Kernel, file)) return Errno.EOPNOTSUPP;
        if (file is { Target: Socket { IsListening: true } }) return Errno.EINVAL;
        var made = new AioJob(call.Process.Aio, list, address, request, file, uio);
        if (wanted.sigev_notify == sigevent.SIGEV_KEVENT
            && (error = Watch(call, made, wanted, EVFILT_AIO, address, wanted.sigev_notify_kevent_flags)) != Errno.None) return error;
        file?.AddReference();
        job = made;
        return Errno.None;
    }

    private static Errno FindFile(SystemCall call, in aiocb request, out OpenFile? file)
    {
        file = null;
        var opcode = request.aio_lio_opcode;
        if (opcode == LIO_MLOCK) return Errno.None;
        // aio_aqueue
        var needed = (opcode & LIO_WRITE) != 0 ? cap_rights_t.CAP_PWRITE
            : (opcode & LIO_READ) != 0 ? cap_rights_t.CAP_PREAD
            : (opcode & LIO_SYNC) != 0 ? cap_rights_t.CAP_FSYNC : cap_rights_t.CAP_NONE;
        if (call.Process.Files.Get(request.aio_fildes, needed, out var found) is not Errno.None and var error) return error;
        if ((opcode & LIO_WRITE) != 0 && !found.CanWrite || (opcode & LIO_READ) != 0 && !found.CanRead) return Errno.EBADF;
        if ((opcode & LIO_SYNC) != 0 && found.Target is not Vnode) return Errno.EINVAL;
        if ((opcode & (LIO_READ | LIO_WRITE)) != 0 && request.aio_offset < 0 && found.Target is not (DeviceVnode or TerminalDevice)) return Errno.EINVAL;
        file = found;
        return Errno.None;
    }

    /// <summary>aio_queue_file: what never blocks for long, and sockets, which have a queue of their own; the rest as vfs.aio.enable_unsafe says.</summary>
    private static bool IsSafe(Kernel kernel, OpenFile file) => kernel.AllowsUnsafeAio || file.Target is RegularVnode or DirectoryVnode or Socket;
}
