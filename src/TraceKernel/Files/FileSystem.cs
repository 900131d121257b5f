using TraceKernel.Abi;
using TraceKernel.Host;

namespace TraceKernel.Files;

/// <summary>
/// The name space of one kernel's guests: a root in memory or a host directory, <c>/tmp</c> and <c>/dev</c> always in memory, and host
/// files that were granted one by one. Nothing else of the host can be reached.
/// </summary>
public sealed partial class FileSystem
{
    private static readonly Caller s_root = new(0, 0, 0);
    /// <summary>Host files belong to the user that guests run as.</summary>
    private static readonly Caller s_user = new(1001, 1001, 0);

    private readonly Func<long> _clock;
    private readonly Mount _memory = new(0x71000001, "tmpfs", isReadOnly: false, "/");
    private readonly List<Mount> _mounts = [];
    private uint _lastGrant = 0x71000100;
    private long _lastFileId = 1;

    /// <param name="hostRoot">Host directory that is the guests' <c>/</c>; null: an empty root in memory.</param>
    /// <param name="isRootWritable">What guests do below the host directory is done on the host.</param>
    /// <param name="clock">Nanoseconds since 1970.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="hostRoot"/> is no directory.</exception>
    public FileSystem(string? hostRoot, bool isRootWritable, MemoryBudget budget, Func<long> clock, EntropySource entropy)
    {
        _clock = clock;
        Budget = budget;
        Root = hostRoot is null ? new MemoryDirectory(this, _memory, 0x1ed, s_root) : HostRoot(hostRoot, isRootWritable);
        if (hostRoot is not null) _memory = new(0x71000001, "tmpfs", isReadOnly: false, "/tmp");
        _mounts.Add(Root.Mount);
        if (hostRoot is not null) _mounts.Add(_memory);
        Root.Enter("tmp", new MemoryDirectory(this, _memory, 0x3ff, s_root));
        var mount = new Mount(0x71000002, "devfs", isReadOnly: false, "/dev");
        _mounts.Add(mount);
        var devices = new MemoryDirectory(this, mount, 0x16d, s_root);
        Root.Enter("dev", devices);
        Devices = devices;
        MakeDevices(devices, mount, entropy);
        if (hostRoot is not null) HidePseudoFiles(hostRoot);
    }

    /// <summary>rootvnode.</summary>
    public DirectoryVnode Root { get; }

    /// <summary>/dev.</summary>
    internal MemoryDirectory Devices { get; }

    /// <summary>What files in memory may take.</summary>
    public MemoryBudget Budget { get; }

    /// <summary>Reports what guests find on the host; null: nobody wants to know.</summary>
    internal HostContents? HostContents { get; set; }

    /// <summary>What poll(2), select(2) and the like sleep on: woken whenever any file's readiness changes.</summary>
    public object PollChannel { get; } = new();

    /// <summary>Where files in memory are.</summary>
    internal Mount MemoryMount => _memory;

    /// <summary>mountlist, the root's first.</summary>
    public IReadOnlyList<Mount> Mounts => _mounts;

    /// <summary>Who waits for a lock on a file, for finding circles.</summary>
    internal List<(AdvisoryLocks Locks, LockRequest Wanted)> LockWaiters { get; } = [];

    /// <summary>Nanoseconds since 1970.</summary>
    public long Now => _clock();

    internal long NextFileId() => ++_lastFileId;

    /// <summary>The guest's name of a host path: the same path, with slashes, from the root.</summary>
    public static string GuestPath(string hostPath)
    {
        var path = HostNames.ToGuest(Path.GetFullPath(hostPath));
        return OperatingSystem.IsWindows() ? "/" + path.Replace('\\', '/') : path;
    }

    /// <summary>
    /// Makes one host file visible, read-only; links of the host are followed here, directories on the way appear in memory.
    /// </summary>
    /// <returns>ENOENT or EACCES of the host, EISDIR for a directory, ENOTDIR when a file of the guest is in the way.</returns>
    public Errno Grant(string hostPath, string guestPath)
    {
        if (HostNode.Open(hostPath, out var node, out var realPath) is not Errno.None and var error) return error;
        using (node)
        {
            if (node.Status.Type == HostFileType.Directory) return Errno.EISDIR;
            var mount = new Mount(++_lastGrant, "nullfs", isReadOnly: true, guestPath);
            return Place(guestPath, new HostFile(this, mount, node.Status, s_user, realPath));
        }
    }

    /// <summary>Puts a file of given contents there, such as a built-in guest; guests may read and execute it.</summary>
    /// <param name="modified">Its st_mtim, in nanoseconds since 1970.</param>
    public Errno AddFile(string guestPath, ReadOnlySpan<byte> contents, long modified)
    {
        var file = new MemoryFile(this, _memory, 0x16d, s_root);
        if (!Budget.TryTakeFile() || file.Write(null!, 0, contents, out var count) != Errno.None || count < contents.Length)
            return Errno.ENOSPC;
        return Place(guestPath, file);
    }

    /// <summary>What has that full name, whoever asks.</summary>
    internal Errno FindAsKernel(string path, out Vnode vnode)
    {
        var error = Lookup(s_root, Root, path, follow: true, Intent.Find, out var found);
        vnode = found.Vnode!;
        return error;
    }

    /// <summary>The regular file of that absolute name, whoever asks; EACCES when it is something else.</summary>
    public Errno FindRegular(string guestPath, out RegularVnode file)
    {
        file = null!;
        var error = Lookup(s_root, Root, guestPath, follow: true, Intent.Find, out var found);
        if (error != Errno.None) return error;
        file = (found.Vnode as RegularVnode)!;
        return found.Vnode is null ? Errno.ENOENT : file is null ? Errno.EACCES : Errno.None;
    }

    /// <summary>Makes a directory of the guest and those above it, in memory, where they do not exist.</summary>
    public Errno MakeDirectories(string guestPath) => DirectoryFor(guestPath.Split('/', StringSplitOptions.RemoveEmptyEntries), out _);

    private Errno Place(string guestPath, Vnode vnode)
    {
        var names = guestPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) return Errno.EISDIR;
        if (names.Contains("..") || names.Contains(".")) return Errno.EINVAL;
        if (DirectoryFor(names.AsSpan(0, names.Length - 1), out var directory) is not Errno.None and var error) return error;
        if (directory.Lookup(names[^1], out var there) == Errno.None && there is DirectoryVnode) return Errno.EISDIR;
        directory.Enter(names[^1], vnode);
        return Errno.None;
    }

    private Errno DirectoryFor(ReadOnlySpan<string> names, out DirectoryVnode directory)
    {
        directory = Root;
        foreach (var name in names)
        {
            var error = Lookup(s_root, directory, name, follow: true, Intent.Find, out var found);
            var next = found.Vnode;
            if (error == Errno.ENOENT)
            {
                if (!Budget.TryTakeFile()) return Errno.ENOSPC;
                next = new MemoryDirectory(this, _memory, 0x1ed, s_user);
                directory.Enter(name, next);
            }
            else if (error != Errno.None)
            {
                return error;
            }
            if (next is not DirectoryVnode below) return Errno.ENOTDIR;
            directory = below;
        }
        return Errno.None;
    }

    /// <summary>Mounts a file system on a directory of the root, which need not be there.</summary>
    internal void MountAt(string name, Mount mount, DirectoryVnode root)
    {
        _mounts.Add(mount);
        Root.Enter(name, root);
    }

    /// <summary>The host's process and system tables are no files, and none of the guests' business: they see empty directories.</summary>
    private void HidePseudoFiles(string hostRoot)
    {
        if (OperatingSystem.IsWindows() || System.IO.Path.GetFullPath(hostRoot) != "/") return;
        foreach (var name in (ReadOnlySpan<string>)["proc", "sys"])
            if (Root.Lookup(name, out _) == Errno.None) Root.Enter(name, new MemoryDirectory(this, _memory, 0x16d, s_root));
    }

    private HostDirectory HostRoot(string hostRoot, bool isWritable)
    {
        if (isWritable && !HostNode.CanWrite) throw new PlatformNotSupportedException("this host cannot resolve names below directory handles");
        // The root itself may be given by a link; nothing below is followed.
        if (HostNode.Open(hostRoot, out var node, out _) != Errno.None || node.Status.Type != HostFileType.Directory)
            throw new DirectoryNotFoundException($"{hostRoot} is not a directory");
        return new HostDirectory(this, new Mount(0x71000004, "nullfs", isReadOnly: !isWritable, "/"), node, s_user);
    }

    /// <summary>A directory of /dev.</summary>
    internal MemoryDirectory MakeDeviceDirectory(string name)
    {
        var directory = new MemoryDirectory(this, Devices.Mount, 0x16d, s_root);
        Devices.Enter(name, directory);
        return directory;
    }

    private void MakeDevices(MemoryDirectory devices, Mount mount, EntropySource entropy)
    {
        devices.Enter("null", new NullDevice(this, mount, s_root));
        devices.Enter("zero", new ZeroDevice(this, mount, s_root));
        devices.Enter("full", new FullDevice(this, mount, s_root));
        devices.Enter("random", new RandomDevice(this, mount, s_root, entropy));
        devices.Enter("urandom", new LinkVnode(this, mount, "random", s_root));
        devices.Enter("ptmx", new PseudoTerminalDevice(this, mount, s_root));
        devices.Enter("tty", new ControllingTerminalDevice(this, mount, s_root));
        var descriptors = new MemoryDirectory(this, mount, 0x16d, s_root);
        devices.Enter("fd", descriptors);
        for (var descriptor = 0; descriptor <= 2; descriptor++)
            descriptors.Enter($"{descriptor}", new DescriptorDevice(this, mount, s_root, descriptor));
        devices.Enter("stdin", new LinkVnode(this, mount, "fd/0", s_root));
        devices.Enter("stdout", new LinkVnode(this, mount, "fd/1", s_root));
        devices.Enter("stderr", new LinkVnode(this, mount, "fd/2", s_root));
    }
}
