using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Ipc;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Syscalls;

/// <summary>POSIX message queues, on which mq_open(2) and its kin are built: uipc_mqueue.c.</summary>
internal static class MessageQueueCalls
{
    [Syscall(457, "int kmq_open(const char *path, int flags, mode_t mode, const struct mq_attr *attr)")]
    internal static Errno kmq_open(SystemCall call)
    {
        var flags = call.Int(1);
        if ((flags & O_ACCMODE) == O_ACCMODE || (flags & O_EXEC) != 0) return Errno.EINVAL;
        mq_attr? attributes = null;
        if ((flags & O_CREAT) != 0 && call[3] != 0)
        {
            if (call.CopyIn<mq_attr>(call[3], out var given) is var fault and not Errno.None) return fault;
            if (given.mq_maxmsg is <= 0 or > MessageQueues.MaximumMessages || given.mq_msgsize is <= 0 or > MessageQueues.MaximumBytes) return Errno.EINVAL;
            attributes = given;
        }
        if (CopyInName(call, out var name) is not Errno.None and var error) return error;
        if ((error = call.Process.Files.FindFree(call.Process.Limits.Descriptors, out _)) != Errno.None) return error;
        error = call.Kernel.MessageQueues.Open(call.Process, name, flags, call.Int(2), attributes, out var queue);
        return error == Errno.None ? call.Return(new OpenFile(queue, flags & (O_ACCMODE | O_NONBLOCK)), closeOnExec: true) : error;
    }

    [Syscall(462, "int kmq_unlink(const char *path)")]
    internal static Errno kmq_unlink(SystemCall call)
    {
        var error = CopyInName(call, out var name);
        return error == Errno.None ? call.Kernel.MessageQueues.Unlink(call.Process, name) : error;
    }

    [Syscall(458, "int kmq_setattr(int mqd, const struct mq_attr *attr, struct mq_attr *oattr)")]
    internal static Errno kmq_setattr(SystemCall call)
    {
        var (wanted, error) = (default(mq_attr), Errno.None);
        if (call[1] != 0 && (error = call.CopyIn(call[1], out wanted)) != Errno.None) return error;
        if ((wanted.mq_flags & ~O_NONBLOCK) != 0) return Errno.EINVAL;
        if ((error = Find(call, cap_rights_t.CAP_EVENT, out var file, out var queue)) != Errno.None) return error;
        var old = queue.Attributes with { mq_flags = file.Flags & O_NONBLOCK };
        if (call[1] != 0) file.SetFlags(file.Flags & ~O_NONBLOCK | (int)wanted.mq_flags);
        return call[2] == 0 ? Errno.None : call.CopyOut(call[2], old);
    }

    [Syscall(460, "int kmq_timedsend(int mqd, const char *msg_ptr, size_t msg_len, unsigned msg_prio, const struct timespec *abs_timeout)")]
    internal static async ValueTask<Errno> kmq_timedsend(SystemCall call)
    {
        if (ReadTime(call, out var time) is var error and not Errno.None) return error;
        if ((error = Find(call, cap_rights_t.CAP_WRITE, out var file, out var queue)) != Errno.None) return error;
        if (!file.CanWrite) return Errno.EBADF;
        if ((uint)call[3] >= mq_attr.MaximumPriority) return Errno.EINVAL;
        if (call[2] > (ulong)queue.MaximumBytes) return Errno.EMSGSIZE;
        var message = new MessageQueue.Message((uint)call[3], new byte[call[2]]);
        if (call.Memory.CopyIn(call[1], message.Bytes) != Errno.None) return Errno.EFAULT;
        // The time matters only to who has to wait.
        if (!file.IsNonBlocking && time is null) return await file.Hold(queue.Send(call.Lwp, message, long.MaxValue));
        error = await queue.Send(call.Lwp, message, -1);
        if (error != Errno.EAGAIN || file.IsNonBlocking) return error;
        error = Deadline(call.Kernel, time!.Value, out var deadline);
        return error == Errno.None ? await file.Hold(queue.Send(call.Lwp, message, deadline)) : error;
    }

    [Syscall(459, "ssize_t kmq_timedreceive(int mqd, char *msg_ptr, size_t msg_len, unsigned *msg_prio, const struct timespec *abs_timeout)")]
    internal static async ValueTask<Errno> kmq_timedreceive(SystemCall call)
    {
        if (ReadTime(call, out var time) is var error and not Errno.None) return error;
        if ((error = Find(call, cap_rights_t.CAP_READ, out var file, out var queue)) != Errno.None) return error;
        if (!file.CanRead) return Errno.EBADF;
        if (call[2] < (ulong)queue.MaximumBytes) return Errno.EMSGSIZE;
        (error, var message) = await file.Hold(queue.Receive(call.Lwp, !file.IsNonBlocking && time is null ? long.MaxValue : -1));
        if (error == Errno.EAGAIN && !file.IsNonBlocking)
        {
            if ((error = Deadline(call.Kernel, time!.Value, out var deadline)) != Errno.None) return error;
            (error, message) = await file.Hold(queue.Receive(call.Lwp, deadline));
        }
        if (error != Errno.None) return error;
        if (call.Memory.CopyOut(call[1], message.Bytes) is var fault and not Errno.None) return fault;
        if (call[3] != 0 && (fault = call.CopyOut(call[3], message.Priority)) != Errno.None) return fault;
        call.SecondValue = 0;
        return call.Return(message.Bytes.Length);
    }

    [Syscall(461, "int kmq_notify(int mqd, const struct sigevent *sigev)")]
    internal static Errno kmq_notify(SystemCall call)
    {
        var (wanted, error) = (default(sigevent), Errno.None);
        if (call[1] != 0)
        {
            if ((error = call.CopyIn(call[1], out wanted)) != Errno.None) return error;
            if (wanted.Signals ? !wanted.HasValidSignal : wanted.sigev_notify != sigevent.SIGEV_NONE) return Errno.EINVAL;
        }
        if ((error = Find(call, cap_rights_t.CAP_EVENT, out _, out var queue)) != Errno.None) return error;
        if (call[1] != 0) return queue.AskForNotice(call.Process, call.Int(0), wanted);
        queue.ForgetNotice(call.Process, call.Int(0));
        return Errno.None;
    }

    /// <summary>_getmq: EBADF for what is no message queue.</summary>
    private static Errno Find(SystemCall call, in cap_rights_t needed, out OpenFile file, out MessageQueue queue)
    {
        queue = null!;
        if (call.Process.Files.Get(call.Int(0), needed, out file) is not Errno.None and var error) return error;
        queue = (file.Target as MessageQueue)!;
        return queue is null ? Errno.EBADF : Errno.None;
    }

    /// <summary>A name with or without a slash before it, and none in it: EINVAL, ENAMETOOLONG.</summary>
    private static Errno CopyInName(SystemCall call, out string name)
    {
        if (call.Memory.CopyInString(call[0], NAME_MAX + 1, out name) is not Errno.None and var error) return error;
        if (name.Length < 2 || name.IndexOf('/', 1) >= 0) return Errno.EINVAL;
        name = name.TrimStart('/');
        return name is "." or ".." ? Errno.EINVAL : Errno.None;
    }

    private static Errno ReadTime(SystemCall call, out timespec? time)
    {
        time = null;
        if (call[4] == 0) return Errno.None;
        var error = call.CopyIn<timespec>(call[4], out var given);
        time = given;
        return error;
    }

    /// <summary>An instant of real time as one of uptime: EINVAL for what is no time, ETIMEDOUT when it has passed.</summary>
    private static Errno Deadline(Kernel kernel, timespec time, out long deadline)
    {
        deadline = 0;
        if (time.tv_nsec is < 0 or >= Clocks.NanosecondsPerSecond) return Errno.EINVAL;
        deadline = TimeCalls.After(-kernel.Scheduler.BootTime, time);
        return deadline <= kernel.Uptime ? Errno.ETIMEDOUT : Errno.None;
    }
}
