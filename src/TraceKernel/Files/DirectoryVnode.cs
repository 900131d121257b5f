using TraceKernel.Abi;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>One entry of a directory as getdirentries(2) lists it.</summary>
/// <param name="Next">The offset that continues after it (d_off).</param>
public readonly record struct DirectoryEntry(string Name, Vnode Vnode, long Next);

/// <summary>A directory, in memory or on the host.</summary>
public abstract class DirectoryVnode(FileSystem fileSystem, Mount mount, int permissions, Caller owner)
    : Vnode(fileSystem, mount, S_IFDIR, permissions, owner)
{
    /// <summary>VOP_LOOKUP of a plain name, neither <c>.</c> nor <c>..</c>: ENOENT, or EACCES when the host refuses.</summary>
    public abstract Errno Lookup(string name, out Vnode vnode);

    /// <summary>The entries after <c>.</c> and <c>..</c> whose place is at or after <paramref name="offset"/>.</summary>
    public abstract IEnumerable<DirectoryEntry> List(long offset);

    public abstract bool IsEmpty { get; }

    /// <summary>Enters a name that is free, or mounts something over it; access was checked.</summary>
    public abstract void Enter(string name, Vnode vnode);

    /// <summary>Takes a name away; access was checked.</summary>
    public abstract void Remove(string name);

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
