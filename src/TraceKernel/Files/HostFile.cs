using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;
using TraceKernel.Host;
using TraceKernel.Vm;

namespace TraceKernel.Files;

/// <summary>
/// A host's regular file, readable and, where guests may write, writable as the host allows it; its bytes are copied, never mapped.
/// </summary>
internal sealed class HostFile : RegularVnode, IHostVnode
{
    private readonly string? _grantedPath;
    private long _size;
    private SafeFileHandle? _handle;
    private bool _canWrite;

    /// <summary>A guest changed the file since <see cref="Status"/> was read: the times on the host are not the guest's.</summary>
    private bool _isChangedByGuest;

    /// <param name="grantedPath">The path without links of a file that the operator granted by its own; null: found below a root.</param>
    public HostFile(FileSystem fileSystem, Mount mount, in HostStatus status, Caller owner, string? grantedPath = null)
        : base(fileSystem, mount, status.Permissions, owner)
    {
        _grantedPath = grantedPath;
        _size = status.Size;
        Status = status;
        Links = grantedPath is null ? status.Links : 1;
        Modified = Changed = Accessed = Born = status.Modified;
    }

    public HostStatus Status { get; private set; }

    Vnode IHostVnode.Vnode => this;

    public override long Size => _size;

    public override Errno Open(int flags)
    {
        if (OpenOnHost() is not Errno.None and var error) return error;
        return (flags & Fcntl.O_ACCMODE) != Fcntl.O_RDONLY && !_canWrite ? Errno.EACCES : Errno.None;
    }

    public void Refresh(in HostStatus status)
    {
        var former = Status;
        Status = status;
        Links = status.Links;
        Permissions = status.PermissionsAfter(former, Permissions);
        if (status.Size != _size) Resized(status.Size);
        if ((status.Size, status.Modified) != (former.Size, former.Modified)) VnodePager.Reload(this);
        if (status.Modified != former.Modified && !_isChangedByGuest) Modified = Changed = status.Modified;
        _isChangedByGuest = false;
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
        catch (Exception exception) when (HostErrors.Of(exception) is not null)
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

    protected override Errno Store(int permissions) => OnNode(node => node.SetPermissions(permissions & 0x1ff));

    protected override Errno StoreTimes(long? accessed, long? modified) => OnNode(node => node.SetTimes(accessed, modified));

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
            _isChangedByGuest = true;
            return Errno.None;
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } failed)
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
            _isChangedByGuest = true;
            return Errno.None;
        }
        catch (Exception exception) when (HostErrors.Of(exception) is { } failed)
        {
            return failed;
        }
    }

    /// <summary>Changes attributes, which needs no right to read or write the file.</summary>
    private Errno OnNode(Func<HostNode, Errno> act)
    {
        if (Find(out var node) is not Errno.None and var error) return error;
        using (node) error = act(node);
        _isChangedByGuest |= error == Errno.None;
        return error;
    }

    private Errno OpenOnHost()
    {
        // An empty file that nobody can write needs no handle.
        if (_handle is not null || (_size == 0 && Mount.IsReadOnly)) return Errno.None;
        if (Find(out var node) is not Errno.None and var error) return error;
        using (node)
        {
            error = Errno.EACCES;
            _canWrite = !Mount.IsReadOnly && (error = node.OpenFile(forWriting: true, out _handle)) == Errno.None;
            if (error == Errno.EACCES) error = node.OpenFile(forWriting: false, out _handle);
        }
        if (error != Errno.None)
        {
            _handle = null;
            return error;
        }
        Resized(RandomAccess.GetLength(_handle!));
        FileSystem.HostContents?.Opened(this, _handle!);
        return Errno.None;
    }

    /// <summary>The file on the host; ENOENT when another has taken its place below the root.</summary>
    private Errno Find(out HostNode node)
    {
        if (_grantedPath is not null) return HostNode.Reopen(_grantedPath, out node);
        node = null!;
        if (Parent is not HostDirectory directory) return Errno.ENOENT;
        if (directory.Find(Name, out node) is not Errno.None and var error) return error;
        if (node.Status.IsSameFile(Status)) return Errno.None;
        node.Dispose();
        return Errno.ENOENT;
    }
}
