namespace TraceKernel.Files;

/// <summary>
/// struct pwd and struct pwddesc: the directories that a process looks names up from, and its creation mask; shared by several processes after
/// rfork(2) without RFFDG.
/// </summary>
public sealed class WorkingDirectory
{
    /// <summary>pwd_cdir, which may have lost its name; null: the root of the machine.</summary>
    public DirectoryVnode? Vnode { get; set; }

    /// <summary>pwd_rdir, where absolute names begin; null: the root of the machine.</summary>
    public DirectoryVnode? Root { get; private set; }

    /// <summary>pwd_jdir: the first root that the process was given by chroot(2); no later one leads above it. Null: none.</summary>
    public DirectoryVnode? FirstRoot { get; private set; }

    /// <summary>The full path of the current directory from the machine's root; empty when it has none, or one too long.</summary>
    public string Path => Vnode?.Path ?? "/";

    /// <summary>The full path of the root.</summary>
    public string RootPath => Root?.Path ?? "/";

    public int CreationMask { get; set; } = 0x12;

    /// <summary>pwd_chroot, without its checks.</summary>
    internal void ChangeRoot(DirectoryVnode root)
    {
        Root = root;
        FirstRoot ??= root;
    }

    /// <summary>pwd_chroot_chdir of jail_attach(2): root, current directory and the limit of both.</summary>
    internal void Enter(DirectoryVnode root) => (Vnode, Root, FirstRoot) = (root, root, root);

    /// <summary>
    /// vn_fullpath: a full path as the process would write it. The walk up from a file ends at the process's root, and at the machine's for a file
    /// outside.
    /// </summary>
    internal string Seen(string path)
    {
        var root = RootPath;
        if (root.Length <= 1 || !path.StartsWith(root, StringComparison.Ordinal)) return path;
        return path.Length == root.Length ? "/" : path[root.Length] == '/' ? path[root.Length..] : path;
    }

    /// <summary>pdcopy.</summary>
    public WorkingDirectory Copy() => new() { Vnode = Vnode, Root = Root, FirstRoot = FirstRoot, CreationMask = CreationMask };
}
