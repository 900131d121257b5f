using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>
/// A file of a host whose directories .NET reaches by path alone: for reading only. A path is looked at component by component before
/// and after the file is opened, and a link in it is refused; a host process that exchanges a directory for a link and back within one
/// such operation is not noticed.
/// </summary>
internal sealed class PathNode : HostNode
{
    private readonly string _path;
    private readonly PathNode? _parent;

    private PathNode(string path, PathNode? parent, FileSystemInfo info) : base(StatusOf(info))
    {
        _path = path;
        _parent = parent;
    }

    internal static Errno OpenPath(string path, out HostNode node, out string realPath)
    {
        node = null!;
        realPath = path;
        try
        {
            FileSystemInfo info = new FileInfo(path);
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            realPath = HostNames.ToGuest(info.FullName);
            return Wrap(info.FullName, null, out node);
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } error)
        {
            return error;
        }
    }

    public override Errno Find(string name, out HostNode node)
    {
        node = null!;
        if (Status.Type != HostFileType.Directory) return Errno.ENOTDIR;
        if (!HostNames.TryToHost(name, out var hostName) || !IsIntact) return Errno.ENOENT;
        try
        {
            return Wrap(Path.Combine(_path, hostName), this, out node);
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } error)
        {
            return error;
        }
    }

    public override Errno List(ICollection<string> names)
    {
        if (!IsIntact) return Errno.ENOENT;
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(_path)) names.Add(HostNames.ToGuest(Path.GetFileName(path)));
            return IsIntact ? Errno.None : Errno.ENOENT;
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } error)
        {
            return error;
        }
    }

    public override Errno ReadLink(out string target)
    {
        target = new FileInfo(_path).LinkTarget ?? "";
        if (OperatingSystem.IsWindows()) target = target.Replace('\\', '/');
        target = HostNames.ToGuest(target);
        return target.Length > 0 ? Errno.None : Errno.EINVAL;
    }

    public override Errno OpenFile(bool forWriting, out SafeFileHandle handle)
    {
        handle = null!;
        if (forWriting) return Errno.EACCES;
        // A FIFO, a device or a socket has no length.
        if (Status.Type != HostFileType.Regular || Status.Size == 0) return Errno.EOPNOTSUPP;
        if (!IsIntact) return Errno.ENOENT;
        try
        {
            handle = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (IsIntact) return Errno.None;
            handle.Dispose();
            return Errno.ENOENT;
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } error)
        {
            return error;
        }
    }

    protected override void Dispose(bool isDisposing)
    {
        // A path holds nothing of the host.
    }

    /// <summary>No component below the root has become a link.</summary>
    private bool IsIntact
    {
        get
        {
            for (var node = this; node._parent is not null; node = node._parent)
                if ((File.GetAttributes(node._path) & FileAttributes.ReparsePoint) != 0) return false;
            return true;
        }
    }

    private static Errno Wrap(string path, PathNode? parent, out HostNode node)
    {
        node = null!;
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if ((int)info.Attributes == -1) return Errno.ENOENT;
        node = new PathNode(path, parent, info);
        return Errno.None;
    }

    /// <summary>A host without inode numbers: another time of creation means another file.</summary>
    private static HostStatus StatusOf(FileSystemInfo info)
    {
        var type = (info.Attributes & FileAttributes.ReparsePoint) != 0 ? HostFileType.SymbolicLink
            : (info.Attributes & FileAttributes.Directory) != 0 ? HostFileType.Directory : HostFileType.Regular;
        var permissions = OperatingSystem.IsWindows() ? 0x1ed : (int)info.UnixFileMode & 0x1ff;
        var modified = (info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100;
        var size = type == HostFileType.Regular ? ((FileInfo)info).Length : 0;
        return new(0, (ulong)info.CreationTimeUtc.Ticks, type, permissions, 1, size, modified, modified);
    }
}
