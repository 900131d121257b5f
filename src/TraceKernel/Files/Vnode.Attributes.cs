using TraceKernel.Abi;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

// VOP_SETATTR: what chmod(2), chown(2) and utimes(2) change. ufs and tmpfs ask the same questions.
public abstract partial class Vnode
{
    /// <summary>VADMIN: EROFS, or EPERM for others than the owner.</summary>
    private Errno CheckOwner(Caller caller) => Mount.IsReadOnly ? Errno.EROFS
        : caller.IsSuperUser || caller.UserId == UserId ? Errno.None : Errno.EPERM;

    /// <summary>tmpfs_chmod and its like: EPERM for what may not change.</summary>
    private Errno CheckMutable() => (Flags & (IMMUTABLE | APPEND)) != 0 ? Errno.EPERM : Errno.None;

    /// <summary>tmpfs_chsize: EPERM for what may only grow.</summary>
    public Errno CheckSize() => CheckMutable();

    /// <summary>
    /// chflags(2): EOPNOTSUPP for flags that no file in memory has, and where the host keeps the files; EPERM for others than the owner, for
    /// flags of the superuser, and above securelevel 0 for a file that has such flags.
    /// </summary>
    public Errno SetFlags(Caller caller, uint flags, int secureLevel)
    {
        // setfflags: flags of a device are the superuser's.
        if (Type is S_IFCHR or S_IFBLK && !caller.IsSuperUser) return Errno.EPERM;
        if (Mount.IsReadOnly) return Errno.EROFS;
        // devfs_setattr
        if (this is DeviceVnode) return flags == 0 ? Errno.None : Errno.EINVAL;
        if (!Mount.IsInMemory || (flags & ~SettableFlags) != 0) return Errno.EOPNOTSUPP;
        if (CheckOwner(caller) is not Errno.None and var error) return error;
        // tmpfs_chflags
        var isProtected = (Flags & (SF_NOUNLINK | SF_IMMUTABLE | SF_APPEND)) != 0;
        if (caller.IsSuperUser ? isProtected && secureLevel > 0 : isProtected || ((flags ^ Flags) & SF_SETTABLE) != 0) return Errno.EPERM;
        Flags = flags;
        return Touched();
    }

    private const uint SettableFlags = SF_APPEND | SF_ARCHIVED | SF_IMMUTABLE | SF_NOUNLINK | UF_APPEND | UF_ARCHIVE | UF_HIDDEN | UF_IMMUTABLE
        | UF_NODUMP | UF_NOUNLINK | UF_OFFLINE | UF_OPAQUE | UF_READONLY | UF_REPARSE | UF_SPARSE | UF_SYSTEM;

    /// <summary>
    /// chmod(2). EFTYPE for the sticky bit on what is no directory, EPERM for S_ISGID with a group that the caller is not in.
    /// </summary>
    public Errno SetPermissions(Caller caller, int permissions)
    {
        if (CheckOwner(caller) is not Errno.None and var error) return error;
        if ((error = CheckMutable()) != Errno.None) return error;
        permissions &= ALLPERMS;
        if (!caller.IsSuperUser)
        {
            if (Type != S_IFDIR && (permissions & S_ISVTX) != 0) return Errno.EFTYPE;
            if ((permissions & S_ISGID) != 0 && !caller.IsMember(GroupId)) return Errno.EPERM;
        }
        if ((error = Store(permissions)) != Errno.None) return error;
        Permissions = permissions;
        return Touched();
    }

    /// <summary>chown(2); uint.MaxValue leaves an id as it is. Only root gives files away; set-id bits do not survive.</summary>
    public Errno SetOwner(Caller caller, uint user, uint group)
    {
        if (CheckOwner(caller) is not Errno.None and var error) return error;
        if ((error = CheckMutable()) != Errno.None) return error;
        if (user == uint.MaxValue) user = UserId;
        if (group == uint.MaxValue) group = GroupId;
        if (!caller.IsSuperUser && (user != UserId || (group != GroupId && !caller.IsMember(group)))) return Errno.EPERM;
        (UserId, GroupId) = (user, group);
        if (!caller.IsSuperUser) Permissions &= ~(S_ISUID | S_ISGID);
        return Touched();
    }

    /// <summary>utimes(2). Nanoseconds since 1970; null leaves a time as it is.</summary>
    /// <param name="isNow">Neither time was given: who may write may say that it is now.</param>
    public Errno SetTimes(Caller caller, long? accessed, long? modified, bool isNow)
    {
        // vn_utimes_perm
        var error = Mount.IsReadOnly ? Errno.EROFS : CheckMutable();
        if (error != Errno.None) return error;
        error = CheckOwner(caller);
        if (error == Errno.EPERM && isNow) error = CheckAccess(caller, W_OK);
        if (error != Errno.None || (error = StoreTimes(accessed, modified)) != Errno.None) return error;
        Accessed = accessed ?? Accessed;
        Modified = modified ?? Modified;
        // A file is never younger than what is in it.
        Born = Math.Min(Born, Modified);
        return Touched();
    }

    /// <summary>Permissions on their way to a host's file.</summary>
    protected virtual Errno Store(int permissions) => Errno.None;

    /// <summary>Times on their way to a host's file.</summary>
    protected virtual Errno StoreTimes(long? accessed, long? modified) => Errno.None;

    private Errno Touched()
    {
        Changed = FileSystem.Now;
        Notes.Post(Kevents.NOTE_ATTRIB);
        return Errno.None;
    }
}
