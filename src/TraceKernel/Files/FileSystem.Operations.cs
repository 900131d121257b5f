using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

// vfs_syscalls.c: what the system calls on names do.
public sealed partial class FileSystem
{
    /// <summary>kern_openat, without the descriptor.</summary>
    /// <param name="mode">Permissions of a file that O_CREAT creates, before the mask.</param>
    /// <param name="file">With one reference, the caller's.</param>
    public Errno Open(in PathArgument path, int flags, int mode, out OpenFile file)
    {
        file = null!;
        var access = AccessOf(flags);
        if (access < 0 || (flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return Errno.EINVAL;
        var creates = (flags & O_CREAT) != 0;
        var follow = (flags & O_NOFOLLOW) == 0 && (!creates || (flags & O_EXCL) == 0);
        if (Lookup(path, follow, creates ? Intent.Create : Intent.Find, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not { } vnode)
        {
            error = CreateFile(Caller.Of(path.Process), found, mode & ~S_ISVTX, out vnode);
        }
        else
        {
            if (creates && (flags & O_EXCL) != 0) return Errno.EEXIST;
            error = CheckOpen(Caller.Of(path.Process), vnode, flags, access);
        }
        if (error != Errno.None) return error;
        if (vnode is AliasDevice alias) return alias.Resolve(path.Process, flags, out file);
        error = vnode.Open(flags);
        if (error == Errno.None && (flags & O_TRUNC) != 0) error = vnode.Truncate(0);
        if (error == Errno.None) file = new OpenFile(vnode, flags);
        return error;
    }

    /// <summary>kern_statat.</summary>
    public Errno Stat(in PathArgument path, bool follow, out stat stat)
    {
        var error = Find(path, follow, out var vnode);
        stat = error == Errno.None ? vnode.Stat() : default;
        return error;
    }

    /// <summary>kern_accessat.</summary>
    public Errno Access(in PathArgument path, int mode)
    {
        if ((mode & ~(R_OK | W_OK | X_OK)) != 0) return Errno.EINVAL;
        if (Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        return mode == F_OK ? Errno.None : vnode.CheckAccess(Caller.Of(path.Process), mode);
    }

    /// <summary>kern_readlinkat: EINVAL for what is no link.</summary>
    public Errno ReadLink(in PathArgument path, out string target)
    {
        target = "";
        if (Find(path, follow: false, out var vnode) is not Errno.None and var error) return error;
        if (vnode is not LinkVnode link) return Errno.EINVAL;
        target = link.Target;
        return Errno.None;
    }

    /// <summary>kern_chdir and sys_fchdir.</summary>
    public static Errno ChangeDirectory(Process process, FileObject target)
    {
        if (target is not DirectoryVnode directory) return Errno.ENOTDIR;
        if (directory.CheckAccess(Caller.Of(process), X_OK) is not Errno.None and var error) return error;
        if (directory.Path.Length == 0) return Errno.ENOENT;
        process.CurrentDirectory = directory.Path;
        return Errno.None;
    }

    /// <summary>kern_mkdirat.</summary>
    public Errno MakeDirectory(in PathArgument path, int mode)
    {
        if (Lookup(path, follow: false, Intent.CreateDirectory, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        if (!Budget.TryTakeFile()) return Errno.ENOSPC;
        var caller = Caller.Of(path.Process);
        var permissions = mode & 0x1ff & ~caller.CreationMask;
        found.Directory.Enter(found.Name, new MemoryDirectory(this, found.Directory.Mount, permissions, OwnerIn(found.Directory, caller)));
        return Errno.None;
    }

    /// <summary>kern_symlinkat.</summary>
    public Errno MakeLink(string target, in PathArgument path)
    {
        if (Lookup(path, follow: false, Intent.Create, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        if (!Budget.TryTakeFile()) return Errno.ENOSPC;
        var owner = OwnerIn(found.Directory, Caller.Of(path.Process));
        found.Directory.Enter(found.Name, new LinkVnode(this, found.Directory.Mount, target, owner));
        return Errno.None;
    }

    /// <summary>kern_linkat: a second name for a file.</summary>
    public Errno Link(in PathArgument existing, bool follow, in PathArgument path)
    {
        if (Find(existing, follow, out var vnode) is not Errno.None and var error) return error;
        // tmpfs and ufs: directories have one name.
        if (vnode is DirectoryVnode) return Errno.EPERM;
        error = Lookup(path, follow: false, Intent.Create, out var found);
        if (error != Errno.None) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        if (found.Directory.Mount != vnode.Mount) return Errno.EXDEV;
        found.Directory.Enter(found.Name, vnode);
        return Errno.None;
    }

    /// <summary>kern_funlinkat: EPERM for a directory.</summary>
    public Errno Unlink(in PathArgument path)
    {
        if (Lookup(path, follow: false, Intent.Delete, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is DirectoryVnode) return Errno.EPERM;
        if (found.Vnode!.IsMountRoot) return Errno.EBUSY;
        found.Directory.Remove(found.Name);
        return Errno.None;
    }

    /// <summary>kern_frmdirat.</summary>
    public Errno RemoveDirectory(in PathArgument path)
    {
        if (Lookup(path, follow: false, Intent.Delete, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not DirectoryVnode directory) return Errno.ENOTDIR;
        if (found.Name == ".") return Errno.EINVAL;
        if (directory.IsMountRoot) return Errno.EBUSY;
        if (found.Name == ".." || !directory.IsEmpty) return Errno.ENOTEMPTY;
        found.Directory.Remove(found.Name);
        return Errno.None;
    }

    /// <summary>kern_renameat.</summary>
    public Errno Rename(in PathArgument from, in PathArgument to)
    {
        if (Lookup(from, follow: false, Intent.Delete, out var source) is not Errno.None and var error) return error;
        var vnode = source.Vnode!;
        error = Lookup(to, follow: false, vnode is DirectoryVnode ? Intent.CreateDirectory : Intent.Create, out var target);
        if (error != Errno.None) return error;
        if (target.Vnode is not null && CheckDelete(Caller.Of(to.Process), target.Directory, target.Vnode) is not Errno.None and var refused)
            return refused;
        if (vnode is DirectoryVnode && target.Vnode is not (null or DirectoryVnode)) return Errno.ENOTDIR;
        if (vnode is not DirectoryVnode && target.Vnode is DirectoryVnode) return Errno.EISDIR;
        if (source.Name is "." or ".." || target.Name is "." or "..") return Errno.EINVAL;
        if (vnode.IsMountRoot || target.Vnode is { IsMountRoot: true }) return Errno.EBUSY;
        if (source.Directory.Mount != target.Directory.Mount) return Errno.EXDEV;
        if (vnode == target.Vnode) return Errno.None;
        for (var above = target.Directory; above is not null; above = above.Parent)
            if (above == vnode) return Errno.EINVAL;
        if (target.Vnode is DirectoryVnode { IsEmpty: false }) return Errno.ENOTEMPTY;
        if (target.Vnode is not null) target.Directory.Remove(target.Name);
        MemoryDirectory.Move((MemoryDirectory)source.Directory, source.Name, (MemoryDirectory)target.Directory, target.Name);
        return Errno.None;
    }

    /// <summary>kern_truncate.</summary>
    public Errno Truncate(in PathArgument path, long length)
    {
        if (length < 0) return Errno.EINVAL;
        if (Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        if (vnode is DirectoryVnode) return Errno.EISDIR;
        error = vnode.CheckAccess(Caller.Of(path.Process), W_OK);
        return error == Errno.None ? vnode.Truncate(length) : error;
    }

    /// <summary>vn_open's access: R_OK, W_OK, X_OK; −1 for flags that contradict each other.</summary>
    private static int AccessOf(int flags)
    {
        if ((flags & O_EXEC) != 0) return (flags & O_ACCMODE) == 0 ? X_OK : -1;
        var access = (flags & O_ACCMODE) switch { O_RDONLY => R_OK, O_WRONLY => W_OK, O_RDWR => R_OK | W_OK, _ => -1 };
        return access > 0 && (flags & O_TRUNC) != 0 ? access | W_OK : access;
    }

    private static Errno CheckOpen(Caller caller, Vnode vnode, int flags, int access)
    {
        if (vnode is LinkVnode) return Errno.EMLINK;
        if (vnode is DirectoryVnode && (access & W_OK) != 0) return Errno.EISDIR;
        if (vnode is not DirectoryVnode && (flags & O_DIRECTORY) != 0) return Errno.ENOTDIR;
        return vnode.CheckAccess(caller, access);
    }

    private Errno CreateFile(Caller caller, in Found found, int mode, out Vnode vnode)
    {
        vnode = null!;
        if (!Budget.TryTakeFile()) return Errno.ENOSPC;
        var permissions = mode & ALLPERMS & ~caller.CreationMask;
        vnode = new MemoryFile(this, found.Directory.Mount, permissions, OwnerIn(found.Directory, caller));
        found.Directory.Enter(found.Name, vnode);
        return Errno.None;
    }

    /// <summary>A new file has the group of its directory (open(2)).</summary>
    private static Caller OwnerIn(DirectoryVnode directory, Caller caller) => caller with { GroupId = directory.GroupId };
}
