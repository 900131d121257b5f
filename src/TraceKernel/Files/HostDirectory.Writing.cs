using TraceKernel.Abi;
using TraceKernel.Host;

namespace TraceKernel.Files;

// What guests do where --root-writable lets them; elsewhere EROFS stops them before they come here.
internal sealed partial class HostDirectory
{
    public override Errno CreateFile(string name, int permissions, Caller owner, out Vnode vnode)
    {
        vnode = null!;
        var error = OnHost(directory => directory.CreateFile(name, permissions & 0x1ff));
        return error == Errno.None ? Lookup(name, out vnode) : error;
    }

    public override Errno CreateDirectory(string name, int permissions, Caller owner) =>
        OnHost(directory => directory.CreateDirectory(name, permissions & 0x1ff));

    public override Errno CreateLink(string name, string target, Caller owner) => OnHost(directory => directory.CreateLink(name, target));

    // A FIFO or socket of the host would be open to the host's processes.
    public override Errno CreateFifo(string name, int permissions, Caller owner) => Errno.EOPNOTSUPP;

    internal override Errno CreateSocket(string name, int permissions, Caller owner, Socket socket, out SocketVnode vnode)
    {
        vnode = null!;
        return Errno.EOPNOTSUPP;
    }

    public override Errno Link(string name, Vnode vnode)
    {
        if (vnode is not HostFile { Parent: HostDirectory directory } file) return Errno.EOPNOTSUPP;
        if (directory.Find(file.Name, out var node) is not Errno.None and var error) return error;
        using (node)
        {
            if (!node.Status.IsSameFile(file.Status)) return Errno.ENOENT;
            error = OnHost(here => here.Link(node, name));
        }
        if (error != Errno.None) return error;
        file.Refresh(file.Status with { Links = file.Status.Links + 1 });
        _root.AddLinked(file);
        return Errno.None;
    }

    public override Errno Remove(string name)
    {
        // Mounted files are never removed.
        if (_mounted.Remove(name)) return Errno.None;
        if (Lookup(name, out var vnode) is not Errno.None and var error) return error;
        if (vnode is HostDirectory) _root.Leave();
        error = OnHost(directory => directory.Remove(name, vnode is DirectoryVnode));
        if (error != Errno.None) return error;
        _known.Remove(name);
        vnode.Links = vnode is DirectoryVnode ? 0 : vnode.Links - 1;
        if (vnode.Links == 0) _root.RemoveLinked((IHostVnode)vnode);
        vnode.SetName(null, "");
        vnode.ReclaimIfUnused();
        return Errno.None;
    }

    public override Errno Move(string oldName, DirectoryVnode to, string newName)
    {
        if (to is not HostDirectory target || target._root != _root) return Errno.EXDEV;
        if (Lookup(oldName, out var vnode) is not Errno.None and var error) return error;
        if ((error = _root.Enter(target, out var targetNode)) != Errno.None) return error;
        // It stays valid while this directory is entered.
        using var held = target == this ? null : _root.Detach();
        error = OnHost(directory => directory.Move(oldName, targetNode, newName));
        if (error != Errno.None) return error;
        target._isChangedByGuest = true;
        target.Modified = target.Changed = FileSystem.Now;
        if (_known.Remove(oldName, out var known)) target._known[newName] = known;
        vnode.SetName(target, newName);
        return Errno.None;
    }

    protected override Errno Store(int permissions) => OnHost(directory => directory.SetPermissions(permissions & 0x1ff));

    protected override Errno StoreTimes(long? accessed, long? modified) => OnHost(directory => directory.SetTimes(accessed, modified));

    /// <summary>Does something to this directory, or to a name in it.</summary>
    private Errno OnHost(Func<HostNode, Errno> act)
    {
        var error = _root.Enter(this, out var directory);
        if (error == Errno.None) error = act(directory);
        if (error != Errno.None) return error;
        _isChangedByGuest = true;
        Modified = Changed = FileSystem.Now;
        return Errno.None;
    }
}
