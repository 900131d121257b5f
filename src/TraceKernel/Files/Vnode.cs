using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>Who asks: the part of struct ucred that files look at, and the mask for new ones.</summary>
public readonly record struct Caller(uint UserId, uint GroupId, int CreationMask)
{
    /// <summary>Every group it is in; null: its one group.</summary>
    private IReadOnlyList<uint>? Groups { get; init; }

    public bool IsSuperUser => UserId == 0;

    public static Caller Of(Process process) =>
        new(process.UserId, process.GroupId, process.FileCreationMask) { Groups = process.Credentials.Groups };

    /// <summary>Judged by the real ids, as access(2) does.</summary>
    public static Caller OfReal(Process process)
    {
        var (user, group) = (process.Credentials.RealUserId, process.Credentials.RealGroupId);
        return new(user, group, process.FileCreationMask) { Groups = process.Credentials.WithGroup(group).Groups };
    }

    /// <summary>groupmember.</summary>
    public bool IsMember(uint group) => group == GroupId || (Groups is not null && Groups.Contains(group));
}

/// <summary>struct vnode: a file that has a name.</summary>
public abstract partial class Vnode : FileObject
{
    /// <param name="type">S_IFREG, S_IFDIR …</param>
    /// <param name="permissions">The low twelve bits of st_mode.</param>
    /// <param name="fileId">st_ino; null: the next one.</param>
    protected Vnode(FileSystem fileSystem, Mount mount, int type, int permissions, Caller owner, long? fileId = null)
    {
        FileSystem = fileSystem;
        Mount = mount;
        Type = type;
        Permissions = permissions;
        UserId = owner.UserId;
        GroupId = owner.GroupId;
        FileId = fileId ?? fileSystem.NextFileId();
        Accessed = Modified = Changed = Born = fileSystem.Now;
    }

    public FileSystem FileSystem { get; }
    public Mount Mount { get; }
    public int Type { get; }

    /// <summary>What it takes comes out of this.</summary>
    protected MemoryBudget Budget => Mount.Budget ?? FileSystem.Budget;

    public int Permissions { get; set; }
    public uint UserId { get; set; }
    public uint GroupId { get; set; }

    /// <summary>st_flags: UF_* and SF_*.</summary>
    public uint Flags { get; private set; }

    /// <summary>st_ino.</summary>
    public long FileId { get; }

    /// <summary>st_nlink: names that it has.</summary>
    public int Links { get; set; }

    // Nanoseconds since 1970.
    public long Accessed { get; set; }
    public long Modified { get; set; }
    public long Changed { get; set; }
    public long Born { get; set; }

    /// <summary>The directory where it was last found or put; null for the root and for what has no name left.</summary>
    public DirectoryVnode? Parent { get; private set; }

    /// <summary>Its name there.</summary>
    public string Name { get; private set; } = "";

    public virtual long Size => 0;

    public override bool IsSeekable => true;

    /// <summary>It is not of the file system that its directory is of, or is the root.</summary>
    public bool IsMountRoot => Parent is null ? this == FileSystem.Root : Parent.Mount != Mount;

    /// <summary>vn_fullpath: empty when it has no name, or one longer than PATH_MAX.</summary>
    public string Path
    {
        get
        {
            if (this == FileSystem.Root) return "/";
            var path = "";
            for (var vnode = this; vnode != FileSystem.Root; vnode = vnode.Parent)
            {
                path = $"/{vnode.Name}{path}";
                if (vnode.Parent is null || path.Length >= PATH_MAX) return "";
            }
            return path;
        }
    }

    internal void SetName(DirectoryVnode? parent, string name)
    {
        Parent = parent;
        Name = name;
    }

    /// <summary>VOP_ACCESS and vaccess: EROFS, EACCES or None.</summary>
    /// <param name="access">R_OK, W_OK and X_OK together; X_OK is search for a directory.</param>
    public Errno CheckAccess(Caller caller, int access)
    {
        if ((access & W_OK) != 0 && Mount.IsReadOnly && Type is S_IFREG or S_IFDIR or S_IFLNK) return Errno.EROFS;
        if ((access & W_OK) != 0 && (Flags & IMMUTABLE) != 0) return Errno.EPERM;
        if (caller.IsSuperUser)
            return (access & X_OK) != 0 && Type != S_IFDIR && (Permissions & 0x49) == 0 ? Errno.EACCES : Errno.None;
        var shift = caller.UserId == UserId ? 6 : caller.IsMember(GroupId) ? 3 : 0;
        return (Permissions >> shift & access) == access ? Errno.None : Errno.EACCES;
    }

    public override stat Stat() => new()
    {
        st_dev = Mount.Id,
        st_ino = (ulong)FileId,
        st_nlink = (ulong)Links,
        st_mode = (ushort)(Type | Permissions),
        st_uid = UserId,
        st_gid = GroupId,
        st_atim = timespec.Of(Accessed),
        st_mtim = timespec.Of(Modified),
        st_ctim = timespec.Of(Changed),
        st_birthtim = timespec.Of(Born),
        st_size = Size,
        st_blocks = (Size + 511) / 512,
        st_blksize = 4096,
        st_flags = Flags,
    };

    /// <summary>Nothing refers to it any more: neither a name nor an open file nor a mapping.</summary>
    protected virtual void Reclaim()
    {
    }

    private int _opens;

    /// <summary>Somebody has it open.</summary>
    protected bool IsOpen => _opens > 0;

    /// <summary>It has pages that something maps.</summary>
    protected virtual bool IsMapped => false;

    /// <summary>Its flock(2) and fcntl(2) locks; null when nobody ever asked for any.</summary>
    internal AdvisoryLocks? Locks { get; set; }

    public override void Opened(OpenFile file)
    {
        _opens++;
        Notes.Post(Kevents.NOTE_OPEN);
    }

    public override void Closed(OpenFile file)
    {
        _opens--;
        Notes.Post(file.CanWrite ? Kevents.NOTE_CLOSE_WRITE : Kevents.NOTE_CLOSE);
        Locks?.Unlock(file);
        if (!IsOpen) LastClosed();
        ReclaimIfUnused();
    }

    /// <summary>Nobody has it open any more (VOP_INACTIVE).</summary>
    protected virtual void LastClosed()
    {
    }

    internal void ReclaimIfUnused()
    {
        if (!IsOpen && Links == 0 && !IsMapped) Reclaim();
    }

    // vfs_kqfilter
    internal override Errno CanWatch(OpenFile file, short filter) =>
        filter is Kevents.EVFILT_READ or Kevents.EVFILT_WRITE or Kevents.EVFILT_VNODE ? Errno.None : Errno.EINVAL;

    /// <summary>VOP_OPEN: the last word, after access was checked.</summary>
    public virtual Errno Open(int flags) => Errno.None;

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        return Errno.EINVAL;
    }

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        return Errno.EINVAL;
    }
}
