using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Ipc;

/// <summary>sysv_msg.c: the message queues of the machine.</summary>
internal sealed class SysVMessages(Kernel kernel)
{
    /// <summary>struct msginfo with its defaults: queues, messages in all, bytes of a queue, of a segment, and segments in all.</summary>
    public const int MaximumQueues = 40, MaximumMessages = 40, MaximumQueueBytes = 2048, SegmentBytes = 8, MaximumSegments = 2048;

    private readonly Queue[] _queues = Enumerable.Range(0, MaximumQueues).Select(_ => new Queue()).ToArray();
    private int _freeMessages = MaximumMessages, _freeSegments = MaximumSegments;

    private long Now => kernel.RealTime / Clocks.NanosecondsPerSecond;

    /// <summary>struct msqid_kernel; also what its sleepers sleep on.</summary>
    private sealed class Queue
    {
        public msqid_ds Data;
        public readonly LinkedList<Message> Messages = [];

        /// <summary>MSG_LOCKED: a sender waits, and later ones wait behind it.</summary>
        public bool IsLocked;

        public bool IsAllocated => Data.msg_qbytes != 0;
    }

    /// <summary>struct msg.</summary>
    internal readonly record struct Message(long Type, byte[] Bytes);

    /// <summary>What kern.ipc.msqids shows: every slot, those in use and the others.</summary>
    public IEnumerable<msqid_ds> Slots => _queues.Select(queue => queue.Data);

    /// <summary>sys_msgget: EEXIST, ENOENT, EACCES, ENOSPC.</summary>
    public Errno Get(Process caller, long key, int flags, out int identifier)
    {
        identifier = 0;
        var index = key == IPC_PRIVATE ? -1 : Array.FindIndex(_queues, queue => queue.IsAllocated && queue.Data.msg_perm.key == key);
        if (index >= 0)
        {
            if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) return Errno.EEXIST;
            if (IpcPermission.Check(caller.Credentials, _queues[index].Data.msg_perm, flags & 0x1c0) is var error and not Errno.None) return error;
        }
        else
        {
            if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return Errno.ENOENT;
            index = Array.FindIndex(_queues, queue => !queue.IsAllocated && !queue.IsLocked);
            if (index < 0) return Errno.ENOSPC;
            _queues[index].Data = new msqid_ds
            {
                msg_perm = IpcPermission.Create(caller.Credentials, key, flags & Permissions, _queues[index].Data.msg_perm),
                msg_qbytes = MaximumQueueBytes, msg_ctime = Now,
            };
        }
        identifier = IpcPermission.Identifier(index, _queues[index].Data.msg_perm);
        return Errno.None;
    }

    /// <summary>IPC_STAT.</summary>
    public Errno Stat(Process caller, int identifier, out msqid_ds data)
    {
        var error = Find(caller, identifier, IPC_R, out var queue);
        data = error == Errno.None ? queue.Data : default;
        return error;
    }

    /// <summary>IPC_SET: EPERM for others than the super-user who want more bytes; EINVAL for none.</summary>
    public Errno Change(Process caller, int identifier, in ipc_perm wanted, ulong bytes)
    {
        if (Find(caller, identifier, IPC_M, out var queue) is var error and not Errno.None) return error;
        if (bytes > queue.Data.msg_qbytes && !caller.Credentials.IsSuperUser) return Errno.EPERM;
        if (bytes == 0) return Errno.EINVAL;
        IpcPermission.Change(ref queue.Data.msg_perm, wanted);
        (queue.Data.msg_qbytes, queue.Data.msg_ctime) = (Math.Min(bytes, MaximumQueueBytes), Now);
        return Errno.None;
    }

    /// <summary>IPC_RMID: its messages go, and who waits hears EIDRM.</summary>
    public Errno Remove(Process caller, int identifier)
    {
        if (Find(caller, identifier, IPC_M, out var queue) is var error and not Errno.None) return error;
        foreach (var message in queue.Messages) Free(message);
        queue.Messages.Clear();
        (queue.Data.msg_cbytes, queue.Data.msg_qnum, queue.Data.msg_qbytes) = (0, 0, 0);
        kernel.Wakeup(queue);
        return Errno.None;
    }

    /// <summary>
    /// The first half of kern_msgsnd: waits until the queue has room for a message. EINVAL for one that never fits, EAGAIN with IPC_NOWAIT, EIDRM, EINTR.
    /// </summary>
    public async ValueTask<Errno> WaitForRoom(Lwp lwp, int identifier, ulong bytes, int flags)
    {
        if (Find(lwp.Process, identifier, IPC_W, out var queue) is var error and not Errno.None) return error;
        while (true)
        {
            if (bytes > queue.Data.msg_qbytes) return Errno.EINVAL;
            if (!queue.IsLocked && bytes + queue.Data.msg_cbytes <= queue.Data.msg_qbytes && Segments((int)bytes) <= _freeSegments && _freeMessages > 0)
                return Errno.None;
            if ((flags & IPC_NOWAIT) != 0) return Errno.EAGAIN;
            var owns = !queue.IsLocked;
            queue.IsLocked = true;
            error = await lwp.Sleep(queue, "msgsnd", kernel.Uptime + Clocks.NanosecondsPerSecond);
            if (owns) queue.IsLocked = false;
            if (error == Errno.EWOULDBLOCK) continue;
            if (error != Errno.None) return Errno.EINTR;
            if (!queue.IsAllocated) return Errno.EIDRM;
        }
    }

    /// <summary>The second half of kern_msgsnd: there is room.</summary>
    public void Send(Process sender, int identifier, Message message)
    {
        var queue = _queues[IpcPermission.Index(identifier)];
        _freeMessages--;
        _freeSegments -= Segments(message.Bytes.Length);
        queue.Messages.AddLast(message);
        queue.Data.msg_cbytes += (ulong)message.Bytes.Length;
        queue.Data.msg_qnum++;
        (queue.Data.msg_lspid, queue.Data.msg_stime) = (sender.Pid, Now);
        kernel.Wakeup(queue);
    }

    /// <summary>Who has found no use for the room lets others look again.</summary>
    public void WakeSenders(int identifier) => kernel.Wakeup(_queues[IpcPermission.Index(identifier)]);

    /// <summary>kern_msgrcv: E2BIG for a message that is too long, ENOMSG with IPC_NOWAIT, EIDRM, EINTR.</summary>
    /// <param name="type">0: the first; negative: the first of a type up to its absolute value.</param>
    /// <param name="size">Bytes that the caller has room for.</param>
    public async ValueTask<(Errno Error, Message Message)> Receive(Lwp lwp, int identifier, ulong size, long type, int flags)
    {
        if (Find(lwp.Process, identifier, IPC_R, out var queue) is var error and not Errno.None) return (error, default);
        while (true)
        {
            var node = queue.Messages.First;
            while (node is not null && type != 0 && node.Value.Type != type && node.Value.Type > unchecked(-type)) node = node.Next;
            if (node is not null)
            {
                var message = node.Value;
                if (size < (ulong)message.Bytes.Length && (flags & MSG_NOERROR) == 0) return (Errno.E2BIG, default);
                queue.Messages.Remove(node);
                queue.Data.msg_cbytes -= (ulong)message.Bytes.Length;
                queue.Data.msg_qnum--;
                (queue.Data.msg_lrpid, queue.Data.msg_rtime) = (lwp.Process.Pid, Now);
                Free(message);
                kernel.Wakeup(queue);
                return (Errno.None, message);
            }
            if ((flags & IPC_NOWAIT) != 0) return (Errno.ENOMSG, default);
            if (await lwp.Sleep(queue, "msgrcv") != Errno.None) return (Errno.EINTR, default);
            if (!IsSame(queue, identifier)) return (Errno.EIDRM, default);
        }
    }

    private static int Segments(int bytes) => (bytes + SegmentBytes - 1) / SegmentBytes;

    private void Free(Message message)
    {
        _freeMessages++;
        _freeSegments += Segments(message.Bytes.Length);
    }

    private Errno Find(Process caller, int identifier, int access, out Queue queue)
    {
        var index = IpcPermission.Index(identifier);
        queue = index < MaximumQueues ? _queues[index] : null!;
        if (queue is null || !IsSame(queue, identifier)) return Errno.EINVAL;
        return IpcPermission.Check(caller.Credentials, queue.Data.msg_perm, access);
    }

    private static bool IsSame(Queue queue, int identifier) => queue.IsAllocated && queue.Data.msg_perm.seq == IpcPermission.Sequence(identifier);
}
