using System.Globalization;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.statfs;

namespace TraceKernel.Syscalls;

/// <summary>mount(2), nmount(2) and unmount(2): vfs_mount.c.</summary>
internal static class MountCalls
{
    /// <summary>MFSNAMELEN and MNAMELEN: bytes of a type and of a path with their NULs.</summary>
    private const int TypeBytes = 16, PathBytes = 1024;

    /// <summary>sys_mount: ENOENT for an unknown type; those that are there are mounted by nmount(2) only (vfs_cmount).</summary>
    [Syscall(21, "int mount(const char *type, const char *path, int flags, void *data)")]
    internal static Errno mount(SystemCall call)
    {
        if (call.Memory.CopyInString(call[0], TypeBytes, out var type) is not Errno.None and var error) return error;
        return FileSystem.MountableTypes.Contains(type) ? Errno.EOPNOTSUPP : Errno.ENOENT;
    }

    /// <summary>sys_nmount and vfs_donmount: EINVAL for an odd number of vectors, before anything is read.</summary>
    [Syscall(378, "int nmount(struct iovec *iovp, unsigned int iovcnt, int flags)")]
    internal static Errno nmount(SystemCall call)
    {
        const uint FewestVectors = 4;
        var count = (uint)call[1];
        if ((count & 1) != 0 || count < FewestVectors) return Errno.EINVAL;
        if (OptionList.Read(call, call[0], count, out var options) is not Errno.None and var error) return error;
        if (options.Find("fstype")?.Text is not { } type) return options.Failed(Errno.EINVAL, "Invalid fstype");
        if (options.Find("fspath")?.Text is not { } path) return options.Failed(Errno.EINVAL, "Invalid fspath");
        // mnt_flag_t: what comes from userland has no kernel flags.
        var flags = call[2] & uint.MaxValue & ~MNT_ROOTFS;
        foreach (var option in options.All) flags = Apply(option, flags);
        if (type.Length >= TypeBytes || path.Length >= PathBytes) return Errno.ENAMETOOLONG;
        error = Mount(call, options, type, path, flags);
        if (error != Errno.None) options.CopyOutMessage();
        return error;
    }

    /// <summary>The options that are flags.</summary>
    private static ulong Apply(CallOption option, ulong flags)
    {
        (ulong Set, ulong Clear) change = option.Name switch
        {
            "update" => (MNT_UPDATE, 0),
            "ro" or "rdonly" or "norw" => (MNT_RDONLY, 0),
            "rw" or "noro" => (0, MNT_RDONLY),
            "noatime" => (MNT_NOATIME, 0),
            "atime" => (0, MNT_NOATIME),
            "noexec" => (MNT_NOEXEC, 0),
            "exec" => (0, MNT_NOEXEC),
            "nosuid" => (MNT_NOSUID, 0),
            "suid" => (0, MNT_NOSUID),
            "nosymfollow" => (MNT_NOSYMFOLLOW, 0),
            "symfollow" => (0, MNT_NOSYMFOLLOW),
            "union" => (MNT_UNION, 0),
            "async" => (MNT_ASYNC, 0),
            "sync" => (MNT_SYNCHRONOUS, 0),
            "force" => (MNT_FORCE, 0),
            "noclusterr" or "noclusterw" or "noasync" or "nosync" or "snapshot" or "export" or "reload" or "multilabel" or "acls" => (0, 0),
            _ => (ulong.MaxValue, 0),
        };
        if (change.Set == ulong.MaxValue) return flags;
        option.IsSeen = true;
        return (flags | change.Set) & ~change.Clear;
    }

    /// <summary>vfs_domount: the privilege comes before the type, and the type before the path.</summary>
    private static Errno Mount(SystemCall call, OptionList options, string type, string path, ulong flags)
    {
        if (!MayMount(call)) return Errno.EPERM;
        var isUpdate = (flags & MNT_UPDATE) != 0;
        if (!isUpdate && !FileSystem.MountableTypes.Contains(type))
        {
            options.Fail("Invalid fstype");
            return Errno.ENODEV;
        }
        if (call.Process.Credentials.Prison is { } prison && !prison.Allows(PermissionFor(type))) return Errno.EPERM;
        var files = call.Kernel.FileSystem;
        var error = files.Find(new PathArgument(call.Process, Fcntl.AT_FDCWD, path), follow: true, out var vnode);
        if (error != Errno.None) return error;
        error = ReadSpecific(options, type, out var request);
        if (error != Errno.None) return error;
        if (options.All.FirstOrDefault(option => !option.IsSeen && option.Name is not ("errmsg" or "from")) is { } unknown)
        {
            options.Fail($"mount option <{unknown.Name}> is unknown");
            return Errno.EINVAL;
        }
        return isUpdate ? Update(vnode, flags) : files.Mount(call.Kernel, vnode, request with { Flags = flags & VisibleFlags });
    }

    /// <summary>vfs_domount_update: EINVAL for what is not the root of a mount; this kernel's own mounts stay as they are.</summary>
    private static Errno Update(Vnode vnode, ulong flags)
    {
        if (vnode.Mount.Root != vnode) return vnode.IsMountRoot ? Errno.EOPNOTSUPP : Errno.EINVAL;
        vnode.Mount.Flags = flags & VisibleFlags;
        vnode.Mount.IsReadOnly = (flags & MNT_RDONLY) != 0;
        return Errno.None;
    }

    /// <summary>The options of tmpfs_mount; other types take none but the common ones.</summary>
    private static Errno ReadSpecific(OptionList options, string type, out MountRequest request)
    {
        var from = options.Find("from")?.Text ?? type;
        request = new MountRequest(type, from, 0, 0, 0, null, null, null);
        if (type == "fdescfs")
        {
            options.Has("linrdlnk");
            return Errno.None;
        }
        if (type != "tmpfs") return Errno.None;
        options.Has("nonc");
        options.Has("maxfilesize");
        if (!TryNumber(options, "size", 10, out var size) || !TryNumber(options, "inodes", 10, out var inodes) || !TryNumber(options, "mode", 8, out var mode)
            || !TryNumber(options, "uid", 10, out var user) || !TryNumber(options, "gid", 10, out var group))
            return Errno.EINVAL;
        request = request with
        {
            MaximumBytes = size ?? 0,
            MaximumFiles = (int)Math.Min(inodes ?? 0, int.MaxValue),
            Mode = mode is { } bits ? (int)bits & FileModes.ALLPERMS : null,
            User = (uint?)user,
            Group = (uint?)group,
        };
        return Errno.None;
    }

    /// <summary>vfs_getopt_size and vfs_scanopt: a number with k, m, g or t behind it; octal for a mode.</summary>
    private static bool TryNumber(OptionList options, string name, int radix, out long? value)
    {
        value = null;
        if (options.Find(name) is not { } option) return true;
        if (option.Text is not { Length: > 0 } text) return false;
        var shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        var digits = shift > 0 ? text[..^1] : text;
        long number = 0;
        foreach (var digit in digits)
        {
            if (digit < '0' || digit >= '0' + radix || number > long.MaxValue >> 20) return false;
            number = number * radix + (digit - '0');
        }
        if (digits.Length == 0 || number > long.MaxValue >> shift) return false;
        value = number << shift;
        return true;
    }

    private static uint PermissionFor(string type) => Jails.PR_ALLOW_MOUNT | type switch
    {
        "devfs" => Jails.PR_ALLOW_MOUNT_DEVFS,
        "tmpfs" => Jails.PR_ALLOW_MOUNT_TMPFS,
        "procfs" => Jails.PR_ALLOW_MOUNT_PROCFS,
        "fdescfs" => Jails.PR_ALLOW_MOUNT_FDESCFS,
        _ => Jails.PR_ALLOW_MOUNT,
    };

    /// <summary>PRIV_VFS_MOUNT and PRIV_VFS_UNMOUNT (vfs.usermount is 0): root of the host, and of a jail that may mount and sees its mounts.</summary>
    private static bool MayMount(SystemCall call)
    {
        var credentials = call.Process.Credentials;
        return credentials.IsSuperUserWith(Jails.PR_ALLOW_MOUNT) && credentials.Prison?.EnforceStatfs is null or < 2;
    }

    /// <summary>kern_unmount: by path, or by the two halves of f_fsid.</summary>
    [Syscall(22, "int unmount(const char *path, int flags)")]
    internal static Errno unmount(SystemCall call)
    {
        if (!MayMount(call)) return Errno.EPERM;
        if (call.Memory.CopyInString(call[0], PathBytes, out var text) is not Errno.None and var error) return error;
        var (files, flags) = (call.Kernel.FileSystem, call[1]);
        Mount? mount;
        if ((flags & MNT_BYFSID) != 0)
        {
            if (!TryFileSystemId(text, out var id)) return Errno.EINVAL;
            mount = files.Mounts.FirstOrDefault(other => other.Id == id);
            if (mount is null) return Errno.ENOENT;
        }
        else
        {
            // A name that leads somewhere is made a full one; another one is compared as it is.
            if (files.Find(new PathArgument(call.Process, Fcntl.AT_FDCWD, text), follow: true, out var vnode) == Errno.None) text = vnode.Path;
            mount = files.Mounts.LastOrDefault(other => other.Path == text);
            if (mount is null) return Errno.EINVAL;
        }
        return files.Unmount(call.Kernel, mount, (flags & MNT_FORCE) != 0);
    }

    private static bool TryFileSystemId(string text, out uint id)
    {
        id = 0;
        var parts = text.Split(':');
        return parts.Length == 3 && parts[0] == "FSID" && int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) && (id = (uint)first) != 0;
    }
}
