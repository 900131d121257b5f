using TraceKernel.Abi;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>
/// lo0, the only interface: the internet sockets of one kernel, by port. What is sent stays inside; there is no way to the host's network.
/// </summary>
internal sealed class Network
{
    // net.inet.ip.portrange.first, last and reservedhigh
    public const int FirstEphemeral = 10000, LastEphemeral = 65535, LastReserved = 1023;

    // net.inet.ip.portrange.hifirst, hilast, lowfirst and lowlast
    private const int FirstHigh = 49152, LastHigh = 65535, FirstLow = 1023, LastLow = 600;

    private readonly Dictionary<(int Type, ushort Port), List<Socket>> _bound = [];

    /// <summary>By IP_PORTRANGE_*; 0: the first one.</summary>
    private readonly int[] _nextPorts = new int[3];

    /// <summary>in_pcbbind: EADDRNOTAVAIL for another machine's address, EACCES for a port below 1024, EADDRINUSE.</summary>
    public Errno Bind(Socket socket, InternetAddress address, bool isSuperUser)
    {
        if (!address.IsAny && !address.IsOwn) return Errno.EADDRNOTAVAIL;
        if (address.Port is > 0 and <= LastReserved && !isSuperUser) return Errno.EACCES;
        if (address.Port == 0)
        {
            var range = Math.Max(socket.Options[IPPROTO_IP, IP_PORTRANGE], socket.Options[IPPROTO_IPV6, IPV6_PORTRANGE]);
            if (range == IP_PORTRANGE_LOW && !isSuperUser) return Errno.EACCES;
            if (!TryFindPort(socket, range, address, out address)) return Errno.EADDRNOTAVAIL;
        }
        else if (!IsFree(socket, address))
        {
            return Errno.EADDRINUSE;
        }
        Enter(socket, address);
        return Errno.None;
    }

    /// <summary>A name for a socket that has accepted a connection: its listener's port, without a claim of its own.</summary>
    public void Release(Socket socket)
    {
        if (socket.Name is not InternetAddress { Port: > 0 } name) return;
        if (!_bound.TryGetValue((socket.Type, name.Port), out var sockets)) return;
        sockets.Remove(socket);
        if (sockets.Count == 0) _bound.Remove((socket.Type, name.Port));
    }

    /// <summary>in_pcblookup: who answers at an address; the most exactly bound first. Null: nobody.</summary>
    public Socket? Find(int type, InternetAddress destination, Func<Socket, bool> suits)
    {
        if (!_bound.TryGetValue((type, destination.Port), out var sockets)) return null;
        Socket? found = null;
        foreach (var socket in sockets)
        {
            if (!suits(socket) || !Covers(socket, destination)) continue;
            if (found is null || (((InternetAddress)found.Name).IsAny && !((InternetAddress)socket.Name).IsAny)) found = socket;
        }
        return found;
    }

    private static bool Covers(Socket socket, InternetAddress destination)
    {
        var name = (InternetAddress)socket.Name;
        if (name.Host == destination.Host) return true;
        if (!name.IsAny) return false;
        return destination.IsVersion4 ? socket.Domain == AF_INET || !socket.IsVersion6Only : socket.Domain == AF_INET6;
    }

    /// <summary>in_pcb_lport: the next free port of a range; in the low one they go downwards.</summary>
    private bool TryFindPort(Socket socket, int range, InternetAddress address, out InternetAddress found)
    {
        var (first, last) = range switch
        {
            IP_PORTRANGE_HIGH => (FirstHigh, LastHigh),
            IP_PORTRANGE_LOW => (FirstLow, LastLow),
            _ => (FirstEphemeral, LastEphemeral),
        };
        ref var next = ref _nextPorts[range];
        found = address;
        for (var tries = 0; tries <= Math.Abs(last - first); tries++)
        {
            if (next == 0) next = first;
            found = address with { Port = (ushort)next };
            next = next == last ? first : next + Math.Sign(last - first);
            if (IsFree(socket, found)) return true;
        }
        return false;
    }

    private bool IsFree(Socket socket, InternetAddress address)
    {
        if (!_bound.TryGetValue((socket.Type, address.Port), out var sockets)) return true;
        foreach (var other in sockets)
        {
            var name = (InternetAddress)other.Name;
            var overlaps = name.Host == address.Host
                || ((name.IsAny || address.IsAny) && (name.IsVersion4 == address.IsVersion4 || Spans(other, name) || Spans(socket, address)));
            if (!overlaps || (socket.Shares(SO_REUSEPORT) && other.Shares(SO_REUSEPORT))) continue;
            // SO_REUSEADDR: beside a more or less exact address, and beside connections, but never beside another listener.
            if (socket.Shares(SO_REUSEADDR) && !other.IsListening && (other.IsConnected || name.Host != address.Host)) continue;
            return false;
        }
        return true;
    }

    /// <summary>An IPv6 socket that takes IPv4 too.</summary>
    private static bool Spans(Socket socket, InternetAddress name) => socket.Domain == AF_INET6 && name.IsAny && !socket.IsVersion6Only;

    private void Enter(Socket socket, InternetAddress address)
    {
        if (!_bound.TryGetValue((socket.Type, address.Port), out var sockets)) _bound.Add((socket.Type, address.Port), sockets = []);
        sockets.Add(socket);
        socket.Name = address;
    }
}
