using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>
/// A file of a Linux host by an O_PATH descriptor, which names the file itself: opening it has no effect on the file, not even on a FIFO or
/// a device. The file's own operations reach it through <c>/proc/self/fd</c>, so that nothing is looked up by name a second time.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxNode : HostNode
{
    private readonly SafeFileHandle _handle;

    private LinuxNode(SafeFileHandle handle, HostStatus status) : base(status) => _handle = handle;

    private byte[] DescriptorPath => LinuxFileCalls.Bytes(LinuxFileCalls.DescriptorPath(_handle));

    internal static Errno OpenPath(string path, out HostNode node, out string realPath)
    {
        realPath = path;
        var handle = LinuxFileCalls.Open(LinuxFileCalls.Bytes(HostNames.ToGuest(path)), LinuxFileCalls.PathOnly, out var error);
        if (error == Errno.None) error = LinuxFileCalls.PathOf(handle, out realPath);
        return Wrap(handle, error, out node);
    }

    public override Errno Find(string name, out HostNode node)
    {
        var flags = LinuxFileCalls.PathOnly | LinuxFileCalls.NoFollow;
        var handle = LinuxFileCalls.OpenAt(_handle, LinuxFileCalls.Bytes(name), flags, out var error);
        return Wrap(handle, error, out node);
    }

    public override Errno List(ICollection<string> names) => LinuxFileCalls.List(_handle, names);

    public override Errno ReadLink(out string target) => LinuxFileCalls.ReadLink(_handle, out target);

    public override Errno OpenFile(bool forWriting, out SafeFileHandle handle)
    {
        handle = null!;
        if (Status.Type != HostFileType.Regular) return Errno.EOPNOTSUPP;
        // O_NONBLOCK: a file with a lease (fcntl(2), F_SETLEASE) would make open wait for its holder.
        var flags = (forWriting ? LinuxFileCalls.ReadWrite : LinuxFileCalls.ReadOnly) | LinuxFileCalls.NonBlocking;
        handle = LinuxFileCalls.Open(DescriptorPath, flags, out var error);
        return error;
    }

    public override Errno CreateFile(string name, int permissions)
    {
        LinuxFileCalls.CreateAt(_handle, LinuxFileCalls.Bytes(name), permissions, out var error).Dispose();
        return error;
    }

    public override Errno CreateDirectory(string name, int permissions)
    {
        var error = LinuxFileCalls.MakeDirectoryAt(_handle, LinuxFileCalls.Bytes(name), permissions);
        if (error != Errno.None || (error = Find(name, out var made)) != Errno.None) return error;
        // The host's umask has no say in what a guest creates.
        using (made) return made.Status.Type == HostFileType.Directory ? made.SetPermissions(permissions) : Errno.ENOENT;
    }

    public override Errno CreateLink(string name, string target) =>
        LinuxFileCalls.MakeLinkAt(LinuxFileCalls.Bytes(target), _handle, LinuxFileCalls.Bytes(name));

    public override Errno Link(HostNode file, string name) =>
        LinuxFileCalls.LinkAt(((LinuxNode)file)._handle, _handle, LinuxFileCalls.Bytes(name));

    public override Errno Remove(string name, bool isDirectory) =>
        LinuxFileCalls.UnlinkAt(_handle, LinuxFileCalls.Bytes(name), isDirectory);

    public override Errno Move(string name, HostNode directory, string newName) =>
        LinuxFileCalls.RenameAt(_handle, LinuxFileCalls.Bytes(name), ((LinuxNode)directory)._handle, LinuxFileCalls.Bytes(newName));

    public override Errno SetPermissions(int permissions) => LinuxFileCalls.SetPermissions(DescriptorPath, permissions);

    public override Errno SetTimes(long? accessed, long? modified) =>
        LinuxFileCalls.SetTimes(DescriptorPath, accessed, modified);

    protected override void Dispose(bool isDisposing)
    {
        if (isDisposing) _handle.Dispose();
    }

    private static Errno Wrap(SafeFileHandle handle, Errno error, out HostNode node)
    {
        node = null!;
        HostStatus status = default;
        if (error == Errno.None) error = LinuxFileCalls.GetStatus(handle, out status);
        if (error == Errno.None) node = new LinuxNode(handle, status);
        else handle.Dispose();
        return error;
    }
}
