using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>A directory in memory: what tmpfs and devfs have.</summary>
public sealed class MemoryDirectory : DirectoryVnode
{
    private readonly Dictionary<string, long> _places = [];
    private readonly SortedDictionary<long, (string Name, Vnode Vnode)> _entries = [];
    private long _nextPlace = 2;

    public MemoryDirectory(FileSystem fileSystem, Mount mount, int permissions, Caller owner) : base(fileSystem, mount, permissions, owner) =>
        Links = 2;

    public override long Size => 16 * (_entries.Count + 2);

    public override bool IsEmpty => _entries.Count == 0;

    public override Errno Lookup(string name, out Vnode vnode)
    {
        vnode = _places.TryGetValue(name, out var place) ? _entries[place].Vnode : null!;
        return vnode is null ? Errno.ENOENT : Errno.None;
    }

    public override IEnumerable<DirectoryEntry> List(long offset)
    {
        foreach (var (place, (name, vnode)) in _entries)
            if (place >= offset) yield return new(name, vnode, place + 1);
    }

    public override void Enter(string name, Vnode vnode)
    {
        if (_places.ContainsKey(name)) Remove(name);
        _places[name] = _nextPlace;
        _entries[_nextPlace++] = (name, vnode);
        if (vnode is DirectoryVnode) Links++;
        else vnode.Links++;
        vnode.SetName(this, name);
        Modified = Changed = vnode.Changed = FileSystem.Now;
    }

    public override Errno Remove(string name)
    {
        _places.Remove(name, out var place);
        _entries.Remove(place, out var entry);
        var vnode = entry.Vnode;
        if (vnode is DirectoryVnode)
        {
            Links--;
            vnode.Links = 0;
        }
        else
        {
            vnode.Links--;
            // Each further name counts as a file, so that names have a limit too.
            if (vnode.Links > 0) Budget.ReturnFile();
        }
        if (vnode.Parent == this && vnode.Name == name) vnode.SetName(null, "");
        Modified = Changed = vnode.Changed = FileSystem.Now;
        vnode.ReclaimIfUnused();
        return Errno.None;
    }

    /// <summary>VOP_RENAME's last step: the file keeps its links on the way from one name to another.</summary>
    public override Errno Move(string oldName, DirectoryVnode to, string newName)
    {
        _places.Remove(oldName, out var place);
        _entries.Remove(place, out var entry);
        var vnode = entry.Vnode;
        if (vnode is DirectoryVnode) Links--;
        else vnode.Links--;
        Modified = Changed = FileSystem.Now;
        to.Enter(newName, vnode);
        return Errno.None;
    }

    protected override void Reclaim() => Budget.ReturnFile();
}
