using Microsoft.Win32.SafeHandles;
using TraceKernel.Abi;

namespace TraceKernel.Host;

/// <summary>
/// A file or directory of the host, found below another one by a single name. No symbolic link of the host is ever followed, and every
/// operation acts on the very file whose <see cref="Status"/> was read: a host process or another server that exchanges directories and
/// links meanwhile cannot lead an operation out of the root. Errors are those of the guest's system call.
/// </summary>
public abstract class HostNode(HostStatus status) : IDisposable
{
    private static readonly char[] s_separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>Whether guests can be allowed to write below a host directory: the host has to resolve names below directory handles.</summary>
    public static bool CanWrite => OperatingSystem.IsLinux();

    /// <summary>The attributes when the file was found.</summary>
    public HostStatus Status => status;

    /// <summary>
    /// Opens a file by a path of the operator's. Links in the path are followed once, here; <paramref name="realPath"/>,
    /// in the guest's bytes, has none.
    /// </summary>
    /// <returns>ENOENT, EACCES or another error of the host.</returns>
    public static Errno Open(string path, out HostNode node, out string realPath) =>
        OperatingSystem.IsLinux() ? LinuxNode.OpenPath(path, out node, out realPath) : PathNode.OpenPath(path, out node, out realPath);

    /// <summary>Finds a file again by a path that <see cref="Open"/> has resolved. A link anywhere in it is ENOENT by now.</summary>
    public static Errno Reopen(string realPath, out HostNode node)
    {
        var root = Path.GetPathRoot(realPath)!;
        if (Open(root, out node, out _) is not Errno.None and var error) return error;
        foreach (var name in realPath[root.Length..].Split(s_separators, StringSplitOptions.RemoveEmptyEntries))
        {
            using var directory = node;
            if ((error = directory.Find(name, out node)) != Errno.None) return error;
        }
        return Errno.None;
    }

    /// <summary>Finds an entry of this directory.</summary>
    /// <param name="name">One component in the guest's bytes, neither <c>.</c> nor <c>..</c>.</param>
    /// <returns>ENOENT when there is none or the host cannot have such a name; ENOTDIR when this is no directory.</returns>
    public abstract Errno Find(string name, out HostNode node);

    /// <summary>The names in this directory, without <c>.</c> and <c>..</c>, in the host's order.</summary>
    public abstract Errno List(ICollection<string> names);

    /// <summary>Target of a symbolic link, in the guest's bytes.</summary>
    public abstract Errno ReadLink(out string target);

    /// <summary>Opens a regular file; EOPNOTSUPP for other types, which could block or act when they are opened.</summary>
    public abstract Errno OpenFile(bool forWriting, out SafeFileHandle handle);

    // Changes. A host that cannot resolve names below directory handles refuses them all.

    /// <summary>A new regular file; EEXIST when anything has the name, a link too.</summary>
    public virtual Errno CreateFile(string name, int permissions) => Errno.EROFS;

    public virtual Errno CreateDirectory(string name, int permissions) => Errno.EROFS;

    public virtual Errno CreateLink(string name, string target) => Errno.EROFS;

    /// <summary>A second name for a file.</summary>
    public virtual Errno Link(HostNode file, string name) => Errno.EROFS;

    public virtual Errno Remove(string name, bool isDirectory) => Errno.EROFS;

    /// <summary>Gives an entry another name in <paramref name="directory"/>, and takes the name away from what had it (rename(2)).</summary>
    public virtual Errno Move(string name, HostNode directory, string newName) => Errno.EROFS;

    /// <summary>The nine permission bits of this file.</summary>
    public virtual Errno SetPermissions(int permissions) => Errno.EROFS;

    /// <summary>Nanoseconds since 1970; null leaves a time as it is.</summary>
    public virtual Errno SetTimes(long? accessed, long? modified) => Errno.EROFS;

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool isDisposing);
}
