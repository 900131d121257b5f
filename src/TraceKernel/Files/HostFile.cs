using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>A host's regular file, readable where the host allows it and never writable; its bytes are copied, never mapped.</summary>
internal sealed class HostFile : RegularVnode
{
    private readonly string _hostPath;
    private long _size;
    private SafeFileHandle? _handle;

    /// <param name="info">Of something that is neither a directory nor a link.</param>
    public HostFile(FileSystem fileSystem, Mount mount, FileInfo info, Caller owner)
        : base(fileSystem, mount, HostDirectory.PermissionsOf(info), owner)
    {
        _hostPath = info.FullName;
        _size = info.Length;
        Links = 1;
        Modified = Changed = Accessed = Born = HostFiles.Nanoseconds(info.LastWriteTimeUtc);
    }

    public override long Size => _size;

    public override Errno Open(int flags) => OpenOnHost();

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

    public override Errno WriteAt(long offset, ReadOnlySpan<byte> source) => Errno.EROFS;

    public override Errno Truncate(long length) => Errno.EROFS;

    public override Errno Allocate(long offset, long length) => Errno.EROFS;

    private Errno OpenOnHost()
    {
        // Pipes, devices and sockets say size 0: opening one could block the server, or worse.
        if (_handle is not null || _size == 0) return Errno.None;
        try
        {
            // The handle lives as long as this vnode, so that a program rebuilt on the host keeps its old text while it runs.
            _handle = File.OpenHandle(_hostPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _size = RandomAccess.GetLength(_handle);
            return Errno.None;
        }
        catch (Exception exception) when (HostFiles.Error(exception) is { } error)
        {
            return error;
        }
    }
}
