using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Files;

/// <summary>A request of nmount(2) for a file system that is not there yet.</summary>
/// <param name="Type">fstype.</param>
/// <param name="From">f_mntfromname.</param>
/// <param name="Flags">MNT_*.</param>
/// <param name="MaximumBytes">tmpfs's size; 0: as much as the machine has.</param>
/// <param name="MaximumFiles">tmpfs's inodes; 0: as many as the machine has.</param>
/// <param name="Mode">Permissions of its root; null: those of the directory that it covers.</param>
internal readonly record struct MountRequest(string Type, string From, ulong Flags, long MaximumBytes, int MaximumFiles, int? Mode, uint? User, uint? Group);

// vfs_mount.c: file systems that guests mount and unmount.
public sealed partial class FileSystem
{
    /// <summary>Mounts that there may be, those of the kernel included: ENOSPC beyond.</summary>
    private const int MostMounts = 256;

    private uint _lastMount = 0x71000200;

    /// <summary>File systems that can be mounted.</summary>
    internal static IReadOnlyList<string> MountableTypes { get; } = ["tmpfs", "devfs", "procfs", "fdescfs"];

    /// <summary>v_mountedhere, as long as something is mounted: the root of what covers the directory.</summary>
    private static Vnode Uncovered(Vnode vnode)
    {
        while (vnode is DirectoryVnode { MountedHere.Root: { } root }) vnode = root;
        return vnode;
    }

    /// <summary>vfs_domount_first: ENOTDIR, EBUSY when the directory is covered already, ENOSPC.</summary>
    internal Errno Mount(Kernel kernel, Vnode at, in MountRequest request)
    {
        if (at is not DirectoryVnode directory) return Errno.ENOTDIR;
        if (directory.MountedHere is not null) return Errno.EBUSY;
        if (_mounts.Count >= MostMounts) return Errno.ENOSPC;
        var mount = new Mount(++_lastMount, request.Type, (request.Flags & statfs.MNT_RDONLY) != 0, directory.Path) { From = request.From, Flags = request.Flags };
        if (request.Type == "tmpfs") mount.Budget = new MemoryBudget(LimitOf(request.MaximumBytes, Budget.MaximumBytes), (int)LimitOf(request.MaximumFiles, Budget.MaximumFiles)) { Parent = Budget };
        mount.Covered = directory;
        mount.Root = MakeRoot(kernel, mount, directory, request);
        mount.Root.Links = Math.Max(mount.Root.Links, 2);
        mount.Root.SetName(directory.Parent, directory.Name);
        directory.MountedHere = mount;
        _mounts.Add(mount);
        return Errno.None;
    }

    private static long LimitOf(long wanted, long most) => wanted <= 0 ? most : Math.Min(wanted, most);

    private DirectoryVnode MakeRoot(Kernel kernel, Mount mount, DirectoryVnode covered, in MountRequest request)
    {
        switch (mount.TypeName)
        {
            case "procfs":
                return Procfs.RootOf(kernel, this, mount);
            case "devfs":
                return new DeviceMountDirectory(this, mount, Devices);
            case "fdescfs":
                return new DescriptorDirectory(this, mount);
            default:
                // tmpfs_mount: the root is like the directory that it covers, unless the options say otherwise.
                var owner = new Caller(request.User ?? covered.UserId, request.Group ?? covered.GroupId, 0);
                return new MemoryDirectory(this, mount, request.Mode ?? covered.Permissions, owner);
        }
    }

    /// <summary>dounmount: EINVAL for the root, EBUSY for what is in use, unless it is forced; then open files live on without a name.</summary>
    internal Errno Unmount(Kernel kernel, Mount mount, bool isForced)
    {
        if (mount.Covered is not { } covered) return mount == Root.Mount ? Errno.EINVAL : Errno.EBUSY;
        if (_mounts.Exists(other => other.Covered?.Mount == mount)) return Errno.EBUSY;
        if (!isForced && kernel.Processes.Any(process => Uses(process, mount))) return Errno.EBUSY;
        covered.MountedHere = null;
        _mounts.Remove(mount);
        if (mount.TypeName == "tmpfs" && mount.Root is { } root) Clear(root);
        mount.Root = null;
        return Errno.None;
    }

    private static bool Uses(Process process, Mount mount)
    {
        var directory = process.Directory;
        if (directory.Vnode?.Mount == mount || directory.Root?.Mount == mount || directory.FirstRoot?.Mount == mount) return true;
        for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
            if (process.Files.Get(descriptor, out var file) == Errno.None && file.Target is Vnode vnode && vnode.Mount == mount) return true;
        return process.Vm?.Map.MapsFileOf(mount.Id) == true;
    }

    /// <summary>What a file system in memory has is given back.</summary>
    private static void Clear(DirectoryVnode directory)
    {
        foreach (var (name, vnode, _) in directory.List(0).ToArray())
        {
            if (vnode is DirectoryVnode below) Clear(below);
            directory.Remove(name);
        }
    }
}
