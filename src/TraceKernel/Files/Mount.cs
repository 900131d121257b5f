namespace TraceKernel.Files;

/// <summary>struct mount: one file system in the name space.</summary>
/// <param name="id">f_fsid.val[0], and st_dev of its files.</param>
/// <param name="typeName">f_fstypename: tmpfs, devfs, nullfs.</param>
/// <param name="isReadOnly">Writing gives EROFS.</param>
/// <param name="path">f_mntonname.</param>
public sealed class Mount(uint id, string typeName, bool isReadOnly, string path)
{
    public uint Id => id;
    public string TypeName { get; } = typeName;
    public bool IsReadOnly { get; internal set; } = isReadOnly;
    public string Path => path;

    /// <summary>f_mntfromname.</summary>
    public string From { get; init; } = typeName;

    /// <summary>MNT_* that statfs(2) shows, but for MNT_RDONLY, MNT_LOCAL and MNT_ROOTFS.</summary>
    public ulong Flags { get; internal set; }

    /// <summary>The root of a file system that a guest has mounted; null: one of the kernel's own.</summary>
    internal DirectoryVnode? Root { get; set; }

    /// <summary>mnt_vnodecovered, of such a file system.</summary>
    internal DirectoryVnode? Covered { get; set; }

    /// <summary>What its files may take; null: what there is for all.</summary>
    internal MemoryBudget? Budget { get; set; }

    /// <summary>The same file system with another f_mntonname, as a jail sees it.</summary>
    internal Mount Renamed(string seen) => new(id, TypeName, IsReadOnly, seen) { From = From, Flags = Flags };

    /// <summary>Its files count against the kernel's <see cref="MemoryBudget"/>.</summary>
    public bool IsInMemory => TypeName is "tmpfs" or "devfs";
}

/// <summary>What the files that live in memory may take.</summary>
public sealed class MemoryBudget(long maximumBytes, int maximumFiles)
{
    public long MaximumBytes => maximumBytes;
    public int MaximumFiles => maximumFiles;
    public long Bytes { get; private set; }
    public int Files { get; private set; }

    /// <summary>What it is a part of; null: it is the whole.</summary>
    public MemoryBudget? Parent { get; init; }

    /// <summary>Told when something is refused.</summary>
    public Action<MemoryBudget>? Full { get; init; }

    /// <summary>False (ENOSPC) when it would not fit.</summary>
    public bool TryTake(long bytes)
    {
        if (bytes > maximumBytes - Bytes)
        {
            Full?.Invoke(this);
            return false;
        }
        if (Parent?.TryTake(bytes) == false) return false;
        Bytes += bytes;
        return true;
    }

    public void Return(long bytes)
    {
        Bytes -= bytes;
        Parent?.Return(bytes);
    }

    /// <summary>False (ENOSPC) when there are too many files.</summary>
    public bool TryTakeFile()
    {
        if (Files == maximumFiles)
        {
            Full?.Invoke(this);
            return false;
        }
        if (Parent?.TryTakeFile() == false) return false;
        Files++;
        return true;
    }

    public void ReturnFile()
    {
        Files--;
        Parent?.ReturnFile();
    }
}
