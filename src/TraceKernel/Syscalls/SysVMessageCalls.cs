using TraceKernel.Abi;
using static TraceKernel.Abi.Ipc;

namespace TraceKernel.Syscalls;

/// <summary>Message queues of System V: sysv_msg.c.</summary>
internal static class SysVMessageCalls
{
    [Syscall(225, "int msgget(key_t key, int msgflg)")]
    internal static Errno msgget(SystemCall call)
    {
        var error = call.Kernel.SysVMessages.Get(call.Process, call.Long(0), call.Int(1), out var identifier);
        return error == Errno.None ? call.Return(identifier) : error;
    }

    [Syscall(226, "int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg)")]
    internal static async ValueTask<Errno> msgsnd(SystemCall call)
    {
        var (messages, identifier) = (call.Kernel.SysVMessages, call.Int(0));
        if (call.CopyIn<long>(call[1], out var type) is var error and not Errno.None) return error;
        if ((error = await messages.WaitForRoom(call.Lwp, identifier, call[2], call.Int(3))) != Errno.None) return error;
        var bytes = new byte[call[2]];
        error = type < 1 ? Errno.EINVAL : call.Memory.CopyIn(call[1] + sizeof(long), bytes);
        if (error == Errno.None) messages.Send(call.Process, identifier, new(type, bytes));
        else messages.WakeSenders(identifier);
        return error;
    }

    [Syscall(227, "ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg)")]
    internal static async ValueTask<Errno> msgrcv(SystemCall call)
    {
        var (error, message) = await call.Kernel.SysVMessages.Receive(call.Lwp, call.Int(0), call[2], call.Long(3), call.Int(4));
        if (error != Errno.None) return error;
        var length = (int)Math.Min(call[2], (ulong)message.Bytes.Length);
        if ((error = call.Memory.CopyOut(call[1] + sizeof(long), message.Bytes.AsSpan(0, length))) != Errno.None) return error;
        call.Return(length);
        return call.CopyOut(call[1], message.Type);
    }

    [Syscall(511, "int msgctl(int msqid, int cmd, struct msqid_ds *buf)")]
    internal static Errno msgctl(SystemCall call)
    {
        var wanted = default(msqid_ds);
        if (call.Int(1) == IPC_SET && call.CopyIn(call[2], out wanted) is var fault and not Errno.None) return fault;
        var error = Control(call, wanted.msg_perm, wanted.msg_qbytes, out var data);
        return error == Errno.None && call.Int(1) == IPC_STAT ? call.CopyOut(call[2], data) : error;
    }

    [Syscall(224, "int freebsd7_msgctl(int msqid, int cmd, struct msqid_ds_old *buf)")]
    internal static Errno freebsd7_msgctl(SystemCall call)
    {
        var wanted = default(msqid_ds_old);
        if (call.Int(1) == IPC_SET && call.CopyIn(call[2], out wanted) is var fault and not Errno.None) return fault;
        var error = Control(call, wanted.msg_perm.Widen(), wanted.msg_qbytes, out var data);
        if (error != Errno.None || call.Int(1) != IPC_STAT) return error;
        return call.CopyOut(call[2], new msqid_ds_old
        {
            msg_perm = ipc_perm_old.Of(data.msg_perm), msg_cbytes = data.msg_cbytes, msg_qnum = data.msg_qnum, msg_qbytes = data.msg_qbytes,
            msg_lspid = data.msg_lspid, msg_lrpid = data.msg_lrpid, msg_stime = data.msg_stime, msg_rtime = data.msg_rtime, msg_ctime = data.msg_ctime,
        });
    }

    /// <summary>msgcalls of sys_msgsys: which of them the first argument says.</summary>
    [Syscall(170, "int msgsys(int which, int a2, int a3, int a4, int a5, int a6)")]
    internal static ValueTask<Errno> msgsys(SystemCall call)
    {
        var which = call.Int(0);
        SysVSharedMemoryCalls.Shift(call);
        return which switch
        {
            0 => new(freebsd7_msgctl(call)),
            1 => new(msgget(call)),
            2 => msgsnd(call),
            3 => msgrcv(call),
            _ => new(Errno.EINVAL),
        };
    }

    private static Errno Control(SystemCall call, in ipc_perm wanted, ulong bytes, out msqid_ds data)
    {
        data = default;
        var messages = call.Kernel.SysVMessages;
        return call.Int(1) switch
        {
            IPC_STAT => messages.Stat(call.Process, call.Int(0), out data),
            IPC_SET => messages.Change(call.Process, call.Int(0), wanted, bytes),
            IPC_RMID => messages.Remove(call.Process, call.Int(0)),
            _ => Errno.EINVAL,
        };
    }
}
