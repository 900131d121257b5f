using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

// uipc_socket.c, uipc_sockbuf.c: what waits to be read, and how it gets there.
internal sealed partial class Socket
{
    /// <summary>net.local.dgram.maxdgram and net.inet.udp.maxdgram.</summary>
    public const int MaximumLocalDatagram = 2048, MaximumDatagram = 9216;

    /// <summary>Messages that may wait at one end, with or without bytes.</summary>
    private const int MaximumMessages = 2048;

    /// <summary>SO_SNDLOWAT's default: room that makes a socket writable.</summary>
    private const int SendLowWater = 2048;

    private readonly LinkedList<Message> _messages = [];
    private int _bytes;

    /// <summary>What one receive gave.</summary>
    /// <param name="Count">Bytes.</param>
    /// <param name="IsTruncated">A message was longer than the buffer; its rest is lost.</param>
    /// <param name="Attachment">What came with them; the rights are the receiver's now, unless it only peeked.</param>
    public readonly record struct Received(int Count, bool IsTruncated, Attachment Attachment);

    /// <summary>Whom datagrams go to that nobody is there for.</summary>
    public static Socket Nobody { get; } = new();

    private int ReceiveLimit => Options[SOL_SOCKET, SO_RCVBUF];

    /// <summary>sbspace: bytes that fit; none when there are many messages, however small (sb_mbmax).</summary>
    private int Room => _messages.Count >= MaximumMessages ? -1 : ReceiveLimit - _bytes;

    /// <summary>TCP's FIN.</summary>
    private bool HasSentAll => _closed || _cannotSend;

    /// <summary>SBS_CANTRCVMORE.</summary>
    private bool NothingFollows => _cannotReceive || (!IsDatagram && _peer is { HasSentAll: true });

    /// <summary>SBS_CANTSENDMORE. TCP does not know who will read: it sends, and may be told off.</summary>
    private bool NobodyReads => _cannotSend || (!IsDatagram && Domain == AF_UNIX && _peer is { } peer && (peer._closed || peer._cannotReceive));

    private bool IsUnconnected => !IsDatagram && _peer is null && !_cannotReceive;

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        var error = Receive(destination, peek: false, out var received);
        count = received.Count;
        // read(2) has no place for control messages.
        received.Attachment?.Drop();
        return error;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count) => Send(source, null, Attachment.None, out count);

    /// <summary>soreceive: EAGAIN while nothing is there, ENOTCONN without a connection.</summary>
    public Errno Receive(Span<byte> destination, bool peek, out Received received)
    {
        received = new(0, false, Attachment.None);
        if (_messages.Count == 0)
        {
            if (TakeError() is var error and not Errno.None) return error;
            if (NothingFollows) return Errno.None;
            if (IsUnconnected) return Errno.ENOTCONN;
            return destination.IsEmpty && IsStream ? Errno.None : Errno.EAGAIN;
        }
        if (destination.IsEmpty && IsStream) return Errno.None;
        received = IsStream ? ReceiveStream(destination, peek) : ReceiveMessage(destination, peek);
        if (!peek) _peer?.NotifyChanged(_kernel);
        return Errno.None;
    }

    private Received ReceiveMessage(Span<byte> destination, bool peek)
    {
        var message = _messages.First!.Value;
        var count = Math.Min(message.Count, destination.Length);
        message.Bytes[..count].CopyTo(destination);
        if (!peek)
        {
            _bytes -= message.Count;
            _messages.RemoveFirst();
        }
        return new(count, count < message.Count, message.Attachment);
    }

    /// <summary>As far as nothing that came with the bytes sets them apart.</summary>
    private Received ReceiveStream(Span<byte> destination, bool peek)
    {
        var attachment = _messages.First!.Value.Attachment;
        var count = 0;
        for (var node = _messages.First; node is not null && count < destination.Length;)
        {
            var (message, next) = (node.Value, node.Next);
            if (count > 0 && message.Attachment.HasControl) break;
            var part = Math.Min(message.Count, destination.Length - count);
            message.Bytes[..part].CopyTo(destination[count..]);
            count += part;
            if (!peek)
            {
                _bytes -= part;
                message.Consume(part);
                if (message.Count == 0) _messages.Remove(node);
            }
            node = next;
        }
        return new(count, false, attachment);
    }

    /// <summary>
    /// sosend: EAGAIN while there is no room, EPIPE when nobody will read, EMSGSIZE for a message that never fits, ENOTCONN or
    /// EDESTADDRREQ when it goes nowhere. The references of the rights are the receiver's only on success.
    /// </summary>
    /// <param name="target">Whom a datagram goes to; null: the peer.</param>
    /// <param name="destination">The address of the target, on the internet; null: the peer's.</param>
    public Errno Send(ReadOnlySpan<byte> source, Socket? target, Attachment attachment, out int count, InternetAddress? destination = null)
    {
        count = 0;
        if (NobodyReads) return Errno.EPIPE;
        if (TakeError() is var error and not Errno.None) return error;
        if (IsDatagram) return SendDatagram(source, target, attachment, destination, out count);
        if (_peer is not { } peer) return Errno.ENOTCONN;
        if (peer._closed || peer._cannotReceive)
        {
            // tcp_input: data for a socket that is closed is answered with a reset; data that its owner refuses is dropped.
            count = source.Length;
            if (peer._closed) Fail(Errno.ECONNRESET);
            return Errno.None;
        }
        if (!IsStream && source.Length > peer.ReceiveLimit) return Errno.EMSGSIZE;
        if (source.IsEmpty && IsStream && !attachment.HasControl) return Errno.None;
        var room = peer.Room;
        if (room <= 0 || (!IsStream && room < source.Length)) return Errno.EAGAIN;
        count = Math.Min(room, source.Length);
        peer.Append(source[..count], Domain == AF_UNIX ? WithSender(peer, attachment) : attachment);
        return Errno.None;
    }

    private Errno SendDatagram(ReadOnlySpan<byte> source, Socket? target, Attachment attachment, InternetAddress? destination, out int count)
    {
        count = 0;
        var isLocal = Domain == AF_UNIX;
        if (source.Length > (isLocal ? MaximumLocalDatagram : MaximumDatagram)) return Errno.EMSGSIZE;
        if (target is null && PeerName is null) return Errno.EDESTADDRREQ;
        target ??= isLocal ? _peer : _kernel.Network.Find(SOCK_DGRAM, (InternetAddress)PeerName!, socket => socket.HearsFrom(this));
        if (target is { _closed: true }) return Errno.ECONNRESET;
        if (target is { _cannotReceive: true } && isLocal) return Errno.EPIPE;
        count = source.Length;
        if (target is null || target == Nobody)
        {
            // The answer of a machine where nobody listens.
            if (PeerName is not null) _error = Errno.ECONNREFUSED;
            attachment.Drop();
            return Errno.None;
        }
        if (source.Length > target.Room)
        {
            if (isLocal) return Errno.ENOBUFS;
            attachment.Drop();
            return Errno.None;
        }
        var name = Name is InternetAddress own ? (own.IsAny ? own.Destination with { Port = own.Port } : own).For(target.Domain) : Name;
        attachment = isLocal ? WithSender(target, attachment)
            : ControlContents.ForDatagram(_kernel, target, this, destination ?? (InternetAddress)PeerName!, attachment);
        target.Append(source, attachment with { From = name });
        return Errno.None;
    }

    /// <summary>unp_addsockcred: who sends, when the receiver has asked for that (LOCAL_CREDS, LOCAL_CREDS_PERSISTENT).</summary>
    private Attachment WithSender(Socket receiver, Attachment attachment)
    {
        var isPersistent = receiver.Options[SOL_LOCAL, LOCAL_CREDS_PERSISTENT] != 0;
        if (!isPersistent && receiver.Options[SOL_LOCAL, LOCAL_CREDS] == 0) return attachment;
        if (_kernel.Scheduler.Current?.Process is not { } sender) return attachment;
        // Once is enough on a connection.
        if (!isPersistent && !IsDatagram) receiver.Options.Set(SOL_LOCAL, LOCAL_CREDS, 0);
        var others = attachment.Control.Where(data => data.Type != SCM_CREDS).ToArray();
        var type = isPersistent ? SCM_CREDS2 : SCM_CREDS;
        return (attachment with { Control = others }).With(SOL_SOCKET, type, ControlContents.SocketSender(sender, isPersistent));
    }

    /// <summary>Open files that wait here to be received.</summary>
    public IEnumerable<OpenFile> HeldRights => _messages.SelectMany(message => message.Attachment.Rights).Select(passed => passed.File);

    /// <summary>unp_dispose: nobody will receive what waits here.</summary>
    public void Discard() => DropMessages();

    /// <summary>A connected datagram socket hears only its peer.</summary>
    public bool HearsFrom(Socket sender) => PeerName is not InternetAddress peer || (sender.Name is InternetAddress name && peer.Port == name.Port);

    private void Append(ReadOnlySpan<byte> source, Attachment attachment)
    {
        var isAppended = IsStream && !attachment.HasControl && _messages.Last is { } last && last.Value.TryAppend(source);
        if (!isAppended) _messages.AddLast(new Message(source, attachment, IsStream));
        _bytes += source.Length;
        if (attachment.Rights.Count > 0) _kernel.RightsInFlight.Add(this);
        NotifyChanged(_kernel);
    }

    private void DropMessages()
    {
        foreach (var message in _messages) message.Attachment.Drop();
        _messages.Clear();
        _bytes = 0;
    }

    // sopoll_generic
    public override PollEvents Poll(OpenFile file)
    {
        if (IsListening) return _arrived.Count > 0 || _error != Errno.None ? PollEvents.Readable : PollEvents.None;
        var events = PollEvents.None;
        if (_messages.Count > 0 || NothingFollows || _error != Errno.None) events |= PollEvents.Readable;
        if (NothingFollows && NobodyReads) events |= PollEvents.POLLHUP;
        if (CanSendNow() || _error != Errno.None) events |= PollEvents.Writable;
        return events;
    }

    // filt_soread, filt_sowrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        (bytes, ended) = (_arrived.Count, false);
        if (IsListening) return !forWriting && (bytes > 0 || _error != Errno.None);
        bytes = !forWriting ? _bytes : _peer is null ? ReceiveLimit : Math.Max(_peer.Room, 0);
        ended = forWriting ? NobodyReads : NothingFollows;
        if (_error != Errno.None || ended) return true;
        return forWriting ? CanSendNow() : _messages.Count > 0;
    }

    // soo_kqfilter
    internal override Errno CanWatch(OpenFile file, short filter) => filter == Kevents.EVFILT_EMPTY ? Errno.None : base.CanWatch(file, filter);

    /// <summary>so_error, which stays to be reported.</summary>
    internal Errno PendingError => _error;

    private bool CanSendNow()
    {
        if (NobodyReads) return true;
        if (_peer is null) return IsDatagram;
        return _peer._closed || _peer._cannotReceive || _peer.Room >= Math.Min(SendLowWater, _peer.ReceiveLimit);
    }

    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        // soo_ioctl: nothing waits to be sent, and there is no urgent byte.
        int? value = request switch
        {
            Abi.Ioctl.FIONREAD => _bytes,
            Abi.Ioctl.FIONWRITE or Abi.Ioctl.SIOCATMARK => 0,
            Abi.Ioctl.FIONSPACE => _peer is null ? ReceiveLimit : Math.Max(_peer.Room, 0),
            _ => null,
        };
        if (value is not { } found) return Errno.ENOTTY;
        MemoryMarshal.Write(parameter, found);
        return Errno.None;
    }
}
