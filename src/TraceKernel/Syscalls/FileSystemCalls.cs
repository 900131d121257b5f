using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>What can be asked about file systems: statfs(2) and getfsstat(2), in today's form and in that of FreeBSD 11.</summary>
internal static class FileSystemCalls
{
    private const int BlockBytes = 4096;

    /// <summary>Turns a file system's figures into one of the three forms of the structure.</summary>
    internal delegate byte[] Writer(in statfs values, Mount mount);

    [Syscall(555, "int statfs(const char *path, struct statfs *buf)")]
    internal static Errno statfs(SystemCall call) => Named(call, Write);

    [Syscall(396, "int freebsd11_statfs(const char *path, struct freebsd11_statfs *buf)")]
    internal static Errno freebsd11_statfs(SystemCall call) => Named(call, WriteOld);

    [Syscall(556, "int fstatfs(int fd, struct statfs *buf)")]
    internal static Errno fstatfs(SystemCall call) => Open(call, Write);

    [Syscall(397, "int freebsd11_fstatfs(int fd, struct freebsd11_statfs *buf)")]
    internal static Errno freebsd11_fstatfs(SystemCall call) => Open(call, WriteOld);

    [Syscall(557, "int getfsstat(struct statfs *buf, long bufsize, int mode)")]
    internal static Errno getfsstat(SystemCall call) => All(call, Write, counts: call[0] == 0 || call[1] == 0);

    [Syscall(395, "int freebsd11_getfsstat(struct freebsd11_statfs *buf, long bufsize, int mode)")]
    internal static Errno freebsd11_getfsstat(SystemCall call) => All(call, WriteOld, counts: call[1] < Abi.statfs.OldBytes);

    /// <summary>The figures of a file system, in today's form, for fhstatfs(2).</summary>
    internal static Errno CopyOut(SystemCall call, Mount mount) => call.Memory.CopyOut(call[1], Write(Values(call.Kernel, mount), mount));

    /// <summary>The same in FreeBSD 11's form.</summary>
    internal static Errno CopyOutOld(SystemCall call, Mount mount) => call.Memory.CopyOut(call[1], WriteOld(Values(call.Kernel, mount), mount));

    /// <summary>Only mappings hold back what they have changed; an error is nobody's (sys_sync).</summary>
    [Syscall(36, "int sync(void)")]
    internal static Errno sync(SystemCall call)
    {
        foreach (var process in call.Kernel.Processes)
            process.Vm?.Map.FlushFiles();
        return Errno.None;
    }

    internal static Errno Named(SystemCall call, Writer write)
    {
        if (call.Path(0, out var path) is not Errno.None and var error) return error;
        error = call.Kernel.FileSystem.Find(path, follow: true, out var vnode);
        return error == Errno.None ? call.Memory.CopyOut(call[1], write(Values(call.Kernel, vnode.Mount), Shown(call.Process, vnode.Mount))) : error;
    }

    internal static Errno Open(SystemCall call, Writer write)
    {
        var error = call.OpenVnode(call.Int(0), cap_rights_t.CAP_FSTATFS, out var vnode, mayBePath: true);
        return error == Errno.None ? call.Memory.CopyOut(call[1], write(Values(call.Kernel, vnode.Mount), Shown(call.Process, vnode.Mount))) : error;
    }

    /// <summary>kern_getfsstat: as many as fit.</summary>
    /// <param name="counts">The caller has no room at all, and gets the number of file systems.</param>
    internal static Errno All(SystemCall call, Writer write, bool counts)
    {
        const int MNT_WAIT = 1, MNT_NOWAIT = 2;
        if (call.Int(2) is not (MNT_WAIT or MNT_NOWAIT)) return Errno.EINVAL;
        if (call.Long(1) < 0) return Errno.EINVAL;
        var mounts = call.Kernel.FileSystem.Mounts.Where(mount => IsVisible(call.Process, mount)).ToList();
        if (counts) return call.Return(mounts.Count);
        var (count, address, room) = (0, call[0], call.Long(1));
        foreach (var mount in mounts)
        {
            var image = write(Values(call.Kernel, mount), Shown(call.Process, mount));
            if (image.Length > room) break;
            if (call.Memory.CopyOut(address, image) is not Errno.None and var error) return error;
            (count, address, room) = (count + 1, address + (ulong)image.Length, room - image.Length);
        }
        return call.Return(count);
    }

    /// <summary>prison_canseemount: a jail sees the mount of its root, and those below it if enforce_statfs says so.</summary>
    private static bool IsVisible(Process process, Mount mount)
    {
        var prison = process.Prison;
        if (prison.EnforceStatfs == 0 || mount == RootMount(process)) return true;
        if (prison.EnforceStatfs == 2) return false;
        return prison.Path == "/" || mount.Path == prison.Path || mount.Path.StartsWith(prison.Path + "/", StringComparison.Ordinal);
    }

    private static Mount RootMount(Process process) => (process.Prison.Root ?? process.Kernel.FileSystem.Root).Mount;

    /// <summary>prison_enforce_statfs: the mount's name as the jail sees it.</summary>
    private static Mount Shown(Process process, Mount mount)
    {
        var prison = process.Prison;
        if (prison.EnforceStatfs == 0) return mount;
        if (!IsVisible(process, mount)) return mount.Renamed("[restricted]");
        if (mount == RootMount(process)) return mount.Renamed("/");
        return prison.Path == "/" ? mount : mount.Renamed(mount.Path.Length == prison.Path.Length ? "/" : mount.Path[prison.Path.Length..]);
    }

    /// <summary>The figures of a file system.</summary>
    internal static statfs Values(Kernel kernel, Mount mount)
    {
        var budget = mount.Budget ?? kernel.FileSystem.Budget;
        var (free, freeFiles) = mount.IsReadOnly ? (0, 0) : (budget.MaximumBytes - budget.Bytes, budget.MaximumFiles - budget.Files);
        return new statfs
        {
            f_version = Abi.statfs.STATFS_VERSION,
            f_type = mount.Id & 0xffff,
            f_flags = Abi.statfs.MNT_LOCAL | (mount.IsReadOnly ? Abi.statfs.MNT_RDONLY : 0) | (mount.Path == "/" ? Abi.statfs.MNT_ROOTFS : 0) | mount.Flags,
            f_bsize = BlockBytes,
            f_iosize = BlockBytes,
            f_blocks = (ulong)budget.MaximumBytes / BlockBytes,
            f_bfree = (ulong)free / BlockBytes,
            f_bavail = free / BlockBytes,
            f_files = (ulong)budget.MaximumFiles,
            f_ffree = freeFiles,
            f_namemax = Fcntl.NAME_MAX,
            f_fsid = mount.Id,
        };
    }

    private static byte[] Write(in statfs values, Mount mount)
    {
        var image = new byte[Abi.statfs.Bytes];
        values.Write(image, mount.TypeName, mount.From, mount.Path);
        return image;
    }

    private static byte[] WriteOld(in statfs values, Mount mount)
    {
        var image = new byte[Abi.statfs.OldBytes];
        values.WriteOld(image, mount.TypeName, mount.From, mount.Path);
        return image;
    }
}
