using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.aiocb;

namespace TraceKernel.Syscalls;

/// <summary>Asynchronous transfers that have been asked for: how they went, waiting for them, giving them up. vfs_aio.c.</summary>
internal static class AioStatusCalls
{
    [Syscall(314, "ssize_t aio_return(struct aiocb *aiocbp)")]
    internal static Errno aio_return(SystemCall call) =>
        call.Process.Aio.FindDone(call[0]) is { } job ? Take(call, job) : Errno.EINVAL;

    [Syscall(315, "int aio_suspend(const struct aiocb * const *aiocbp, int nent, const struct timespec *timeout)")]
    internal static async ValueTask<Errno> aio_suspend(SystemCall call)
    {
        var count = call.Int(1);
        if (count is < 0 or > AioQueue.Maximum) return Errno.EINVAL;
        if (ReadDeadline(call, call[2], out var deadline) is var error and not Errno.None) return error;
        var addresses = new ulong[count];
        if ((error = call.Memory.CopyIn(call[0], MemoryMarshal.AsBytes(addresses.AsSpan()))) != Errno.None) return error;
        if (deadline < 0) return Errno.EINVAL;
        while (true)
        {
            var isPending = false;
            foreach (var job in call.Process.Aio.All)
            {
                if (!addresses.Contains(job.Address)) continue;
                if (job.IsFinished) return Errno.None;
                isPending = true;
            }
            if (!isPending) return Errno.None;
            error = await call.Lwp.Sleep(call.Process.Aio.Channel, "aiospn", deadline);
            if (error != Errno.None) return error == Errno.ERESTART ? Errno.EINTR : error;
        }
    }

    [Syscall(316, "int aio_cancel(int fd, struct aiocb *aiocbp)")]
    internal static Errno aio_cancel(SystemCall call)
    {
        if (call.Process.Files.Get(call.Int(0), out _) is not Errno.None and var error) return error;
        var (cancelled, others) = (false, false);
        foreach (var job in call.Process.Aio.All.ToArray())
        {
            if (job.IsFinished || job.Descriptor != call.Int(0) || (call[1] != 0 && call[1] != job.Address)) continue;
            if (job.TryCancel()) cancelled = true;
            else others = true;
            if (call[1] != 0) break;
        }
        return call.Return(others ? AIO_NOTCANCELED : cancelled ? AIO_CANCELED : AIO_ALLDONE);
    }

    [Syscall(317, "int aio_error(const struct aiocb *aiocbp)")]
    internal static Errno aio_error(SystemCall call)
    {
        foreach (var job in call.Process.Aio.All)
            if (job.Address == call[0]) return call.Return((long)job.Error);
        // What was never queued has its error in the program's own structure.
        if (call.CopyIn<long>(call[0] + StatusOffset, out var status) != Errno.None || status != -1) return call.Return((long)Errno.EINVAL);
        return call.CopyIn<long>(call[0] + ErrorOffset, out var kept) == Errno.None ? call.Return((int)kept) : call.Return(-1);
    }

    [Syscall(359, "ssize_t aio_waitcomplete(struct aiocb **aiocbp, struct timespec *timeout)")]
    internal static async ValueTask<Errno> aio_waitcomplete(SystemCall call)
    {
        var (error, deadline, isPoll) = (Errno.None, long.MaxValue, false);
        if (call[1] != 0)
        {
            if ((error = call.CopyIn<timespec>(call[1], out var time)) != Errno.None) return error;
            isPoll = time == default;
            if (!isPoll && (error = ReadDeadline(call, call[1], out deadline)) != Errno.None) return error;
        }
        call.CopyOut(call[0], 0UL);
        if (deadline < 0) return Errno.EINVAL;
        var queue = call.Process.Aio;
        while (queue.FirstDone is null)
        {
            if (isPoll) return Errno.EWOULDBLOCK;
            error = await call.Lwp.Sleep(queue.Channel, "aiowc", deadline);
            // Without a time the call is made again after the signal.
            if (error == Errno.ERESTART && deadline != long.MaxValue) return Errno.EINTR;
            if (error != Errno.None) return error;
        }
        var job = queue.FirstDone;
        call.CopyOut(call[0], job.Address);
        return Take(call, job);
    }

    /// <summary>The outcome, which ends the job.</summary>
    private static Errno Take(SystemCall call, AioJob job)
    {
        // kern_aio_return: who takes the outcome has used what the job has.
        if (job is { File.Target: Files.Socket, Status: > 0, IsRead: true }) call.Lwp.Usage.ru_msgrcv++;
        else if (job is { File.Target: Files.Socket, Status: > 0, IsSync: false }) call.Lwp.Usage.ru_msgsnd++;
        call.Process.Aio.Free(job);
        call.CopyOut(job.Address + ErrorOffset, (long)job.Error);
        call.CopyOut(job.Address + StatusOffset, job.Status);
        return job.Error == Errno.None ? call.Return(job.Status) : job.Error;
    }

    /// <summary>tvtohz: at least a tick; −1 for what is no time.</summary>
    private static Errno ReadDeadline(SystemCall call, ulong address, out long deadline)
    {
        deadline = long.MaxValue;
        if (address == 0) return Errno.None;
        if (call.CopyIn<timespec>(address, out var time) is not Errno.None and var error) return error;
        // itimerfix
        deadline = !UmtxTimeout.IsInterval(time) || time.tv_sec > int.MaxValue / 2 ? -1 : TimeCalls.After(call.Kernel.Uptime + Clocks.NanosecondsPerTick, time);
        return Errno.None;
    }
}
