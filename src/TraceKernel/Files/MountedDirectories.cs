using TraceKernel.Abi;

namespace TraceKernel.Files;

/// <summary>The root of another mount of devfs: the devices are those of /dev.</summary>
internal sealed class DeviceMountDirectory(FileSystem fileSystem, Mount mount, MemoryDirectory devices)
    : DirectoryVnode(fileSystem, mount, devices.Permissions, new Caller(0, 0, 0))
{
    public override bool IsEmpty => devices.IsEmpty;

    public override Errno Lookup(string name, out Vnode vnode) => devices.Lookup(name, out vnode);

    public override IEnumerable<DirectoryEntry> List(long offset) => devices.List(offset);

    public override void Enter(string name, Vnode vnode) => devices.Enter(name, vnode);

    public override Errno Remove(string name) => devices.Remove(name);

    public override Errno Move(string oldName, DirectoryVnode to, string newName) => Errno.EOPNOTSUPP;
}

/// <summary>The root of fdescfs(5): a name for each open descriptor of the process that looks.</summary>
internal sealed class DescriptorDirectory(FileSystem fileSystem, Mount mount) : FixedDirectory(fileSystem, mount, 0x16d, new Caller(0, 0, 0))
{
    private readonly Dictionary<int, DescriptorDevice> _devices = [];

    public override bool IsEmpty => false;

    // fdesc_lookup
    public override Errno Lookup(string name, out Vnode vnode)
    {
        vnode = null!;
        if (!int.TryParse(name, System.Globalization.NumberStyles.None, null, out var descriptor) || (name[0] == '0' && name.Length > 1)) return Errno.ENOENT;
        if (FileSystem.Reader is not { } reader || reader.Files.Get(descriptor, out _) is not Errno.None and var error)
            return FileSystem.Reader is null ? Errno.ENOENT : Errno.EBADF;
        if (!_devices.TryGetValue(descriptor, out var device))
        {
            _devices[descriptor] = device = new DescriptorDevice(FileSystem, Mount, new Caller(0, 0, 0), descriptor);
            device.SetName(this, name);
        }
        vnode = device;
        return Errno.None;
    }

    public override IEnumerable<DirectoryEntry> List(long offset)
    {
        var end = FileSystem.Reader?.Files.End ?? 0;
        for (var descriptor = (int)Math.Max(offset - 2, 0); descriptor < end; descriptor++)
            if (Lookup($"{descriptor}", out var vnode) == Errno.None) yield return new($"{descriptor}", vnode, descriptor + 3);
    }
}
