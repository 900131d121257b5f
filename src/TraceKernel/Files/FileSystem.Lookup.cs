using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Fcntl;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>A path as the *at(2) calls give it.</summary>
/// <param name="Process">Whose rights and directories count.</param>
/// <param name="Directory">The descriptor that relative paths begin at; AT_FDCWD: the current directory.</param>
/// <param name="Text">The path.</param>
public readonly record struct PathArgument(Process Process, int Directory, string Text)
{
    /// <summary>ni_rightsneeded: what the descriptor must allow, besides CAP_LOOKUP.</summary>
    public cap_rights_t Needed { get; init; }

    /// <summary>RBENEATH, of O_RESOLVE_BENEATH and AT_RESOLVE_BENEATH: nothing on the way leaves the first directory.</summary>
    public bool IsBeneath { get; init; }

    /// <summary>EMPTYPATH, of O_EMPTY_PATH and AT_EMPTY_PATH: no text means the file behind the descriptor.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>NOCAPCHECK: the kernel itself looks something up, so that capability mode does not matter.</summary>
    public bool IsKernels { get; init; }

    internal bool IsFile => MayBeEmpty && Text.Length == 0;
}

/// <summary>What a look-up is for (cn_nameiop).</summary>
internal enum Intent
{
    /// <summary>LOOKUP: the file must be there.</summary>
    Find,
    /// <summary>CREATE: all but the last name must be there, and the directory writable if the last is not.</summary>
    Create,
    /// <summary>CREATE with WILLBEDIR: slashes may follow.</summary>
    CreateDirectory,
    /// <summary>DELETE and RENAME: the file must be there, and its directory writable.</summary>
    Delete,
}

/// <summary>Where a look-up ended.</summary>
/// <param name="Directory">The last directory on the way.</param>
/// <param name="Name">The last name, <c>.</c> and <c>..</c> included; empty for the root itself.</param>
/// <param name="Vnode">The file; null when it is still to be created.</param>
internal readonly record struct Found(DirectoryVnode Directory, string Name, Vnode? Vnode)
{
    /// <summary>ni_filecaps: what the descriptor that the look-up began at may be used for; null: everything.</summary>
    public FileCapabilities? Capabilities { get; init; }

    /// <summary>NIRES_STRICTREL: capability mode or a limited descriptor kept it below its beginning.</summary>
    public bool IsStrict { get; init; }
}

/// <summary>Where a look-up begins (namei_setup).</summary>
/// <param name="IsStrict">NI_LCF_STRICTREL: neither an absolute path nor <c>..</c> may leave the first directory.</param>
/// <param name="Capabilities">Of its descriptor; null: everything.</param>
internal readonly record struct LookupStart(Vnode Vnode, bool IsStrict, FileCapabilities? Capabilities);

/// <summary>The directories that <c>..</c> does not leave.</summary>
/// <param name="Root">ni_rootdir, where absolute names begin.</param>
/// <param name="Top">ni_topdir: the first root that chroot(2) gave; null: none.</param>
internal readonly record struct LookupRoots(DirectoryVnode Root, DirectoryVnode? Top)
{
    /// <summary>vfs_lookup's isroot.</summary>
    public bool Ends(DirectoryVnode directory) => directory == Root || directory == Top;
}

public sealed partial class FileSystem
{
    /// <summary>The process that looked something up last: whose view /proc shows. Null: the kernel itself.</summary>
    internal Process? Reader { get; set; }

    /// <summary>namei(9) of a system call's path.</summary>
    internal Errno Lookup(in PathArgument path, bool follow, Intent intent, out Found found)
    {
        found = default;
        Reader = path.Process;
        if (!path.IsKernels) KernelTracing.Path(path.Process, path.Text);
        if (path.Text.Length == 0 && !path.MayBeEmpty) return Errno.ENOENT;
        var error = StartOf(path, out var start);
        if (error != Errno.None) return error;
        var roots = RootsOf(path.Process);
        if (path.IsFile) found = new(start.Vnode as DirectoryVnode ?? roots.Root, "", start.Vnode);
        else error = Lookup(Caller.Of(path.Process), roots, (DirectoryVnode)start.Vnode, path.Text, follow, intent, out found, start.IsStrict);
        found = found with { Capabilities = start.Capabilities, IsStrict = start.IsStrict && !path.IsBeneath };
        return error;
    }

    /// <summary>namei of a file that must be there.</summary>
    internal Errno Find(in PathArgument path, bool follow, out Vnode vnode)
    {
        var error = Lookup(path, follow, Intent.Find, out var found);
        vnode = found.Vnode!;
        return error;
    }

    /// <summary>pwd_rdir: where the absolute names of a process begin.</summary>
    internal DirectoryVnode RootOf(Process process) => process.Directory.Root ?? Root;

    private LookupRoots RootsOf(Process process) => new(RootOf(process), process.Directory.FirstRoot);

    /// <summary>lookup(9) of the kernel itself, below the root of the machine.</summary>
    internal Errno Lookup(Caller caller, DirectoryVnode start, string path, bool follow, Intent intent, out Found found) =>
        Lookup(caller, new(Root, null), start, path, follow, intent, out found);

    /// <summary>lookup(9): component by component in the guests' view, so that no <c>..</c> and no link leaves the root.</summary>
    /// <param name="follow">A link in the last place is followed too.</param>
    /// <param name="isStrict">ENOTCAPABLE for what would leave the first directory.</param>
    private static Errno Lookup(
        Caller caller, in LookupRoots roots, DirectoryVnode start, string path, bool follow, Intent intent, out Found found, bool isStrict = false)
    {
        found = default;
        if (path.Length == 0) return Errno.ENOENT;
        if (path.Length >= PATH_MAX) return Errno.ENAMETOOLONG;
        // A guest's path ends at its first NUL; a host process's is a string of the host, which can hold one.
        if (path.Contains('\0')) return Errno.EINVAL;
        if (isStrict && path[0] == '/') return Errno.ENOTCAPABLE;
        var directory = path[0] == '/' ? roots.Root : start;
        for (int links = 0; ;)
        {
            path = path.TrimStart('/');
            if (path.Length == 0)
            {
                found = new(directory, "", directory);
                return intent == Intent.Find ? Errno.None : Errno.EISDIR;
            }
            var end = path.IndexOf('/');
            var (name, rest) = end < 0 ? (path, "") : (path[..end], path[end..]);
            var isLast = rest.AsSpan().Trim('/').IsEmpty;
            var isEnd = name == ".." && (directory == start && isStrict || roots.Ends(directory));
            if (isStrict && isEnd) return Errno.ENOTCAPABLE;
            var error = Step(caller, directory, isEnd ? "." : name, out var vnode);
            if (isLast && error == Errno.ENOENT) return ToCreate(caller, directory, name, rest, intent, out found);
            if (error != Errno.None) return error;
            // A link is followed too when a slash follows it.
            if (vnode is LinkVnode link && (follow || rest.Length > 0))
            {
                // vfs_lookup, VV_ROOT and MNT_NOSYMFOLLOW
                if ((link.Mount.Flags & statfs.MNT_NOSYMFOLLOW) != 0) return Errno.EACCES;
                if (++links > MAXSYMLINKS) return Errno.ELOOP;
                if (link.Target.Length == 0) return Errno.ENOENT;
                path = link.Target + rest;
                if (path.Length >= PATH_MAX) return Errno.ENAMETOOLONG;
                if (path[0] != '/') continue;
                if (isStrict) return Errno.ENOTCAPABLE;
                directory = roots.Root;
                continue;
            }
            if (isLast && (rest.Length == 0 || vnode is DirectoryVnode))
            {
                found = new(directory, name, vnode);
                return intent == Intent.Delete ? CheckDelete(caller, directory, vnode) : Errno.None;
            }
            if (vnode is not DirectoryVnode next) return Errno.ENOTDIR;
            (directory, path) = (next, rest);
        }
    }

    /// <summary>
    /// namei_setup: the directory that a path begins at; with an empty path, the file behind the descriptor. ECAPMODE and ENOTCAPABLE for
    /// what leaves the descriptors that a process in capability mode has.
    /// </summary>
    private Errno StartOf(in PathArgument path, out LookupStart start)
    {
        var isConfined = !path.IsKernels && path.Process.Credentials.InCapabilityMode;
        var isStrict = isConfined || path.IsBeneath;
        start = new(RootOf(path.Process), isStrict, null);
        if (isConfined && path.Directory == AT_FDCWD) return Errno.ECAPMODE;
        if (path.Text.StartsWith('/')) return Errno.None;
        if (path.Directory == AT_FDCWD)
        {
            start = start with { Vnode = path.Process.Directory.Vnode ?? Root };
            return Errno.None;
        }
        var files = path.Process.Files;
        var error = files.Get(path.Directory, path.Needed | cap_rights_t.CAP_LOOKUP, out var file);
        if (error != Errno.None) return error;
        if (file.Target is not Vnode vnode || (vnode is not DirectoryVnode && !path.IsFile)) return Errno.ENOTDIR;
        // fgetvp_lookup: whoever has a limited descriptor stays below it.
        var capabilities = files.CapabilitiesOf(path.Directory);
        start = capabilities.IsUnlimited ? new(vnode, isStrict, null) : new(vnode, true, capabilities);
        return Errno.None;
    }

    private static Errno Step(Caller caller, DirectoryVnode directory, string name, out Vnode vnode)
    {
        vnode = null!;
        if (name.Length > NAME_MAX) return Errno.ENAMETOOLONG;
        if (directory.CheckAccess(caller, X_OK) is not Errno.None and var refused) return refused;
        if (directory.Links == 0) return Errno.ENOENT;
        if (name is "." or "..")
        {
            vnode = name == "." ? directory : directory.Parent ?? directory;
            return Errno.None;
        }
        var error = directory.Lookup(name, out vnode);
        if (error == Errno.None) vnode = Uncovered(vnode);
        return error;
    }

    private static Errno ToCreate(Caller caller, DirectoryVnode directory, string name, string rest, Intent intent, out Found found)
    {
        found = new(directory, name, null);
        if (intent is not (Intent.Create or Intent.CreateDirectory) || directory.Links == 0) return Errno.ENOENT;
        if (intent == Intent.Create && rest.Length > 0) return Errno.ENOENT;
        return directory.CheckAccess(caller, W_OK);
    }

    private static Errno CheckDelete(Caller caller, DirectoryVnode directory, Vnode vnode)
    {
        if (directory.CheckAccess(caller, W_OK) is not Errno.None and var error) return error;
        // tmpfs_remove
        if ((vnode.Flags & (IMMUTABLE | APPEND | NOUNLINK)) != 0 || (directory.Flags & APPEND) != 0) return Errno.EPERM;
        // sticky(7)
        var isOwner = caller.IsSuperUser || caller.UserId == directory.UserId || caller.UserId == vnode.UserId;
        return (directory.Permissions & S_ISVTX) != 0 && !isOwner ? Errno.EPERM : Errno.None;
    }
}
