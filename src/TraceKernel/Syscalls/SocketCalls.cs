using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>Making and naming sockets, and connecting them: uipc_syscalls.c. Nothing leads to the host's network.</summary>
internal static class SocketCalls
{
    private const int TypeFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

    [Syscall(97, "int socket(int domain, int type, int protocol)")]
    internal static Errno socket(SystemCall call)
    {
        var type = call.Int(1) & ~TypeFlags;
        if (CheckProtocol(call, call.Int(0), type, call.Int(2)) is not Errno.None and var error) return error;
        if (Socket.TryCreate(call.Kernel, call.Int(0), type) is not { } made) return Errno.ENOBUFS;
        error = Add(call, made, call.Int(1), out var descriptor);
        return error == Errno.None ? call.Return(descriptor) : error;
    }

    [Syscall(135, "int socketpair(int domain, int type, int protocol, int *rsv)")]
    internal static Errno socketpair(SystemCall call)
    {
        var type = call.Int(1) & ~TypeFlags;
        if (call.Int(0) != AF_UNIX) return call.Int(0) is AF_INET or AF_INET6 ? Errno.EOPNOTSUPP : Errno.EAFNOSUPPORT;
        if (CheckProtocol(call, AF_UNIX, type, call.Int(2)) is not Errno.None and var error) return error;
        if (Socket.TryCreate(call.Kernel, AF_UNIX, type) is not { } one) return Errno.ENOBUFS;
        if ((error = Add(call, one, call.Int(1), out var first)) != Errno.None) return error;
        var second = -1;
        error = Errno.ENOBUFS;
        if (Socket.TryCreate(call.Kernel, AF_UNIX, type) is { } other)
        {
            one.Pair(other);
            // kern_socketpair: each end knows who has made the other.
            if (type != SOCK_DGRAM) (one.PeerCredentials, other.PeerCredentials) = ((call.Process.Credentials, call.Process.Pid), (call.Process.Credentials, call.Process.Pid));
            error = Add(call, other, call.Int(1), out second);
        }
        if (error == Errno.None) error = call.CopyOut(call[3], ((long)second << 32) | (uint)first);
        if (error == Errno.None) return error;
        call.Process.Files.Close(first);
        if (second >= 0) call.Process.Files.Close(second);
        return error;
    }

    [Syscall(104, "int bind(int s, const struct sockaddr *name, int namelen)")]
    internal static Errno bind(SystemCall call) => Bind(call, Fcntl.AT_FDCWD, call.Int(0), call[1], call.Int(2));

    [Syscall(538, "int bindat(int fd, int s, const struct sockaddr *name, int namelen)")]
    internal static Errno bindat(SystemCall call) => Bind(call, call.Int(0), call.Int(1), call[2], call.Int(3));

    [Syscall(106, "int listen(int s, int backlog)")]
    internal static Errno listen(SystemCall call)
    {
        var error = Find(call, call.Int(0), CAP_LISTEN, out _, out var socket);
        return error == Errno.None ? socket.Listen(call.Process, call.Int(1)) : error;
    }

    [Syscall(98, "int connect(int s, const struct sockaddr *name, int namelen)")]
    internal static Errno connect(SystemCall call) => Connect(call, Fcntl.AT_FDCWD, call.Int(0), call[1], call.Int(2));

    [Syscall(539, "int connectat(int fd, int s, const struct sockaddr *name, int namelen)")]
    internal static Errno connectat(SystemCall call) => Connect(call, call.Int(0), call.Int(1), call[2], call.Int(3));

    // An accepted socket does not block if its listener does not; accept4 says it for itself.
    [Syscall(30, "int accept(int s, struct sockaddr *name, socklen_t *anamelen)")]
    internal static ValueTask<Errno> accept(SystemCall call) => Accept(call, flags: null);

    [Syscall(541, "int accept4(int s, struct sockaddr *name, socklen_t *anamelen, int flags)")]
    internal static ValueTask<Errno> accept4(SystemCall call) =>
        (call.Int(3) & ~TypeFlags) != 0 ? new(Errno.EINVAL) : Accept(call, call.Int(3));

    [Syscall(134, "int shutdown(int s, int how)")]
    internal static Errno shutdown(SystemCall call)
    {
        var error = Find(call, call.Int(0), CAP_SHUTDOWN, out _, out var socket);
        return error == Errno.None ? socket.Shutdown(call.Int(1)) : error;
    }

    [Syscall(32, "int getsockname(int fdes, struct sockaddr *asa, socklen_t *alen)")]
    internal static Errno getsockname(SystemCall call)
    {
        var error = Find(call, call.Int(0), CAP_GETSOCKNAME, out _, out var socket);
        return error == Errno.None ? CopyOutName(call, socket.Name, call[1], call[2]) : error;
    }

    [Syscall(31, "int getpeername(int fdes, struct sockaddr *asa, socklen_t *alen)")]
    internal static Errno getpeername(SystemCall call)
    {
        if (Find(call, call.Int(0), CAP_GETPEERNAME, out _, out var socket) is not Errno.None and var error) return error;
        var isConnected = socket.IsDatagram ? socket.PeerName is not null : socket.IsConnected;
        return isConnected ? CopyOutName(call, socket.PeerName!, call[1], call[2]) : Errno.ENOTCONN;
    }

    /// <summary>getsock: EBADF, ENOTCAPABLE, or ENOTSOCK for other files.</summary>
    internal static Errno Find(SystemCall call, int descriptor, in cap_rights_t needed, out OpenFile file, out Socket socket)
    {
        var error = call.Process.Files.Get(descriptor, needed, out file);
        socket = (file?.Target as Socket)!;
        return error == Errno.None && socket is null ? Errno.ENOTSOCK : error;
    }

    /// <summary>getsockaddr: an address for a socket of that domain.</summary>
    internal static Errno CopyInName(SystemCall call, Socket socket, ulong address, int length, out SocketAddress name)
    {
        name = null!;
        if (length > SocketAddress.MaximumBytes) return Errno.ENAMETOOLONG;
        if (length < 2) return Errno.EINVAL;
        Span<byte> image = stackalloc byte[length];
        if (call.Memory.CopyIn(address, image) is not Errno.None and var error) return error;
        KernelTracing.Structure(call.Lwp, "sockaddr", image);
        return SocketAddress.TryParse(socket.Domain, image, out name);
    }

    /// <summary>An address, cut to the room that there is for it, and its length.</summary>
    internal static Errno CopyOutName(SystemCall call, SocketAddress name, ulong address, ulong lengthAddress)
    {
        if (call.CopyIn(lengthAddress, out int room) is not Errno.None and var error) return error;
        if (room < 0) return Errno.EINVAL;
        var image = name.Image;
        var length = Math.Min(room, image.Length);
        error = call.Memory.CopyOut(address, image.AsSpan(0, length));
        return error == Errno.None ? call.CopyOut(lengthAddress, length) : error;
    }

    /// <summary>unp_connectat's way to the socket that a name stands for.</summary>
    internal static Errno FindNamed(SystemCall call, int directory, LocalAddress name, out Socket target)
    {
        target = null!;
        var path = new PathArgument(call.Process, directory, name.Path) { Needed = CAP_CONNECTAT };
        if (call.Kernel.FileSystem.Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        if (vnode is not SocketVnode node) return Errno.ENOTSOCK;
        if ((error = vnode.CheckAccess(Caller.Of(call.Process), Fcntl.W_OK)) != Errno.None) return error;
        target = node.Socket!;
        return target is null ? Errno.ECONNREFUSED : Errno.None;
    }

    /// <summary>Gives an internet socket the port that it needs to send anything.</summary>
    internal static Errno BindToAny(SystemCall call, Socket socket) => socket.Name is InternetAddress { Port: 0 } name
        ? call.Kernel.Network.Bind(socket, Confined(call, name), MayReserve(call))
        : Errno.None;

    /// <summary>PRIV_NETINET_RESERVEDPORT.</summary>
    private static bool MayReserve(SystemCall call) => call.Process.Credentials.IsSuperUserWith(Jails.PR_ALLOW_RESERVED_PORTS);

    private static InternetAddress Confined(SystemCall call, InternetAddress name) => JailAddresses.Local(call.Process.Prison, name);

    /// <summary>socreate's choice: EAFNOSUPPORT, EPROTOTYPE, EPROTONOSUPPORT; EPERM for raw sockets.</summary>
    private static Errno CheckProtocol(SystemCall call, int domain, int type, int protocol)
    {
        if (domain is not (AF_UNIX or AF_INET or AF_INET6)) return Errno.EAFNOSUPPORT;
        // prison_check_af
        if (!JailAddresses.HasFamily(call.Process.Prison, domain)) return Errno.EPROTONOSUPPORT;
        if (domain != AF_UNIX && type == SOCK_RAW)
            return call.Process.Credentials.IsSuperUserWith(Jails.PR_ALLOW_RAW_SOCKETS) ? Errno.EPROTONOSUPPORT : Errno.EPERM;
        var own = (domain, type) switch
        {
            (AF_UNIX, SOCK_STREAM or SOCK_DGRAM or SOCK_SEQPACKET) => 0,
            (_, SOCK_STREAM) => IPPROTO_TCP,
            (_, SOCK_DGRAM) => IPPROTO_UDP,
            _ => -1,
        };
        if (own < 0) return protocol == 0 ? Errno.EPROTOTYPE : Errno.EPROTONOSUPPORT;
        return protocol == 0 || protocol == own ? Errno.None : Errno.EPROTONOSUPPORT;
    }

    private static Errno Add(SystemCall call, Socket socket, int flags, out int descriptor, FileCapabilities? capabilities = null)
    {
        socket.Owner = call.Process.Credentials;
        var file = new OpenFile(socket, Fcntl.O_RDWR | ((flags & SOCK_NONBLOCK) != 0 ? Fcntl.O_NONBLOCK : 0));
        return call.Process.Files.Add(file, out descriptor, (flags & SOCK_CLOEXEC) != 0, 0, call.Process.Limits.Descriptors, capabilities);
    }

    private static Errno Bind(SystemCall call, int directory, int descriptor, ulong address, int length)
    {
        if (call.Process.Credentials.InCapabilityMode && directory == Fcntl.AT_FDCWD) return Errno.ECAPMODE;
        if (Find(call, descriptor, CAP_BIND, out _, out var socket) is not Errno.None and var error) return error;
        if ((error = CopyInName(call, socket, address, length, out var name)) != Errno.None) return error;
        if (socket.Name is LocalAddress { Path.Length: > 0 } or InternetAddress { Port: > 0 } || socket.PeerName is not null) return Errno.EINVAL;
        if (name is InternetAddress wanted)
        {
            var own = Confined(call, wanted);
            return JailAddresses.MayUse(call.Process.Prison, own) ? call.Kernel.Network.Bind(socket, own, MayReserve(call)) : Errno.EADDRNOTAVAIL;
        }
        var local = (LocalAddress)name;
        error = call.Kernel.FileSystem.MakeSocket(new PathArgument(call.Process, directory, local.Path) { Needed = CAP_BINDAT }, socket, out var node);
        if (error == Errno.None) socket.Bind(local, node);
        return error;
    }

    private static Errno Connect(SystemCall call, int directory, int descriptor, ulong address, int length)
    {
        if (call.Process.Credentials.InCapabilityMode && directory == Fcntl.AT_FDCWD) return Errno.ECAPMODE;
        if (Find(call, descriptor, CAP_CONNECT, out var file, out var socket) is not Errno.None and var error) return error;
        if ((error = CopyInName(call, socket, address, length, out var name)) != Errno.None) return error;
        if (socket.IsListening) return Errno.EOPNOTSUPP;
        if (!socket.IsDatagram && socket.PeerName is not null) return Errno.EISCONN;
        if (name is LocalAddress local)
        {
            error = FindNamed(call, directory, local, out var named);
            return error == Errno.None ? socket.Connect(call.Process, named, local) : error;
        }
        var destination = ((InternetAddress)name).Destination;
        if (!destination.IsOwn) return Errno.ENETUNREACH;
        if (destination.Port == 0) return Errno.EADDRNOTAVAIL;
        if ((error = BindToAny(call, socket)) != Errno.None) return error;
        // in_pcbconnect: from now on it has the address of the interface that leads there.
        if (socket.Name is InternetAddress { IsAny: true } own) socket.Name = own with { Host = destination.Host };
        if (socket.IsDatagram) return socket.Connect(call.Process, null, destination);
        error = socket.Connect(call.Process, call.Kernel.Network.Find(SOCK_STREAM, destination, other => other.IsListening), destination);
        if (!file.IsNonBlocking) return error;
        // The answer to a SYN is never there when connect(2) returns.
        if (error != Errno.None) socket.Fail(error);
        return Errno.EINPROGRESS;
    }

    private static async ValueTask<Errno> Accept(SystemCall call, int? flags)
    {
        if (Find(call, call.Int(0), CAP_ACCEPT, out var file, out var socket) is var error and not Errno.None) return error;
        // kern_accept4: without a free descriptor the connection stays in the queue.
        if (socket.IsListening && (error = call.Process.Files.FindFree(call.Process.Limits.Descriptors, out _)) != Errno.None) return error;
        // A connection may be used for no more than the socket that it came to.
        var capabilities = call.Process.Files.CapabilitiesOf(call.Int(0));
        (error, var accepted) = await file.Hold(WaitForConnection(call.Lwp, file, socket));
        if (error != Errno.None) return error;
        error = Add(call, accepted, flags ?? (file.IsNonBlocking ? SOCK_NONBLOCK : 0), out var descriptor, capabilities);
        if (error != Errno.None) return error;
        if (call[1] != 0) error = CopyOutName(call, accepted.PeerName!, call[1], call[2]);
        if (error == Errno.None) return call.Return(descriptor);
        call.Process.Files.Close(descriptor);
        return error;
    }

    private static async ValueTask<(Errno Error, Socket Accepted)> WaitForConnection(Lwp lwp, OpenFile file, Socket socket)
    {
        Socket accepted;
        Errno error;
        while ((error = socket.TryAccept(out accepted)) == Errno.EAGAIN && !file.IsNonBlocking)
            if ((error = await lwp.Sleep(socket, "accept")) != Errno.None) break;
        return (error, accepted);
    }
}
