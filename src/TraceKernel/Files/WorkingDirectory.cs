namespace TraceKernel.Files;

/// <summary>struct pwddesc: the current directory and the creation mask of a process, or of several after rfork(2) without RFFDG.</summary>
public sealed class WorkingDirectory
{
    public string Path { get; set; } = "/";
    public int CreationMask { get; set; } = 0x12;

    /// <summary>pdcopy.</summary>
    public WorkingDirectory Copy() => new() { Path = Path, CreationMask = CreationMask };
}
