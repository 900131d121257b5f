using TraceKernel.Abi;
using static TraceKernel.Abi.FileModes;
using static TraceKernel.Abi.PathConf;

namespace TraceKernel.Files;

// VOP_PATHCONF: files in memory answer as tmpfs does, files of the host as ufs below nullfs.
public abstract partial class Vnode
{
    private const int BlockBytes = 4096;

    /// <summary>The value of a limit of pathconf(2) for this file; EINVAL for a name that its file system does not know.</summary>
    /// <param name="name">_PC_*.</param>
    public virtual Errno GetLimit(int name, out long value)
    {
        var limit = Mount.IsInMemory ? MemoryLimit(name) : HostLimit(name);
        value = limit ?? 0;
        return limit is null ? Errno.EINVAL : Errno.None;
    }

    /// <summary>vop_stdpathconf: the limits that are the same in every file system.</summary>
    protected static long? StandardLimit(int name) => name switch
    {
        _PC_ASYNC_IO => _POSIX_ASYNCHRONOUS_IO,
        _PC_PATH_MAX => Fcntl.PATH_MAX,
        _PC_ACL_EXTENDED or _PC_ACL_NFS4 or _PC_CAP_PRESENT or _PC_INF_PRESENT or _PC_MAC_PRESENT or _PC_DEALLOC_PRESENT => 0,
        _ => null,
    };

    // tmpfs_pathconf
    private long? MemoryLimit(int name) => name switch
    {
        _PC_LINK_MAX => DirectoryVnode.LinkMaximum,
        _PC_SYMLINK_MAX => Fcntl.PATH_MAX,
        _PC_NAME_MAX => Fcntl.NAME_MAX,
        _PC_PIPE_BUF => PipeLimit,
        _PC_CHOWN_RESTRICTED or _PC_NO_TRUNC or _PC_SYNC_IO => 1,
        _PC_FILESIZEBITS => 64,
        _PC_MIN_HOLE_SIZE => BlockBytes,
        _ => StandardLimit(name),
    };

    // ufs_pathconf
    private long? HostLimit(int name) => name switch
    {
        _PC_LINK_MAX => UFS_LINK_MAX,
        _PC_SYMLINK_MAX => Fcntl.PATH_MAX,
        _PC_NAME_MAX => Fcntl.NAME_MAX,
        _PC_PIPE_BUF => PipeLimit,
        _PC_CHOWN_RESTRICTED or _PC_NO_TRUNC => 1,
        _PC_PRIO_IO or _PC_SYNC_IO => 0,
        _PC_ACL_PATH_MAX => TrivialAclEntries,
        _PC_MIN_HOLE_SIZE or _PC_ALLOC_SIZE_MIN or _PC_REC_INCR_XFER_SIZE or _PC_REC_MIN_XFER_SIZE or _PC_REC_XFER_ALIGN => BlockBytes,
        _PC_REC_MAX_XFER_SIZE => -1,
        _PC_FILESIZEBITS => 64,
        _ => StandardLimit(name),
    };

    private long? PipeLimit => Type is S_IFDIR or S_IFIFO ? Fcntl.PIPE_BUF : null;
}
