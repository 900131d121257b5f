using TraceKernel.Abi;
using static TraceKernel.Abi.FileModes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Files;

// vfs_syscalls.c: making, moving and removing names.
public sealed partial class FileSystem
{
    /// <summary>kern_mkdirat.</summary>
    public Errno MakeDirectory(in PathArgument path, int mode)
    {
        if (Lookup(path, follow: false, Intent.CreateDirectory, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        var caller = Caller.Of(path.Process);
        error = found.Directory.CreateDirectory(found.Name, mode & 0x1ff & ~caller.CreationMask, OwnerIn(found.Directory, caller));
        return Told(error, found.Directory, NOTE_WRITE | NOTE_LINK);
    }

    /// <summary>kern_symlinkat.</summary>
    public Errno MakeLink(string target, in PathArgument path)
    {
        if (Lookup(path, follow: false, Intent.Create, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        error = found.Directory.CreateLink(found.Name, target, OwnerIn(found.Directory, Caller.Of(path.Process)));
        return Told(error, found.Directory, NOTE_WRITE);
    }

    /// <summary>kern_mkfifoat.</summary>
    public Errno MakeFifo(in PathArgument path, int mode)
    {
        if (Lookup(path, follow: false, Intent.Create, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        var caller = Caller.Of(path.Process);
        error = found.Directory.CreateFifo(found.Name, mode & ALLPERMS & ~caller.CreationMask, OwnerIn(found.Directory, caller));
        return Told(error, found.Directory, NOTE_WRITE);
    }

    /// <summary>uipc_bindat: a name for a local socket; EADDRINUSE when it is taken.</summary>
    internal Errno MakeSocket(in PathArgument path, Socket socket, out SocketVnode node)
    {
        node = null!;
        if (Lookup(path, follow: false, Intent.Create, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not null) return Errno.EADDRINUSE;
        var caller = Caller.Of(path.Process);
        error = found.Directory.CreateSocket(found.Name, 0x1ff & ~caller.CreationMask, OwnerIn(found.Directory, caller), socket, out node);
        return Told(error, found.Directory, NOTE_WRITE);
    }

    /// <summary>kern_linkat: a second name for a file.</summary>
    public Errno Link(in PathArgument existing, bool follow, in PathArgument path)
    {
        if (Find(existing, follow, out var vnode) is not Errno.None and var error) return error;
        // PRIV_VFS_FHOPEN
        if (existing.IsFile && !existing.Process.Credentials.IsSuperUser) return Errno.ENOENT;
        return Link(vnode, path);
    }

    /// <summary>kern_linkat_vp: a name for a file that is known.</summary>
    internal Errno Link(Vnode vnode, in PathArgument path)
    {
        // tmpfs and ufs: directories have one name.
        if (vnode is DirectoryVnode) return Errno.EPERM;
        var error = Lookup(path, follow: false, Intent.Create, out var found);
        if (error != Errno.None) return error;
        if (found.Vnode is not null) return Errno.EEXIST;
        if (found.Directory.Mount != vnode.Mount) return Errno.EXDEV;
        if ((vnode.Flags & (IMMUTABLE | APPEND)) != 0) return Errno.EPERM;
        error = Told(found.Directory.Link(found.Name, vnode), vnode, NOTE_LINK);
        return Told(error, found.Directory, NOTE_WRITE);
    }

    /// <summary>kern_funlinkat: EPERM for a directory.</summary>
    /// <param name="expected">EDEADLK when the name is another file's; null: whatever has the name.</param>
    public Errno Unlink(in PathArgument path, Vnode? expected = null)
    {
        if (Lookup(path, follow: false, Intent.Delete, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is DirectoryVnode) return Errno.EPERM;
        if (expected is not null && expected != found.Vnode) return Errno.EDEADLK;
        if (found.Vnode!.IsMountRoot) return Errno.EBUSY;
        error = Told(found.Directory.Remove(found.Name), found.Directory, NOTE_WRITE);
        return Told(error, found.Vnode, NOTE_DELETE);
    }

    /// <summary>kern_frmdirat.</summary>
    /// <inheritdoc cref="Unlink"/>
    public Errno RemoveDirectory(in PathArgument path, Vnode? expected = null)
    {
        if (Lookup(path, follow: false, Intent.Delete, out var found) is not Errno.None and var error) return error;
        if (found.Vnode is not DirectoryVnode directory) return Errno.ENOTDIR;
        if (found.Name == ".") return Errno.EINVAL;
        if (directory.IsMountRoot) return Errno.EBUSY;
        if (expected is not null && expected != directory) return Errno.EDEADLK;
        if (found.Name == ".." || !directory.IsEmpty) return Errno.ENOTEMPTY;
        error = Told(found.Directory.Remove(found.Name), found.Directory, NOTE_WRITE | NOTE_LINK);
        return Told(error, directory, NOTE_DELETE);
    }

    /// <summary>kern_renameat.</summary>
    public Errno Rename(in PathArgument from, in PathArgument to)
    {
        if (Lookup(from, follow: false, Intent.Delete, out var source) is not Errno.None and var error) return error;
        var vnode = source.Vnode!;
        error = Lookup(to, follow: false, vnode is DirectoryVnode ? Intent.CreateDirectory : Intent.Create, out var target);
        if (error != Errno.None) return error;
        // kern_renameat: to take a name away from another file needs the right to do so.
        if (target is { Vnode: not null, Capabilities: { } limited } && limited.Check(cap_rights_t.CAP_UNLINKAT) is not Errno.None and var lacking)
            return lacking;
        if (target.Vnode is not null && CheckDelete(Caller.Of(to.Process), target.Directory, target.Vnode) is not Errno.None and var refused)
            return refused;
        if (CheckRename(source, target) is not Errno.None and var impossible) return impossible;
        if (vnode == target.Vnode) return Errno.None;
        if (target.Vnode is not null && (error = target.Directory.Remove(target.Name)) != Errno.None) return error;
        if ((error = source.Directory.Move(source.Name, target.Directory, target.Name)) != Errno.None) return error;
        TellOfRename(source, target);
        vnode.Notes.Post(NOTE_RENAME);
        target.Vnode?.Notes.Post(NOTE_DELETE);
        return Errno.None;
    }

    /// <summary>vop_rename_post: what those hear who watch the two directories.</summary>
    private static void TellOfRename(in Found source, in Found target)
    {
        var (isDirectory, replacesDirectory) = (source.Vnode is DirectoryVnode, target.Vnode is DirectoryVnode);
        if (source.Directory == target.Directory)
        {
            source.Directory.Notes.Post(replacesDirectory ? NOTE_WRITE | NOTE_LINK : NOTE_WRITE);
            return;
        }
        source.Directory.Notes.Post(NOTE_WRITE | NOTE_EXTEND | (isDirectory ? NOTE_LINK : 0));
        target.Directory.Notes.Post(NOTE_WRITE | NOTE_EXTEND | (isDirectory && !replacesDirectory ? NOTE_LINK : 0));
    }

    private static Errno CheckRename(in Found source, in Found target)
    {
        var vnode = source.Vnode!;
        if (vnode is DirectoryVnode && target.Vnode is not (null or DirectoryVnode)) return Errno.ENOTDIR;
        if (vnode is not DirectoryVnode && target.Vnode is DirectoryVnode) return Errno.EISDIR;
        if (source.Name is "." or ".." || target.Name is "." or "..") return Errno.EINVAL;
        if (vnode.IsMountRoot || target.Vnode is { IsMountRoot: true }) return Errno.EBUSY;
        if (source.Directory.Mount != target.Directory.Mount) return Errno.EXDEV;
        if (vnode == target.Vnode) return Errno.None;
        for (var above = target.Directory; above is not null; above = above.Parent)
            if (above == vnode) return Errno.EINVAL;
        return target.Vnode is DirectoryVnode { IsEmpty: false } ? Errno.ENOTEMPTY : Errno.None;
    }

    /// <summary>A new file has the group of its directory (open(2)).</summary>
    private static Caller OwnerIn(DirectoryVnode directory, Caller caller) => caller with { GroupId = directory.GroupId };

    /// <summary>VFS_KNOTE_LOCKED: those who watch a file learn of what was done, if it was.</summary>
    private static Errno Told(Errno error, Vnode vnode, long hint)
    {
        if (error == Errno.None) vnode.Notes.Post(hint);
        return error;
    }
}
