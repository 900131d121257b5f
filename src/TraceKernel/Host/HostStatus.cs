namespace TraceKernel.Host;

/// <summary>Kinds of host files as the guests' file system tells them apart.</summary>
public enum HostFileType
{
    Regular, Directory, SymbolicLink, Fifo, Socket, CharacterDevice, BlockDevice,
}

/// <summary>Attributes of a host file, of a symbolic link itself and not of its target: lstat(2).</summary>
/// <param name="Device">Number of the host's file system; with <paramref name="Inode"/> it identifies the file.</param>
/// <param name="Inode">Number of the file within its file system.</param>
/// <param name="Permissions">The nine bits rwxrwxrwx. Set-id bits of the host have no meaning for guests.</param>
/// <param name="Links">Names that the file has.</param>
/// <param name="Size">Bytes of a regular file or of a link's target.</param>
/// <param name="Modified">Nanoseconds since 1970 of the last change of the contents.</param>
/// <param name="Changed">Nanoseconds since 1970 of the last change of the attributes or the contents.</param>
public readonly record struct HostStatus(
    ulong Device, ulong Inode, HostFileType Type, int Permissions, int Links, long Size, long Modified, long Changed)
{
    /// <summary>Whether both describe one file, whatever its contents and attributes are by now.</summary>
    public bool IsSameFile(in HostStatus other) => (Device, Inode, Type) == (other.Device, other.Inode, other.Type);

    /// <summary>
    /// Permissions of a guest's file whose host file has this status now: the nine bits are the host's when they were changed there, and else
    /// stay the guest's; the set-id bits are the guest's in both cases.
    /// </summary>
    public int PermissionsAfter(in HostStatus former, int permissions) =>
        Permissions == former.Permissions ? permissions : permissions & ~0x1ff | Permissions;
}
