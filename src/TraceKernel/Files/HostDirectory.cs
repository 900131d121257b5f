using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>
/// A host's directory and what is mounted in it. The host is only ever asked about one name below directories that are no links, so no
/// link of the host can lead out: links are followed by the guest's look-up.
/// </summary>
internal sealed partial class HostDirectory : DirectoryVnode
{
    private readonly string _rootPath = "";
    private readonly Caller _owner;
    private readonly Dictionary<string, Vnode> _mounted = [];
    private readonly Dictionary<string, Known> _known = [];

    /// <summary>A name that was looked up before; another length or time means another file, or new contents where guests write.</summary>
    private readonly record struct Known(Vnode Vnode, FileAttributes Attributes, long Length, DateTime Modified);

    private HostDirectory(FileSystem fileSystem, Mount mount, FileSystemInfo info, Caller owner)
        : base(fileSystem, mount, PermissionsOf(info), owner)
    {
        _owner = owner;
        Links = 2;
        Modified = Changed = Accessed = Born = HostFiles.Nanoseconds(info.LastWriteTimeUtc);
    }

    /// <summary>The root of a mount.</summary>
    public HostDirectory(FileSystem fileSystem, Mount mount, DirectoryInfo info, Caller owner) : this(fileSystem, mount, (FileSystemInfo)info, owner) =>
        _rootPath = info.FullName;

    public override long Size => 512;

    public override bool IsEmpty => ReadNames().Count == 0;

    /// <summary>Where it is on the host now; guests may have moved it.</summary>
    private string HostPath => Parent is HostDirectory above ? above.PathOf(Name) : _rootPath;

    public static int PermissionsOf(FileSystemInfo info) => OperatingSystem.IsWindows() ? 0x1ed : (int)info.UnixFileMode & 0x1ff;

    public override Errno Lookup(string name, out Vnode vnode)
    {
        if (_mounted.TryGetValue(name, out vnode!)) return Errno.None;
        if (!HostFiles.TryHostName(name, out _) || !IsIntact) return Errno.ENOENT;
        try
        {
            return LookupOnHost(name, new FileInfo(PathOf(name)), out vnode);
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } error)
        {
            return error;
        }
    }

    public override IEnumerable<DirectoryEntry> List(long offset)
    {
        var names = ReadNames().ToArray();
        for (var index = offset - 2; index < names.Length; index++)
            if (Lookup(names[index], out var vnode) == Errno.None) yield return new(names[index], vnode, index + 3);
    }

    public override void Enter(string name, Vnode vnode)
    {
        _mounted[name] = vnode;
        if (vnode is not DirectoryVnode) vnode.Links++;
        vnode.SetName(this, name);
    }

    /// <summary>The host's path of a name that can be one of the host.</summary>
    internal string PathOf(string name)
    {
        HostFiles.TryHostName(name, out var hostName);
        return System.IO.Path.Combine(HostPath, hostName);
    }

    private Errno LookupOnHost(string name, FileInfo info, out Vnode vnode)
    {
        vnode = null!;
        var attributes = info.Attributes;
        if ((int)attributes == -1)
        {
            _known.Remove(name);
            return Errno.ENOENT;
        }
        var isLink = (attributes & FileAttributes.ReparsePoint) != 0;
        var isDirectory = !isLink && (attributes & FileAttributes.Directory) != 0;
        // A directory's time changes with each entry: it stays the same directory.
        var now = new Known(null!, attributes, isLink || isDirectory ? 0 : info.Length, isDirectory ? default : info.LastWriteTimeUtc);
        if (_known.TryGetValue(name, out var known) && IsStill(known, now, info))
        {
            vnode = known.Vnode;
            _known[name] = now with { Vnode = vnode };
            return Errno.None;
        }
        vnode = isLink ? Link(info)
            : isDirectory ? new HostDirectory(FileSystem, Mount, (FileSystemInfo)info, _owner)
            : new HostFile(FileSystem, Mount, info, _owner);
        vnode.SetName(this, name);
        _known[name] = now with { Vnode = vnode };
        return Errno.None;
    }

    private bool IsStill(in Known known, in Known now, FileInfo info)
    {
        if (now == known with { Vnode = null! }) return true;
        // What guests write is the same file all the while.
        if (Mount.IsReadOnly || known.Vnode is not HostFile file || (now.Attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != 0) return false;
        file.Refresh(info);
        return true;
    }

    private LinkVnode Link(FileInfo info)
    {
        var target = info.LinkTarget ?? "";
        if (OperatingSystem.IsWindows()) target = target.Replace('\\', '/');
        return new(FileSystem, Mount, HostFiles.GuestName(target), _owner) { Links = 1 };
    }

    /// <summary>In one order, whatever the host's: determinism.</summary>
    private SortedSet<string> ReadNames()
    {
        var names = new SortedSet<string>(_mounted.Keys, StringComparer.Ordinal);
        if (!IsIntact) return names;
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(HostPath)) names.Add(HostFiles.GuestName(System.IO.Path.GetFileName(path)));
        }
        catch (Exception exception) when (HostFiles.Error(exception) is not null)
        {
            // Gone or forbidden on the host: what is mounted here is all there is.
        }
        return names;
    }
}
