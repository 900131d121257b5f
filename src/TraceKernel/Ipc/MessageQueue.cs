using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Signals;

namespace TraceKernel.Ipc;

/// <summary>struct mqueue: messages in the order of their priorities, behind descriptors.</summary>
internal sealed class MessageQueue(Kernel kernel, Process creator, int mode, int maximumMessages, int maximumBytes) : FileObject
{
    private readonly List<Message> _messages = [];

    /// <summary>p_mqnotifier of all processes: who has asked to be told, by descriptor.</summary>
    private readonly Dictionary<(Process Process, int Descriptor), SignalEvent> _notifiers = [];

    private readonly object _senders = new(), _receivers = new();
    private readonly uint _group = creator.GroupId;
    private readonly long _born = kernel.RealTime;

    /// <summary>mq_notifier: who is told of the next message that finds the queue empty.</summary>
    private SignalEvent? _notifier;
    private int _waitingReceivers, _opens;
    private bool _isUnlinked;

    /// <summary>struct mqueue_msg.</summary>
    internal readonly record struct Message(uint Priority, byte[] Bytes);

    public uint Owner { get; } = creator.UserId;
    public int MaximumBytes => maximumBytes;

    /// <summary>mq_maxmsg, mq_msgsize and mq_curmsgs.</summary>
    public mq_attr Attributes => new() { mq_maxmsg = maximumMessages, mq_msgsize = maximumBytes, mq_curmsgs = _messages.Count };

    /// <summary>vaccess.</summary>
    public Errno CheckAccess(Process caller, int access)
    {
        var credentials = caller.Credentials;
        var shift = credentials.UserId == Owner ? 6 : credentials.IsMember(_group) ? 3 : 0;
        return credentials.IsSuperUser || (mode >> shift & access) == access ? Errno.None : Errno.EACCES;
    }

    /// <summary>_mqueue_send: EAGAIN, ETIMEDOUT, EINTR or ERESTART; ENOMEM when the machine's budget is spent.</summary>
    /// <param name="deadline">Uptime in nanoseconds; negative: without waiting.</param>
    public async ValueTask<Errno> Send(Lwp lwp, Message message, long deadline)
    {
        while (_messages.Count >= maximumMessages)
        {
            if (deadline < 0) return Errno.EAGAIN;
            var error = await lwp.Sleep(_senders, "mqsend", deadline);
            if (error != Errno.None && _messages.Count >= maximumMessages) return error == Errno.EWOULDBLOCK ? Errno.ETIMEDOUT : error;
        }
        if (!kernel.FileSystem.Budget.TryTake(message.Bytes.Length)) return Errno.ENOMEM;
        var place = _messages.FindIndex(other => other.Priority < message.Priority);
        _messages.Insert(place < 0 ? _messages.Count : place, message);
        if (_waitingReceivers > 0) kernel.Scheduler.WakeupSome(_receivers, 1, _ => true);
        else Notify();
        NotifyChanged(kernel);
        return Errno.None;
    }

    /// <summary>_mqueue_recv: EAGAIN, ETIMEDOUT, EINTR or ERESTART.</summary>
    /// <inheritdoc cref="Send"/>
    public async ValueTask<(Errno Error, Message Message)> Receive(Lwp lwp, long deadline)
    {
        while (_messages.Count == 0)
        {
            if (deadline < 0) return (Errno.EAGAIN, default);
            _waitingReceivers++;
            var error = await lwp.Sleep(_receivers, "mqrecv", deadline);
            _waitingReceivers--;
            if (error != Errno.None && _messages.Count == 0) return (error == Errno.EWOULDBLOCK ? Errno.ETIMEDOUT : error, default);
        }
        var message = _messages[0];
        _messages.RemoveAt(0);
        kernel.FileSystem.Budget.Return(message.Bytes.Length);
        kernel.Scheduler.WakeupSome(_senders, 1, _ => true);
        if (_waitingReceivers == 0 && _messages.Count > 0) Notify();
        NotifyChanged(kernel);
        return (Errno.None, message);
    }

    /// <summary>kern_kmq_notify: EBUSY when another one is to be told. A message that is there already is told of at once.</summary>
    public Errno AskForNotice(Process process, int descriptor, in sigevent wanted)
    {
        if (_notifier is not null) return Errno.EBUSY;
        if (_notifiers.Remove((process, descriptor), out var old)) old.Record.TakeBack();
        _notifier = new SignalEvent(process, wanted, Abi.Signals.SI_MESGQ);
        _notifiers.Add((process, descriptor), _notifier);
        if (_waitingReceivers == 0 && _messages.Count > 0) Notify();
        return Errno.None;
    }

    /// <summary>notifier_remove: the process, or one of its descriptors, is no longer to be told.</summary>
    public void ForgetNotice(Process process, int descriptor)
    {
        if (!_notifiers.Remove((process, descriptor), out var notifier)) return;
        if (_notifier == notifier) _notifier = null;
        notifier.Record.TakeBack();
    }

    /// <summary>mqueue_fdclose, mq_proc_exit: a table closes a descriptor, and its processes are no longer told by that.</summary>
    public void DescriptorClosed(FileTable files, int descriptor)
    {
        if (_notifiers.Count == 0) return;
        foreach (var (process, number) in _notifiers.Keys.ToArray())
            if (number == descriptor && process.Files == files) ForgetNotice(process, number);
    }

    /// <summary>It has no name any more.</summary>
    public void Unlinked()
    {
        _isUnlinked = true;
        ReleaseIfUnused();
    }

    public override void Opened(OpenFile file) => _opens++;

    public override void Closed(OpenFile file)
    {
        _opens--;
        ReleaseIfUnused();
    }

    // invfo_rdwr
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

    // mqf_poll
    public override PollEvents Poll(OpenFile file) =>
        (_messages.Count > 0 ? PollEvents.Readable : PollEvents.None) | (_messages.Count < maximumMessages ? PollEvents.Writable : PollEvents.None);

    // filt_mqread, filt_mqwrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        (bytes, ended) = (0, false);
        return forWriting ? _messages.Count < maximumMessages : _messages.Count > 0;
    }

    // mqf_stat
    public override stat Stat() => new()
    {
        st_mode = (ushort)(FileModes.S_IFIFO | mode),
        st_uid = Owner,
        st_gid = _group,
        st_atim = timespec.Of(_born),
        st_mtim = timespec.Of(_born),
        st_ctim = timespec.Of(_born),
        st_birthtim = timespec.Of(_born),
    };

    /// <summary>mqueue_send_notification: one signal, and then nobody is to be told.</summary>
    private void Notify()
    {
        if (_notifier is not { } notifier) return;
        _notifier = null;
        if (!notifier.Wanted.Signals || notifier.Record.IsQueued) return;
        var descriptor = _notifiers.First(entry => entry.Value == notifier).Key.Descriptor;
        notifier.Send(new siginfo { si_mqd = descriptor });
    }

    private void ReleaseIfUnused()
    {
        if (_opens > 0 || !_isUnlinked) return;
        foreach (var message in _messages) kernel.FileSystem.Budget.Return(message.Bytes.Length);
        _messages.Clear();
        kernel.MessageQueues.Count.Return();
    }
}
