using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Files;

/// <summary>
/// A host's regular file, readable and, where guests may write, writable as the host allows it; its bytes are copied, never mapped.
/// </summary>
internal sealed class HostFile : RegularVnode
{
    private readonly string _grantedPath;
    private long _size;
    private SafeFileHandle? _handle;
    private bool _canWrite;

    /// <param name="info">Of something that is neither a directory nor a link.</param>
    public HostFile(FileSystem fileSystem, Mount mount, FileInfo info, Caller owner)
        : base(fileSystem, mount, HostDirectory.PermissionsOf(info), owner)
    {
        _grantedPath = info.FullName;
        _size = info.Length;
        Links = 1;
        Modified = Changed = Accessed = Born = HostFiles.Nanoseconds(info.LastWriteTimeUtc);
    }

    public override long Size => _size;

    /// <summary>Where guests may move files, the path is that of the directory and the name of now.</summary>
    private string HostPath => !Mount.IsReadOnly && Parent is HostDirectory directory ? directory.PathOf(Name) : _grantedPath;

    public override Errno Open(int flags)
    {
        if (OpenOnHost() is not Errno.None and var error) return error;
        return (flags & Fcntl.O_ACCMODE) != Fcntl.O_RDONLY && !_canWrite ? Errno.EACCES : Errno.None;
    }

    /// <summary>The host has changed it.</summary>
    public void Refresh(FileInfo info)
    {
        var size = _handle is null ? info.Length : RandomAccess.GetLength(_handle);
        if (size != _size) Resized(size);
        VnodePager.Reload(this);
        Modified = Changed = HostFiles.Nanoseconds(info.LastWriteTimeUtc);
    }

    public override Errno ReadAt(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (OpenOnHost() is not Errno.None and var error) return error;
        var wanted = (int)Math.Clamp(_size - offset, 0, destination.Length);
        try
        {
            while (count < wanted)
            {
                var part = RandomAccess.Read(_handle!, destination[count..wanted], offset + count);
                // The host has cut the file while it is open.
                if (part == 0) return Errno.EIO;
                count += part;
            }
            return Errno.None;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is not null)
        {
            return Errno.EIO;
        }
    }

    public override Errno WriteAt(long offset, ReadOnlySpan<byte> source) =>
        Mount.IsReadOnly ? Errno.EROFS : StoreAt(offset, source[..(int)Math.Clamp(_size - offset, 0, source.Length)]);

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (offset > long.MaxValue - source.Length) return Errno.EFBIG;
        if (StoreAt(offset, source) is not Errno.None and var error) return error;
        count = source.Length;
        var grows = count > 0 && offset + count > _size;
        if (grows) Resized(offset + count);
        VnodePager.Written(this, offset, source);
        Notes.Post(grows ? Kevents.NOTE_WRITE | Kevents.NOTE_EXTEND : Kevents.NOTE_WRITE);
        return Errno.None;
    }

    public override Errno Truncate(long length) => Mount.IsReadOnly ? Errno.EROFS : length < 0 ? Errno.EINVAL : OnHandle(handle =>
    {
        RandomAccess.SetLength(handle, length);
        Resized(length);
        Notes.Post(Kevents.NOTE_ATTRIB);
    });

    public override Errno Allocate(long offset, long length) =>
        Mount.IsReadOnly ? Errno.EROFS : offset + length > _size ? Truncate(offset + length) : Errno.None;

    protected override Errno Store(int permissions) => OnHandle(handle => HostFiles.SetMode(handle, permissions));

    protected override Errno StoreTimes(long? accessed, long? modified) => OnHandle(handle =>
    {
        if (accessed is { } used) File.SetLastAccessTimeUtc(handle, HostFiles.Time(used));
        if (modified is { } changed) File.SetLastWriteTimeUtc(handle, HostFiles.Time(changed));
    });

    /// <summary>
    /// Handles of the host are few. A program that runs keeps its own, so that one rebuilt on the host keeps its old text.
    /// </summary>
    protected override void LastClosed()
    {
        if (!IsMapped) CloseOnHost();
    }

    protected override void Reclaim() => CloseOnHost();

    private void CloseOnHost()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private void Resized(long size)
    {
        var former = _size;
        _size = size;
        VnodePager.Resized(this, former, size);
    }

    private Errno StoreAt(long offset, ReadOnlySpan<byte> source)
    {
        if (OpenOnHost() is not Errno.None and var error) return error;
        if (!_canWrite) return Errno.EACCES;
        try
        {
            RandomAccess.Write(_handle!, source, offset);
            Modified = Changed = FileSystem.Now;
            return Errno.None;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } failed)
        {
            return failed;
        }
    }

    private Errno OnHandle(Action<SafeFileHandle> act)
    {
        if (OpenOnHost() is not Errno.None and var error) return error;
        try
        {
            act(_handle!);
            return Errno.None;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } failed)
        {
            return failed;
        }
    }

    private Errno OpenOnHost()
    {
        // Pipes, devices and sockets say size 0: opening one could block the server, or worse.
        if (_handle is not null || (_size == 0 && Mount.IsReadOnly)) return Errno.None;
        if (!Mount.IsReadOnly && Parent is not HostDirectory { IsIntact: true }) return Errno.ENOENT;
        try
        {
            (_handle, _canWrite) = HostFiles.Open(HostPath, !Mount.IsReadOnly);
            Resized(RandomAccess.GetLength(_handle));
            return Errno.None;
        }
        catch (NotSupportedException)
        {
            // It has no length: no regular file.
            CloseOnHost();
            return Errno.EOPNOTSUPP;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } error)
        {
            return error;
        }
    }
}
