using TraceKernel.Abi;
using TraceKernel.Host;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>
/// A FIFO, socket or device of the host. Guests see it and cannot open it: it leads to a process or to hardware of the host (ufs_open
/// refuses devices outside devfs in the same way).
/// </summary>
internal sealed class HostSpecialFile : Vnode, IHostVnode
{
    public HostSpecialFile(FileSystem fileSystem, Mount mount, in HostStatus status, Caller owner)
        : base(fileSystem, mount, TypeOf(status.Type), status.Permissions, owner)
    {
        Status = status;
        Links = status.Links;
        Modified = Changed = Accessed = Born = status.Modified;
    }

    public HostStatus Status { get; private set; }

    Vnode IHostVnode.Vnode => this;

    public override FileKind Kind => FileKind.Vnode;

    public override Errno Open(int flags) => Errno.EOPNOTSUPP;

    public void Refresh(in HostStatus status)
    {
        Permissions = status.PermissionsAfter(Status, Permissions);
        Status = status;
        Links = status.Links;
    }

    private static int TypeOf(HostFileType type) => type switch
    {
        HostFileType.Fifo => S_IFIFO,
        HostFileType.Socket => S_IFSOCK,
        HostFileType.BlockDevice => S_IFBLK,
        _ => S_IFCHR,
    };
}
