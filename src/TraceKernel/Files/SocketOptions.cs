using TraceKernel.Abi;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>What setsockopt(2) has set: numbers by level and name.</summary>
internal sealed class SocketOptions
{
    /// <summary>kern.ipc.maxsockbuf.</summary>
    public const int MaximumBuffer = 2 << 20;

    /// <summary>net.local.stream.recvspace, net.inet.tcp.recvspace.</summary>
    public const int DefaultBuffer = 65536;

    private readonly Dictionary<(int Level, int Name), int> _values = [];

    public SocketOptions(int domain, int type)
    {
        foreach (var name in (ReadOnlySpan<int>)[
            SO_DEBUG, SO_REUSEADDR, SO_KEEPALIVE, SO_DONTROUTE, SO_BROADCAST, SO_OOBINLINE, SO_REUSEPORT, SO_TIMESTAMP, SO_NOSIGPIPE,
            SO_USELOOPBACK, SO_BINTIME, SO_NO_OFFLOAD, SO_NO_DDP, SO_REUSEPORT_LB, SO_RERROR, SO_TS_CLOCK, SO_MAX_PACING_RATE])
            _values[(SOL_SOCKET, name)] = 0;
        (_values[(SOL_SOCKET, SO_SNDBUF)], _values[(SOL_SOCKET, SO_RCVBUF)]) = (DefaultBuffer, DefaultBuffer);
        (_values[(SOL_SOCKET, SO_SNDLOWAT)], _values[(SOL_SOCKET, SO_RCVLOWAT)]) = (2048, 1);
        if (domain == AF_UNIX)
        {
            foreach (var name in (ReadOnlySpan<int>)[LOCAL_CREDS, LOCAL_CREDS_PERSISTENT, LOCAL_CONNWAIT]) _values[(SOL_LOCAL, name)] = 0;
            return;
        }
        foreach (var name in (ReadOnlySpan<int>)[
            IP_TOS, IP_RECVOPTS, IP_RECVRETOPTS, IP_RECVDSTADDR, IP_MULTICAST_LOOP, IP_PORTRANGE, IP_RECVIF, IP_ONESBCAST, IP_ORIGDSTADDR, IP_RECVTTL,
            IP_MINTTL, IP_DONTFRAG, IP_RECVTOS])
            _values[(IPPROTO_IP, name)] = 0;
        (_values[(IPPROTO_IP, IP_TTL)], _values[(IPPROTO_IP, IP_MULTICAST_TTL)]) = (64, 1);
        if (domain == AF_INET6)
        {
            foreach (var name in (ReadOnlySpan<int>)[
                IPV6_MULTICAST_LOOP, IPV6_TCLASS, IPV6_PORTRANGE, IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_AUTOFLOWLABEL,
                IPV6_USE_MIN_MTU, IPV6_DONTFRAG])
                _values[(IPPROTO_IPV6, name)] = 0;
            (_values[(IPPROTO_IPV6, IPV6_UNICAST_HOPS)], _values[(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)]) = (64, 1);
            // net.inet6.ip6.v6only
            _values[(IPPROTO_IPV6, IPV6_V6ONLY)] = 1;
        }
        if (type != SOCK_STREAM) return;
        foreach (var name in (ReadOnlySpan<int>)[TCP_NODELAY, TCP_NOPUSH, TCP_NOOPT]) _values[(IPPROTO_TCP, name)] = 0;
        (_values[(IPPROTO_TCP, TCP_MAXSEG)], _values[(IPPROTO_TCP, TCP_KEEPINIT)]) = (16344, 75);
        (_values[(IPPROTO_TCP, TCP_KEEPIDLE)], _values[(IPPROTO_TCP, TCP_KEEPINTVL)], _values[(IPPROTO_TCP, TCP_KEEPCNT)]) = (7200, 75, 8);
    }

    /// <summary>SO_RCVTIMEO and SO_SNDTIMEO in nanoseconds; 0 waits for ever.</summary>
    public long ReceiveTimeout { get; set; }

    /// <inheritdoc cref="ReceiveTimeout"/>
    public long SendTimeout { get; set; }

    /// <summary>SO_LINGER: closing never waits here.</summary>
    public long Linger { get; set; }

    /// <summary>SO_LINGER is on, and says 0 (struct linger: two ints).</summary>
    public bool ResetsOnClose => (uint)Linger != 0 && Linger >> 32 == 0;

    /// <summary>0 for what was never set.</summary>
    public int this[int level, int name] => _values.GetValueOrDefault((level, name));

    /// <summary>False (ENOPROTOOPT) when there is no such option.</summary>
    public bool TryGet(int level, int name, out int value) => _values.TryGetValue((level, name), out value);

    /// <summary>ENOPROTOOPT, EINVAL; ENOBUFS for a buffer that is too large.</summary>
    public Errno Set(int level, int name, int value)
    {
        if (!_values.ContainsKey((level, name))) return Errno.ENOPROTOOPT;
        var error = (level, name) switch
        {
            (SOL_SOCKET, SO_SNDBUF or SO_RCVBUF or SO_SNDLOWAT or SO_RCVLOWAT) => value < 1 ? Errno.EINVAL : value > MaximumBuffer ? Errno.ENOBUFS : Errno.None,
            (SOL_SOCKET, SO_TS_CLOCK) => Check(value, 0, 3),
            (IPPROTO_IP, IP_TTL or IP_MINTTL) when _values.ContainsKey((IPPROTO_IP, IP_TTL)) => Check(value, 0, 255),
            (IPPROTO_IP, IP_PORTRANGE) or (IPPROTO_IPV6, IPV6_PORTRANGE) => Check(value, IP_PORTRANGE_DEFAULT, IP_PORTRANGE_LOW),
            (IPPROTO_IPV6, IPV6_UNICAST_HOPS or IPV6_MULTICAST_HOPS) => Check(value, -1, 255),
            (IPPROTO_TCP, TCP_MAXSEG) => Check(value, 1, this[level, name]),
            _ => Errno.None,
        };
        if (error != Errno.None) return error;
        if (level == SOL_LOCAL && name is LOCAL_CREDS or LOCAL_CREDS_PERSISTENT && _values.ContainsKey((SOL_LOCAL, LOCAL_CREDS)))
            _values[(SOL_LOCAL, LOCAL_CREDS)] = _values[(SOL_LOCAL, LOCAL_CREDS_PERSISTENT)] = 0;
        _values[(level, name)] = Shown(level, name, value);
        return Errno.None;
    }

    private static Errno Check(int value, int least, int most) => value < least || value > most ? Errno.EINVAL : Errno.None;

    /// <summary>What getsockopt(2) tells of a value: flags by the kernel's own bits.</summary>
    private int Shown(int level, int name, int value) => (level, name) switch
    {
        (SOL_SOCKET, SO_SNDBUF or SO_RCVBUF or SO_SNDLOWAT or SO_RCVLOWAT or SO_TS_CLOCK or SO_MAX_PACING_RATE) => value,
        (SOL_SOCKET, _) => value == 0 ? 0 : name,
        (IPPROTO_TCP, TCP_NODELAY) => value == 0 ? 0 : TF_NODELAY,
        (IPPROTO_TCP, TCP_NOPUSH) => value == 0 ? 0 : TF_NOPUSH,
        (IPPROTO_TCP, TCP_NOOPT) => value == 0 ? 0 : TF_NOOPT,
        // The default again.
        (IPPROTO_IPV6, IPV6_UNICAST_HOPS) when value < 0 => 64,
        (IPPROTO_IPV6, IPV6_MULTICAST_HOPS) when value < 0 => 1,
        (SOL_LOCAL, LOCAL_CREDS or LOCAL_CREDS_PERSISTENT or LOCAL_CONNWAIT) when _values.ContainsKey((SOL_LOCAL, LOCAL_CREDS)) => value == 0 ? 0 : 1,
        _ => value,
    };

    /// <summary>What an accepted socket has of its listener.</summary>
    public void CopyFrom(SocketOptions listener)
    {
        foreach (var (key, value) in listener._values) _values[key] = value;
        (ReceiveTimeout, SendTimeout, Linger) = (listener.ReceiveTimeout, listener.SendTimeout, listener.Linger);
    }
}
