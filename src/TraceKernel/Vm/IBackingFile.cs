using TraceKernel.Abi;

namespace TraceKernel.Vm;

/// <summary>A vnode as the VM sees it: where pages of a mapped file come from.</summary>
public interface IBackingFile
{
    /// <summary>Current size in bytes.</summary>
    long Size { get; }

    /// <summary>Path in the guest's name space, as vn_fullpath gives it; empty when unknown.</summary>
    string Path { get; }

    /// <summary>st_ino.</summary>
    long FileId { get; }

    /// <summary>The file system's number, as PT_VM_ENTRY's fsid shows it.</summary>
    uint FileSystemId { get; }

    /// <summary>v_object: its pages while something maps it; belongs to <see cref="VnodePager"/>.</summary>
    VmObject? Object { get; set; }

    /// <summary>Reads at <paramref name="offset"/>; fewer bytes only at the end of the file.</summary>
    Errno ReadAt(long offset, Span<byte> destination, out int count);

    /// <summary>
    /// Writes back a page of a shared mapping. The file does not grow; bytes past its end may be kept for when it does.
    /// </summary>
    Errno WriteAt(long offset, ReadOnlySpan<byte> source);

    /// <summary>A page is about to be changed through a mapping: false when the file has no room for it.</summary>
    bool TryReserve(long offset);

    /// <summary>The last mapping is gone, and <see cref="Object"/> with it.</summary>
    void Unmapped();
}
