namespace TraceKernel.Files;

/// <summary>struct pwddesc: the current directory and the creation mask of a process, or of several after rfork(2) without RFFDG.</summary>
public sealed class WorkingDirectory
{
    /// <summary>pwd_cdir, which may have lost its name; null: the root.</summary>
    public DirectoryVnode? Vnode { get; set; }

    /// <summary>Its full path; empty when it has none, or one too long.</summary>
    public string Path => Vnode?.Path ?? "/";

    public int CreationMask { get; set; } = 0x12;

    /// <summary>pdcopy.</summary>
    public WorkingDirectory Copy() => new() { Vnode = Vnode, CreationMask = CreationMask };
}
