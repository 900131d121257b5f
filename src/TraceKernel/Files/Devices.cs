using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>A character device of devfs.</summary>
public abstract class DeviceVnode(FileSystem fileSystem, Mount mount, Caller owner, int permissions = 0x1b6)
    : Vnode(fileSystem, mount, S_IFCHR, permissions, owner)
{
    // devfs shows a device's inode number as its device number.
    public override stat Stat() => base.Stat() with { st_rdev = (ulong)FileId };

    // no_kqfilter: null(4), zero(4) and random(4) have none.
    internal override Errno CanWatch(OpenFile file, short filter) => Errno.ENODEV;

    // devfs_ioctl
    public override Errno Ioctl(Process caller, uint request, Span<byte> parameter)
    {
        switch (request)
        {
            case Abi.Ioctl.FIODTYPE:
                // d_flags: none of these is a disk, a tape, a terminal or memory.
                MemoryMarshal.Write(parameter, 0);
                return Errno.None;
            case Abi.Ioctl.FIODGNAME:
                return CopyOutName(caller, parameter);
            default:
                return Errno.ENOTTY;
        }
    }

    /// <summary>struct fiodgname_arg: EINVAL when the name with its NUL does not fit.</summary>
    private Errno CopyOutName(Process caller, ReadOnlySpan<byte> parameter)
    {
        var name = Encoding.Latin1.GetBytes(Path["/dev/".Length..] + '\0');
        if (name.Length > MemoryMarshal.Read<int>(parameter)) return Errno.EINVAL;
        return caller.Vm.CopyOut(MemoryMarshal.Read<ulong>(parameter[8..]), name);
    }

    // devfs_pathconf
    public override Errno GetLimit(int name, out long value)
    {
        long? limit = name switch
        {
            PathConf._PC_FILESIZEBITS => 64,
            PathConf._PC_NAME_MAX => Fcntl.NAME_MAX,
            PathConf._PC_LINK_MAX => int.MaxValue,
            PathConf._PC_SYMLINK_MAX => Fcntl.PATH_MAX,
            PathConf._PC_CHOWN_RESTRICTED => 1,
            _ => StandardLimit(name),
        };
        value = limit ?? 0;
        return limit is null ? Errno.EINVAL : Errno.None;
    }

    /// <summary>VOP_REVOKE: what has it open now loses it. Nothing, for devices without state.</summary>
    public virtual void Revoke()
    {
    }

    /// <summary>devfs_truncate: nothing to cut.</summary>
    public override Errno Truncate(long length) => Errno.None;
}

/// <summary>null(4): reads end, writes vanish.</summary>
internal sealed class NullDevice(FileSystem fileSystem, Mount mount, Caller owner) : DeviceVnode(fileSystem, mount, owner)
{
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        return Errno.None;
    }
}

/// <summary>zero(4).</summary>
internal sealed class ZeroDevice(FileSystem fileSystem, Mount mount, Caller owner) : DeviceVnode(fileSystem, mount, owner)
{
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        destination.Clear();
        count = destination.Length;
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        return Errno.None;
    }
}

/// <summary>full(4): it reads as zero(4) does, and has no room.</summary>
internal sealed class FullDevice(FileSystem fileSystem, Mount mount, Caller owner) : DeviceVnode(fileSystem, mount, owner)
{
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        destination.Clear();
        count = destination.Length;
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.ENOSPC;
    }
}

/// <summary>random(4), a function of the kernel's seed; what is written changes nothing.</summary>
internal sealed class RandomDevice(FileSystem fileSystem, Mount mount, Caller owner, EntropySource entropy)
    : DeviceVnode(fileSystem, mount, owner, permissions: 0x1a4)
{
    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        entropy.Fill(destination);
        count = destination.Length;
        return Errno.None;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        return Errno.None;
    }
}

/// <summary>A device whose opening means something else that the process has: fd(4) and tty(4).</summary>
internal abstract class AliasDevice(FileSystem fileSystem, Mount mount, Caller owner) : DeviceVnode(fileSystem, mount, owner)
{
    /// <summary>The file that opening it gives, with a reference for the caller.</summary>
    public abstract Errno Resolve(Process process, int flags, out OpenFile file);
}

/// <summary>/dev/fd/N: opening it duplicates a descriptor (dupfdopen of kern_descrip.c).</summary>
internal sealed class DescriptorDevice(FileSystem fileSystem, Mount mount, Caller owner, int descriptor) : AliasDevice(fileSystem, mount, owner)
{
    public override Errno Resolve(Process process, int flags, out OpenFile file)
    {
        if (process.Files.Get(descriptor, out file) is not Errno.None and var error) return error;
        var access = flags & Fcntl.O_ACCMODE;
        if ((access != Fcntl.O_WRONLY && !file.CanRead) || (access != Fcntl.O_RDONLY && !file.CanWrite)) return Errno.EACCES;
        file.AddReference();
        return Errno.None;
    }
}

/// <summary>/dev/tty: the terminal that controls the process; ENXIO without one (ctty_clone).</summary>
internal sealed class ControllingTerminalDevice(FileSystem fileSystem, Mount mount, Caller owner) : AliasDevice(fileSystem, mount, owner)
{
    public override Errno Resolve(Process process, int flags, out OpenFile file)
    {
        file = null!;
        var terminal = process.HasTerminal ? process.Kernel.Jobs.TerminalOf(process.Session) : null;
        if (terminal is not { IsReachable: true }) return Errno.ENXIO;
        var error = terminal.Vnode.Open(flags);
        if (error == Errno.None) file = new OpenFile(terminal.Vnode, flags);
        return error;
    }
}

/// <summary>/dev/ptmx, as pty(4) has it: opening it is posix_openpt(2).</summary>
internal sealed class PseudoTerminalDevice(FileSystem fileSystem, Mount mount, Caller owner) : AliasDevice(fileSystem, mount, owner)
{
    public override Errno Resolve(Process process, int flags, out OpenFile file) =>
        process.Kernel.PseudoTerminals.Open(process, flags, out file);
}
