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

    private const int IP_TOS = 3, IP_TTL = 4, IP_MULTICAST_TTL = 10, IP_MULTICAST_LOOP = 11, IP_RECVDSTADDR = 7;
    private const int IPV6_UNICAST_HOPS = 4, IPV6_MULTICAST_HOPS = 10, IPV6_MULTICAST_LOOP = 11, IPV6_TCLASS = 61;
    private const int TCP_NODELAY = 1, TCP_MAXSEG = 2, TCP_NOPUSH = 4, TCP_KEEPINIT = 128, TCP_KEEPIDLE = 256, TCP_KEEPINTVL = 512, TCP_KEEPCNT = 1024;

    private readonly Dictionary<(int Level, int Name), int> _values = [];

    public SocketOptions(int domain, int type)
    {
        foreach (var name in (ReadOnlySpan<int>)[
            SO_DEBUG, SO_REUSEADDR, SO_KEEPALIVE, SO_DONTROUTE, SO_BROADCAST, SO_OOBINLINE, SO_REUSEPORT, SO_TIMESTAMP, SO_NOSIGPIPE])
            _values[(SOL_SOCKET, name)] = 0;
        (_values[(SOL_SOCKET, SO_SNDBUF)], _values[(SOL_SOCKET, SO_RCVBUF)]) = (DefaultBuffer, DefaultBuffer);
        (_values[(SOL_SOCKET, SO_SNDLOWAT)], _values[(SOL_SOCKET, SO_RCVLOWAT)]) = (2048, 1);
        if (domain == AF_UNIX)
        {
            _values[(SOL_LOCAL, LOCAL_CREDS)] = 0;
            return;
        }
        foreach (var name in (ReadOnlySpan<int>)[IP_TOS, IP_MULTICAST_LOOP, IP_RECVDSTADDR]) _values[(IPPROTO_IP, name)] = 0;
        (_values[(IPPROTO_IP, IP_TTL)], _values[(IPPROTO_IP, IP_MULTICAST_TTL)]) = (64, 1);
        if (domain == AF_INET6)
        {
            foreach (var name in (ReadOnlySpan<int>)[IPV6_MULTICAST_LOOP, IPV6_TCLASS]) _values[(IPPROTO_IPV6, name)] = 0;
            (_values[(IPPROTO_IPV6, IPV6_UNICAST_HOPS)], _values[(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)]) = (64, 1);
            // net.inet6.ip6.v6only
            _values[(IPPROTO_IPV6, IPV6_V6ONLY)] = 1;
        }
        if (type != SOCK_STREAM) return;
        foreach (var name in (ReadOnlySpan<int>)[TCP_NODELAY, TCP_NOPUSH]) _values[(IPPROTO_TCP, name)] = 0;
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
        if (level == SOL_SOCKET && name is SO_SNDBUF or SO_RCVBUF or SO_SNDLOWAT or SO_RCVLOWAT)
        {
            if (value < 1) return Errno.EINVAL;
            if (value > MaximumBuffer) return Errno.ENOBUFS;
        }
        // getsockopt tells a flag by its own bit.
        else if (level == SOL_SOCKET && value != 0)
        {
            value = name;
        }
        _values[(level, name)] = value;
        return Errno.None;
    }

    /// <summary>What an accepted socket has of its listener.</summary>
    public void CopyFrom(SocketOptions listener)
    {
        foreach (var (key, value) in listener._values) _values[key] = value;
        (ReceiveTimeout, SendTimeout, Linger) = (listener.ReceiveTimeout, listener.SendTimeout, listener.Linger);
    }
}
