using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;

namespace TraceKernel.Ipc;

/// <summary>uipc_mqueue.c, as with mqueuefs.ko loaded: POSIX message queues by name.</summary>
internal sealed class MessageQueues(Kernel kernel)
{
    /// <summary>kern.mqueue.*: queues in all, messages of a queue and their bytes at most, and when nobody says.</summary>
    public const int Maximum = 100, MaximumMessages = 100, MaximumBytes = 16384, DefaultMessages = 10, DefaultBytes = 1024;

    private readonly SortedDictionary<string, MessageQueue> _named = new(StringComparer.Ordinal);

    /// <summary>curmq: queues that there are, those without a name too.</summary>
    public Quota Count { get; } = new(Maximum);

    /// <summary>kern_kmq_open: EEXIST, ENOENT, EACCES, ENFILE when there are too many.</summary>
    /// <param name="attributes">Null: the defaults.</param>
    public Errno Open(Process caller, string name, int flags, int mode, mq_attr? attributes, out MessageQueue queue)
    {
        if (_named.TryGetValue(name, out queue!))
        {
            if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return Errno.EEXIST;
            var access = ((flags & O_ACCMODE) != O_WRONLY ? R_OK : 0) | ((flags & O_ACCMODE) != O_RDONLY ? W_OK : 0);
            return queue.CheckAccess(caller, access);
        }
        if ((flags & O_CREAT) == 0) return Errno.ENOENT;
        if (!Count.TryTake()) return Errno.ENFILE;
        queue = new MessageQueue(
            kernel, caller, mode & ~caller.FileCreationMask & 0xdff, (int)(attributes?.mq_maxmsg ?? DefaultMessages), (int)(attributes?.mq_msgsize ?? DefaultBytes));
        _named.Add(name, queue);
        return Errno.None;
    }

    /// <summary>do_unlink: ENOENT, EPERM for others than the owner. Who has it open keeps it.</summary>
    public Errno Unlink(Process caller, string name)
    {
        if (!_named.TryGetValue(name, out var queue)) return Errno.ENOENT;
        if (!caller.Credentials.IsSuperUser && caller.UserId != queue.Owner) return Errno.EPERM;
        _named.Remove(name);
        queue.Unlinked();
        return Errno.None;
    }
}
