using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>
/// struct socket: an end of a connection, or one that waits for connections. Local sockets follow uipc_usrreq.c; those of the internet
/// domains meet on lo0 and behave as TCP and UDP look from above, without segments or losses.
/// </summary>
internal sealed partial class Socket : FileObject
{
    private readonly Kernel _kernel;
    private readonly Queue<Socket> _arrived = [];
    private Socket? _peer;
    private SocketVnode? _node;
    private int _backlog;
    private bool _closed, _cannotSend, _cannotReceive;
    private Errno _error;

    private Socket(Kernel kernel, int domain, int type)
    {
        _kernel = kernel;
        Domain = domain;
        Type = type;
        Name = SocketAddress.Nameless(domain);
        Options = new SocketOptions(domain, type);
    }

    /// <summary>Nobody.</summary>
    private Socket()
    {
        _kernel = null!;
        (Domain, Type) = (AF_INET, SOCK_DGRAM);
        Name = SocketAddress.Nameless(AF_INET);
        Options = new SocketOptions(AF_INET, SOCK_DGRAM);
    }

    /// <summary>socreate; null (ENOBUFS) when there are too many, those not counted that nobody can reach.</summary>
    public static Socket? TryCreate(Kernel kernel, int domain, int type)
    {
        if (kernel.Sockets.TryTake()) return new Socket(kernel, domain, type);
        kernel.RightsInFlight.Collect();
        return kernel.Sockets.TryTake() ? new Socket(kernel, domain, type) : null;
    }

    public int Domain { get; }
    public int Type { get; }
    public SocketOptions Options { get; }

    /// <summary>Its own address.</summary>
    public SocketAddress Name { get; set; }

    /// <summary>That of the other side; null when there is none.</summary>
    public SocketAddress? PeerName { get; private set; }

    /// <summary>SO_ACCEPTCONN.</summary>
    public bool IsListening { get; private set; }

    /// <summary>
    /// SS_ISCONNECTED: a local connection ends with either end, one of TCP when both sides have said that nothing follows.
    /// </summary>
    public bool IsConnected => _peer is { } peer && (Domain == AF_UNIX ? !peer._closed : !_cannotSend || !peer.HasSentAll);

    /// <summary>unp_peercred: who was at the other side when the connection was made; null without one.</summary>
    public (Credentials Credentials, int Pid)? PeerCredentials { get; set; }

    /// <summary>so_cred: who has made it, or accepted it.</summary>
    public Credentials Owner { get; set; } = Credentials.Of(0, 0);

    /// <summary>The open file of it, once it has one.</summary>
    public OpenFile? File { get; private set; }

    /// <summary>The socket in whose queue it waits to be accepted.</summary>
    public Socket? Listener { get; private set; }

    public bool IsStream => Type == SOCK_STREAM;
    public bool IsDatagram => Type == SOCK_DGRAM;
    public bool IsVersion6Only => Options[IPPROTO_IPV6, IPV6_V6ONLY] != 0;
    public int Arrived => _arrived.Count;
    public int Backlog => _backlog;

    public override bool HasOwner => true;
    public override string ReadMessage => "sbwait";
    public override string WriteMessage => "sbwait";
    public override long ReadTimeout => Options.ReceiveTimeout;
    public override bool IsSilent => Shares(SO_NOSIGPIPE);

    /// <summary>SO_REUSEADDR or SO_REUSEPORT.</summary>
    public bool Shares(int option) => Options[SOL_SOCKET, option] != 0;

    /// <summary>so_error, which is told once.</summary>
    public Errno TakeError()
    {
        var error = _error;
        _error = Errno.None;
        return error;
    }

    /// <summary>soconnect2: the two ends of socketpair(2).</summary>
    public void Pair(Socket other)
    {
        (_peer, other._peer) = (other, this);
        (PeerName, other.PeerName) = (other.Name, Name);
    }

    /// <summary>uipc_bind, once the name is made.</summary>
    public void Bind(LocalAddress name, SocketVnode node) => (Name, _node) = (name, node);

    /// <summary>solisten: EINVAL for what is connected, EDESTADDRREQ for a local socket without a name, EOPNOTSUPP for datagrams.</summary>
    public Errno Listen(Process process, int backlog)
    {
        if (IsDatagram) return Errno.EOPNOTSUPP;
        if (_peer is not null) return Errno.EINVAL;
        if (Domain == AF_UNIX && _node is null) return Errno.EDESTADDRREQ;
        if (Name is InternetAddress { Port: 0 } name && _kernel.Network.Bind(this, name, false) is var error and not Errno.None) return error;
        IsListening = true;
        _backlog = backlog is < 0 or > SOMAXCONN ? SOMAXCONN : backlog;
        PeerCredentials = (process.Credentials, process.Pid);
        return Errno.None;
    }

    /// <summary>
    /// The first connection that has come; EAGAIN while none has, ECONNABORTED when that was reset meanwhile (tcp_usr_accept).
    /// </summary>
    public Errno TryAccept(out Socket accepted)
    {
        accepted = null!;
        if (!IsListening) return Errno.EINVAL;
        if (TakeError() is var error and not Errno.None) return error;
        if (!_arrived.TryDequeue(out accepted!)) return Errno.EAGAIN;
        if (accepted.PeerName is not null) return Errno.None;
        accepted.Close();
        return Errno.ECONNABORTED;
    }

    /// <summary>
    /// Connects to a socket that listens, or makes another the one that datagrams go to. ECONNREFUSED when nobody listens or too many
    /// wait, EPROTOTYPE for another type, ENOBUFS.
    /// </summary>
    /// <param name="destination">The address that was called.</param>
    public Errno Connect(Process process, Socket? target, SocketAddress destination)
    {
        if (target is not null && target.Type != Type) return Errno.EPROTOTYPE;
        if (IsDatagram)
        {
            if (Domain == AF_UNIX) _peer = target;
            PeerName = destination;
            return Errno.None;
        }
        // sonewconn: half as many again as was asked for may wait.
        if (target is not { IsListening: true, _closed: false } || target._arrived.Count > 3 * target._backlog / 2) return Errno.ECONNREFUSED;
        if (TryCreate(_kernel, target.Domain, Type) is not { } server) return Errno.ENOBUFS;
        server.Options.CopyFrom(target.Options);
        server.Name = destination is InternetAddress called ? called.For(target.Domain) : target.Name;
        server.Pair(this);
        PeerName = destination;
        if (Name is InternetAddress own) server.PeerName = own.For(target.Domain);
        (PeerCredentials, server.PeerCredentials) = (target.PeerCredentials, (process.Credentials, process.Pid));
        server.Listener = target;
        target._arrived.Enqueue(server);
        target.NotifyChanged(_kernel);
        NotifyChanged(_kernel);
        return Errno.None;
    }

    /// <summary>A connection that did not come about or was reset, told later: soisdisconnected with so_error.</summary>
    public void Fail(Errno error)
    {
        (_error, _peer, PeerName) = (error, null, null);
        (_cannotSend, _cannotReceive) = (true, true);
        NotifyChanged(_kernel);
    }

    /// <summary>Datagrams go nowhere in particular any more.</summary>
    public void Disconnect() => (_peer, PeerName) = (null, null);

    /// <summary>soshutdown: ENOTCONN without a connection.</summary>
    public Errno Shutdown(int how)
    {
        if (how is < SHUT_RD or > SHUT_RDWR) return Errno.EINVAL;
        if (IsListening)
        {
            // Who waits in accept(2) learns of it.
            _error = Errno.ECONNABORTED;
            NotifyChanged(_kernel);
            return Errno.None;
        }
        if (IsDatagram ? PeerName is null && _peer is null : !IsConnected) return Errno.ENOTCONN;
        if (how is SHUT_RD or SHUT_RDWR)
        {
            _cannotReceive = true;
            DropMessages();
        }
        if (how is SHUT_WR or SHUT_RDWR) _cannotSend = true;
        NotifyChanged(_kernel);
        _peer?.NotifyChanged(_kernel);
        return Errno.None;
    }

    // soo_stat, uipc_sense: one may read as long as something is there or may come, and write as long as that is allowed.
    public override stat Stat()
    {
        var stat = new stat { st_mode = FileModes.S_IFSOCK, st_uid = Owner.UserId, st_gid = Owner.GroupId, st_blksize = ReceiveLimit };
        if (Domain == AF_UNIX) stat.st_dev = ulong.MaxValue;
        if (IsListening) return stat;
        if (!NothingFollows || _messages.Count > 0) stat.st_mode |= 0x124;
        if (!NobodyReads) stat.st_mode |= 0x92;
        stat.st_size = _bytes;
        return stat;
    }

    public override void Opened(OpenFile file) => (File, Listener) = (file, null);

    // soclose
    public override void Closed(OpenFile file) => Close();

    private void Close()
    {
        if (_closed) return;
        _closed = true;
        _kernel.Sockets.Return();
        while (_arrived.TryDequeue(out var waiting))
        {
            waiting._peer?.Fail(Errno.ECONNRESET);
            waiting.Close();
        }
        // tcp_disconnect: what was not read is thrown away, and for the other side this is an end like any other, unless SO_LINGER says 0.
        if (Domain != AF_UNIX && IsStream && Options.ResetsOnClose) _peer?.Fail(Errno.ECONNRESET);
        DropMessages();
        if (Domain == AF_UNIX) _kernel.RightsInFlight.SocketClosed();
        _node?.Detach();
        if (Domain != AF_UNIX) _kernel.Network.Release(this);
        _peer?.NotifyChanged(_kernel);
    }
}
