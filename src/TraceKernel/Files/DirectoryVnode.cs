using TraceKernel.Abi;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>One entry of a directory as getdirentries(2) lists it.</summary>
/// <param name="Next">The offset that continues after it (d_off).</param>
public readonly record struct DirectoryEntry(string Name, Vnode Vnode, long Next);

/// <summary>A directory, in memory or on the host.</summary>
public abstract class DirectoryVnode(FileSystem fileSystem, Mount mount, int permissions, Caller owner, long? fileId = null)
    : Vnode(fileSystem, mount, S_IFDIR, permissions, owner, fileId)
{
    /// <summary>v_mountedhere: the file system that covers it; null: none.</summary>
    internal Mount? MountedHere { get; set; }

    /// <summary>VOP_LOOKUP of a plain name, neither <c>.</c> nor <c>..</c>: ENOENT, or EACCES when the host refuses.</summary>
    public abstract Errno Lookup(string name, out Vnode vnode);

    /// <summary>The entries after <c>.</c> and <c>..</c> whose place is at or after <paramref name="offset"/>.</summary>
    public abstract IEnumerable<DirectoryEntry> List(long offset);

    public abstract bool IsEmpty { get; }

    /// <summary>TMPFS_LINK_MAX.</summary>
    public const int LinkMaximum = 32767;

    /// <summary>Enters a name that is free, or mounts something over it; access was checked.</summary>
    public abstract void Enter(string name, Vnode vnode);

    /// <summary>Takes a name away; access was checked.</summary>
    public abstract Errno Remove(string name);

    // VOP_CREATE and its like: a new file under a name that is free; access was checked. ENOSPC when there are too many.

    public virtual Errno CreateFile(string name, int permissions, Caller owner, out Vnode vnode)
    {
        vnode = null!;
        if (!Budget.TryTakeFile()) return Errno.ENOSPC;
        vnode = new MemoryFile(FileSystem, Mount, permissions, owner);
        return Entered(name, vnode);
    }

    public virtual Errno CreateDirectory(string name, int permissions, Caller owner) =>
        Budget.TryTakeFile() ? Entered(name, new MemoryDirectory(FileSystem, Mount, permissions, owner)) : Errno.ENOSPC;

    public virtual Errno CreateLink(string name, string target, Caller owner) =>
        Budget.TryTakeFile() ? Entered(name, new LinkVnode(FileSystem, Mount, target, owner)) : Errno.ENOSPC;

    public virtual Errno CreateFifo(string name, int permissions, Caller owner) =>
        Budget.TryTakeFile() ? Entered(name, new FifoVnode(FileSystem, Mount, permissions, owner)) : Errno.ENOSPC;

    internal virtual Errno CreateSocket(string name, int permissions, Caller owner, Socket socket, out SocketVnode vnode)
    {
        vnode = null!;
        if (!Budget.TryTakeFile()) return Errno.ENOSPC;
        vnode = new SocketVnode(FileSystem, Mount, permissions, owner, socket);
        return Entered(name, vnode);
    }

    /// <summary>A second name for a file of the same mount.</summary>
    public virtual Errno Link(string name, Vnode vnode)
    {
        if (vnode.Links >= LinkMaximum) return Errno.EMLINK;
        return Budget.TryTakeFile() ? Entered(name, vnode) : Errno.ENOSPC;
    }

    /// <summary>Gives an entry a new name, perhaps in another directory of the mount; the name is free.</summary>
    public abstract Errno Move(string oldName, DirectoryVnode to, string newName);

    private Errno Entered(string name, Vnode vnode)
    {
        Enter(name, vnode);
        return Errno.None;
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.EISDIR;
    }

    /// <summary>VOP_READDIR with the two entries that every directory has.</summary>
    public IEnumerable<DirectoryEntry> ReadEntries(long offset)
    {
        if (offset < 1) yield return new(".", this, 1);
        if (offset < 2) yield return new("..", Parent ?? this, 2);
        foreach (var entry in List(Math.Max(offset, 2))) yield return entry;
    }
}
