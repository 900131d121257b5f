using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

// What sysctl(3) reports about a socket.
internal sealed partial class Socket
{
    public override FileKind Kind => FileKind.Socket;

    /// <summary>so_proto: IPPROTO_TCP or IPPROTO_UDP; 0 of local sockets.</summary>
    public int Protocol => Domain == AF_UNIX ? 0 : IsStream ? IPPROTO_TCP : IPPROTO_UDP;

    /// <summary>Bytes that wait to be read.</summary>
    public int Buffered => _bytes;

    /// <summary>The other side; null without one.</summary>
    public Socket? Peer => _peer;

    /// <summary>The name in the file system that it is bound to; null without one.</summary>
    public SocketVnode? Node => _node;
}
