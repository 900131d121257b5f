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
    public Errno Open(in PathArgument path, int flags, int mode, out OpenFile file) => Open(path, flags, mode, out file, out _);

    /// <inheritdoc cref="Open(in PathArgument, int, int, out OpenFile)"/>
    /// <param name="capabilities">What the new descriptor may be used for: as much as the one that the path begins at; null: everything.</param>
    internal Errno Open(in PathArgument path, int flags, int mode, out OpenFile file, out FileCapabilities? capabilities)
    {
        (file, capabilities) = (null!, null);
        if (!AreOpenFlags(flags)) return Errno.EINVAL;
        // openflags: a path alone is neither read nor made.
        var isPath = (flags & O_PATH) != 0;
        if (isPath) flags &= ~(O_CREAT | O_ACCMODE | O_TRUNC);
        var access = isPath ? (flags & O_EXEC) != 0 ? X_OK : 0 : AccessOf(flags);
        // A directory is never created.
        var creates = (flags & (O_CREAT | O_DIRECTORY)) == O_CREAT;
        var follow = (flags & O_NOFOLLOW) == 0 && (!creates || (flags & O_EXCL) == 0);
        if (Lookup(path, follow, creates ? Intent.Create : Intent.Find, out var found) is not Errno.None and var error) return error;
        capabilities = found.Capabilities;
        if (found.Vnode is not { } vnode)
        {
            error = CreateFile(Caller.Of(path.Process), found, mode & ~S_ISVTX, out vnode);
        }
        else
        {
            if (creates && (flags & O_EXCL) != 0) return Errno.EEXIST;
            if (creates && vnode is DirectoryVnode) return Errno.EISDIR;
            error = CheckOpen(Caller.Of(path.Process), vnode, flags, access);
        }
        if (error != Errno.None) return error;
        if (isPath)
        {
            file = new OpenFile(vnode, flags);
            return Errno.None;
        }
        if (vnode is AliasDevice alias) return found.IsStrict ? Errno.ENODEV : alias.Resolve(path.Process, flags, out file);
        return Opened(vnode, flags, out file);
    }

    /// <summary>vn_open_vnode, of a file that is known and there.</summary>
    internal static Errno OpenVnode(Process process, Vnode vnode, int flags, out OpenFile file)
    {
        file = null!;
        var error = CheckOpen(Caller.Of(process), vnode, flags, AccessOf(flags));
        return error == Errno.None ? Opened(vnode, flags, out file) : error;
    }

    private static Errno Opened(Vnode vnode, int flags, out OpenFile file)
    {
        file = null!;
        var error = vnode.Open(flags);
        if (error == Errno.None && (flags & O_TRUNC) != 0) error = vnode.Truncate(0);
        if (error == Errno.None) file = new OpenFile(vnode, flags);
        return error;
    }

    /// <summary>kern_statat.</summary>
    public Errno Stat(in PathArgument path, bool follow, out stat stat)
    {
        var error = Find(path, follow, out var vnode);
        if (error == Errno.ENOTDIR && path.IsFile)
        {
            // What has no name is asked for as by fstat(2).
            error = path.Process.Files.Get(path.Directory, cap_rights_t.CAP_FSTAT, out var file);
            stat = error == Errno.None ? file.Target.Stat() : default;
            return error;
        }
        stat = error == Errno.None ? vnode.Stat() : default;
        return error;
    }

    /// <summary>kern_accessat.</summary>
    /// <param name="effective">AT_EACCESS: by the effective ids rather than the real ones.</param>
    public Errno Access(in PathArgument path, int mode, bool effective = false)
    {
        if ((mode & ~(R_OK | W_OK | X_OK)) != 0) return Errno.EINVAL;
        if (Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        var caller = effective ? Caller.Of(path.Process) : Caller.OfReal(path.Process);
        return mode == F_OK ? Errno.None : vnode.CheckAccess(caller, mode);
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
        process.Directory.Vnode = directory;
        return Errno.None;
    }

    /// <summary>change_dir and pwd_chroot: EPERM while a directory is open that leads out of the new root, unless the policy allows it.</summary>
    internal static Errno ChangeRoot(Process process, FileObject target)
    {
        if (target is not DirectoryVnode directory) return Errno.ENOTDIR;
        if (directory.CheckAccess(Caller.Of(process), X_OK) is not Errno.None and var error) return error;
        var policy = process.Kernel.Security.ChrootAllowsOpenDirectories;
        var refusesDirectories = policy == 0 || (policy == 1 && process.Kernel.FileSystem.RootOf(process) != process.Kernel.FileSystem.Root);
        if (refusesDirectories && HasOpenDirectory(process)) return Errno.EPERM;
        process.Directory.ChangeRoot(directory);
        return Errno.None;
    }

    // chroot_refuse_vdir_fds
    private static bool HasOpenDirectory(Process process)
    {
        for (var descriptor = 0; descriptor < process.Files.End; descriptor++)
            if (process.Files.Get(descriptor, out var file) == Errno.None && file.Target is DirectoryVnode) return true;
        return false;
    }

    /// <summary>kern_truncate.</summary>
    public Errno Truncate(in PathArgument path, long length)
    {
        if (length < 0) return Errno.EINVAL;
        if (Find(path, follow: true, out var vnode) is not Errno.None and var error) return error;
        if (vnode is DirectoryVnode) return Errno.EISDIR;
        error = vnode.CheckAccess(Caller.Of(path.Process), W_OK);
        if (error == Errno.None) error = vnode.CheckSize();
        return error == Errno.None ? vnode.Truncate(length) : error;
    }

    /// <summary>openflags and vn_open_cred: no flags that contradict each other.</summary>
    internal static bool AreOpenFlags(int flags)
    {
        if ((flags & (O_CREAT | O_EXCL | O_DIRECTORY)) == (O_CREAT | O_EXCL | O_DIRECTORY)) return false;
        if ((flags & (O_CREAT | O_EMPTY_PATH)) == (O_CREAT | O_EMPTY_PATH)) return false;
        return (flags & O_PATH) != 0 || AccessOf(flags) >= 0;
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
        // vn_open_vnode
        var isPath = (flags & O_PATH) != 0;
        if (vnode is LinkVnode && (!isPath || (flags & O_EXEC) != 0)) return Errno.EMLINK;
        if (vnode is not DirectoryVnode && (flags & O_DIRECTORY) != 0) return Errno.ENOTDIR;
        if (vnode is SocketVnode && !isPath) return Errno.EOPNOTSUPP;
        if (vnode is DirectoryVnode && (access & W_OK) != 0) return Errno.EISDIR;
        // tmpfs_open: what may only grow is only opened for appending.
        if ((vnode.Flags & APPEND) != 0 && (access & W_OK) != 0 && ((flags & O_APPEND) == 0 || (flags & O_TRUNC) != 0)) return Errno.EPERM;
        return access == 0 ? Errno.None : vnode.CheckAccess(caller, access);
    }

    private static Errno CreateFile(Caller caller, in Found found, int mode, out Vnode vnode)
    {
        var error = found.Directory.CreateFile(found.Name, mode & ALLPERMS & ~caller.CreationMask, OwnerIn(found.Directory, caller), out vnode);
        return Told(error, found.Directory, Kevents.NOTE_WRITE);
    }
}
