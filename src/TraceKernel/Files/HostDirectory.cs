using TraceKernel.Abi;
using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>
/// A directory of the host and the files that are mounted in it. Links of the host are followed by the guest's look-up alone, so that
/// none can lead out of the root.
/// </summary>
internal sealed partial class HostDirectory : DirectoryVnode, IHostVnode
{
    private readonly HostRoot _root;
    private readonly Caller _owner;
    private readonly Dictionary<string, Vnode> _mounted = [];

    /// <summary>The vnodes of names that were found before, so that one file of the host stays one vnode.</summary>
    private readonly Dictionary<string, IHostVnode> _known = [];

    /// <summary>A guest changed the directory or an entry since <see cref="Status"/> was read: the times on the host are not the guest's.</summary>
    private bool _isChangedByGuest;

    private HostDirectory(FileSystem fileSystem, Mount mount, HostRoot root, in HostStatus status, Caller owner)
        : base(fileSystem, mount, status.Permissions, owner)
    {
        _root = root;
        _owner = owner;
        Status = status;
        Links = 2;
        Modified = Changed = Accessed = Born = status.Modified;
    }

    /// <summary>The root of a mount.</summary>
    /// <param name="node">The host's directory; the vnode keeps it.</param>
    public HostDirectory(FileSystem fileSystem, Mount mount, HostNode node, Caller owner)
        : this(fileSystem, mount, new HostRoot(node), node.Status, owner) => _root.Directory = this;

    public HostStatus Status { get; private set; }

    Vnode IHostVnode.Vnode => this;

    public override long Size => 512;

    public override bool IsEmpty => ReadNames().Count == 0;

    public override Errno Lookup(string name, out Vnode vnode)
    {
        if (_mounted.TryGetValue(name, out vnode!)) return Errno.None;
        var error = Find(name, out var node);
        if (error != Errno.None)
        {
            _known.Remove(name);
            return error;
        }
        using (node)
        {
            vnode = Known(name, node).Vnode;
            vnode.SetName(this, name);
            return Errno.None;
        }
    }

    public override IEnumerable<DirectoryEntry> List(long offset)
    {
        var names = ReadNames().ToArray();
        for (var index = Math.Max(offset - 2, 0); index < names.Length; index++)
            if (Lookup(names[index], out var vnode) == Errno.None) yield return new(names[index], vnode, index + 3);
    }

    public override void Enter(string name, Vnode vnode)
    {
        _mounted[name] = vnode;
        if (vnode is not DirectoryVnode) vnode.Links++;
        vnode.SetName(this, name);
    }

    /// <summary>Finds an entry on the host as it is now.</summary>
    /// <returns>ENOENT, too, when the host has another directory in this one's place.</returns>
    internal Errno Find(string name, out HostNode node)
    {
        node = null!;
        var error = _root.Enter(this, out var directory);
        return error == Errno.None ? directory.Find(name, out node) : error;
    }

    public void Refresh(in HostStatus status)
    {
        Permissions = status.PermissionsAfter(Status, Permissions);
        if (status.Modified != Status.Modified && !_isChangedByGuest) Modified = Changed = status.Modified;
        Status = status;
        _isChangedByGuest = false;
    }

    /// <summary>The vnode of a file that was just found: the one it had before, if the name is still the same file's.</summary>
    private IHostVnode Known(string name, HostNode node)
    {
        if (_known.TryGetValue(name, out var known) && known.Status.IsSameFile(node.Status)) known.Refresh(node.Status);
        else _known[name] = known = _root.FindLinked(node.Status) ?? VnodeOf(node);
        _root.AddLinked(known);
        return known;
    }

    private IHostVnode VnodeOf(HostNode node)
    {
        switch (node.Status.Type)
        {
            case HostFileType.Directory:
                return new HostDirectory(FileSystem, Mount, _root, node.Status, _owner);
            case HostFileType.Regular:
                return new HostFile(FileSystem, Mount, node.Status, _owner);
            case HostFileType.SymbolicLink:
                node.ReadLink(out var target);
                return new HostLink(FileSystem, Mount, target, node.Status, _owner);
            default:
                return new HostSpecialFile(FileSystem, Mount, node.Status, _owner);
        }
    }

    /// <summary>In one order, whatever the host's: determinism.</summary>
    private SortedSet<string> ReadNames()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        // A directory that is gone or forbidden on the host has only what is mounted in it.
        if (_root.Enter(this, out var directory) == Errno.None) _ = directory.List(names);
        FileSystem.HostContents?.Listed(this, names);
        names.UnionWith(_mounted.Keys);
        return names;
    }
}
