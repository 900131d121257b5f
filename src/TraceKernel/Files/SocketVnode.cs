using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>The name of a local socket: what bind(2) makes. It stays when the socket goes, and then nobody answers.</summary>
internal sealed class SocketVnode(FileSystem fileSystem, Mount mount, int permissions, Caller owner, Socket socket)
    : Vnode(fileSystem, mount, S_IFSOCK, permissions, owner)
{
    /// <summary>VOP_UNP_CONNECT: the socket bound to it; null when that is closed.</summary>
    public Socket? Socket { get; private set; } = socket;

    /// <summary>The socket is closed.</summary>
    public void Detach() => Socket = null;

    protected override void Reclaim() => Budget.ReturnFile();
}
