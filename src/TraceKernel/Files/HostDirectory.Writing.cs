using TraceKernel.Abi;

namespace TraceKernel.Files;

// What guests do where --root-writable lets them; elsewhere EROFS stops them before they come here.
internal sealed partial class HostDirectory
{
    /// <summary>
    /// Guests that may make links and move directories must not get out by them: every directory on the way still is one. Where nobody
    /// writes nothing can have changed.
    /// </summary>
    internal bool IsIntact
    {
        get
        {
            if (Mount.IsReadOnly) return true;
            var directory = this;
            for (; directory.Parent is HostDirectory above; directory = above)
                if (!IsDirectory(directory.HostPath)) return false;
            return directory._rootPath.Length > 0;
        }
    }

    private static bool IsDirectory(string hostPath)
    {
        try
        {
            return (File.GetAttributes(hostPath) & (FileAttributes.Directory | FileAttributes.ReparsePoint)) == FileAttributes.Directory;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is not null)
        {
            return false;
        }
    }

    public override Errno CreateFile(string name, int permissions, Caller owner, out Vnode vnode)
    {
        vnode = null!;
        // O_EXCL follows no link.
        var error = OnHost(name, path => HostFiles.Create(path, permissions).Dispose());
        return error == Errno.None ? Lookup(name, out vnode) : error;
    }

    public override Errno CreateDirectory(string name, int permissions, Caller owner) => OnHost(name, path =>
    {
        Directory.CreateDirectory(path);
        HostFiles.SetMode(path, permissions);
    });

    public override Errno CreateLink(string name, string target, Caller owner)
    {
        if (!HostFiles.TryHostName(target, out var hostTarget)) return Errno.EINVAL;
        return OnHost(name, path => File.CreateSymbolicLink(path, hostTarget));
    }

    // The host has no portable way to make these.
    public override Errno CreateFifo(string name, int permissions, Caller owner) => Errno.EOPNOTSUPP;

    internal override Errno CreateSocket(string name, int permissions, Caller owner, Socket socket, out SocketVnode vnode)
    {
        vnode = null!;
        return Errno.EOPNOTSUPP;
    }

    public override Errno Link(string name, Vnode vnode) => Errno.EOPNOTSUPP;

    public override Errno Remove(string name)
    {
        // Mounted files are never removed.
        if (_mounted.Remove(name)) return Errno.None;
        if (Lookup(name, out var vnode) is not Errno.None and var error) return error;
        error = OnHost(name, path =>
        {
            if (vnode is DirectoryVnode) Directory.Delete(path);
            else File.Delete(path);
        });
        if (error != Errno.None) return error;
        _known.Remove(name);
        vnode.Links = 0;
        vnode.SetName(null, "");
        vnode.ReclaimIfUnused();
        return Errno.None;
    }

    public override Errno Move(string oldName, DirectoryVnode to, string newName)
    {
        if (to is not HostDirectory target) return Errno.EXDEV;
        if (Lookup(oldName, out var vnode) is not Errno.None and var error) return error;
        if (!target.IsIntact || !HostFiles.TryHostName(newName, out _)) return Errno.ENOENT;
        var newPath = target.PathOf(newName);
        error = OnHost(oldName, path =>
        {
            if (vnode is DirectoryVnode) Directory.Move(path, newPath);
            else File.Move(path, newPath);
        });
        if (error != Errno.None) return error;
        _known.Remove(oldName, out var known);
        target._known[newName] = known;
        vnode.SetName(target, newName);
        return Errno.None;
    }

    protected override Errno Store(int permissions) => OnHost("", path => HostFiles.SetMode(path, permissions));

    protected override Errno StoreTimes(long? accessed, long? modified) => OnHost("", path =>
    {
        if (accessed is { } used) Directory.SetLastAccessTimeUtc(path, HostFiles.Time(used));
        if (modified is { } changed) Directory.SetLastWriteTimeUtc(path, HostFiles.Time(changed));
    });

    /// <summary>Does something to a name of this directory; to itself, if the name is empty.</summary>
    private Errno OnHost(string name, Action<string> act)
    {
        if (name.Length > 0 && !HostFiles.TryHostName(name, out _)) return Errno.EINVAL;
        if (!IsIntact) return Errno.ENOENT;
        try
        {
            act(name.Length > 0 ? PathOf(name) : HostPath);
            Modified = Changed = FileSystem.Now;
            return Errno.None;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } error)
        {
            return error;
        }
    }
}
