using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>
/// A directory whose names its file system alone makes: nothing can be created, linked, moved or removed in it (pfs_vnops.c, fdesc_vnops.c),
/// and whatever is mounted over its nodes cannot be seen.
/// </summary>
internal abstract class FixedDirectory(FileSystem fileSystem, Mount mount, int permissions, Caller owner, long? fileId = null)
    : DirectoryVnode(fileSystem, mount, permissions, owner, fileId)
{
    public override void Enter(string name, Vnode vnode)
    {
    }

    public override Errno Remove(string name) => Errno.EOPNOTSUPP;

    public override Errno Move(string oldName, DirectoryVnode to, string newName) => Errno.EOPNOTSUPP;

    public override Errno CreateFile(string name, int permissions, Caller owner, out Vnode vnode)
    {
        vnode = null!;
        return Errno.EOPNOTSUPP;
    }

    public override Errno CreateDirectory(string name, int permissions, Caller owner) => Errno.EOPNOTSUPP;

    public override Errno CreateLink(string name, string target, Caller owner) => Errno.EOPNOTSUPP;

    public override Errno CreateFifo(string name, int permissions, Caller owner) => Errno.EOPNOTSUPP;

    internal override Errno CreateSocket(string name, int permissions, Caller owner, Socket socket, out SocketVnode vnode)
    {
        vnode = null!;
        return Errno.EOPNOTSUPP;
    }

    public override Errno Link(string name, Vnode vnode) => Errno.EOPNOTSUPP;
}
