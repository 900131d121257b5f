using TraceKernel.Abi;
using TraceKernel.Vm;
using static TraceKernel.Abi.FileModes;

namespace TraceKernel.Files;

/// <summary>A regular file: what programs are loaded from and mmap(2) maps.</summary>
public abstract class RegularVnode(FileSystem fileSystem, Mount mount, int permissions, Caller owner)
    : Vnode(fileSystem, mount, S_IFREG, permissions, owner), IBackingFile
{
    uint IBackingFile.FileSystemId => Mount.Id;

    VmObject? IBackingFile.Object { get; set; }

    /// <summary>Reads at <paramref name="offset"/>; fewer bytes only at the end of the file. EIO when the host fails.</summary>
    public abstract Errno ReadAt(long offset, Span<byte> destination, out int count);

    /// <summary>Writes back a page of a shared mapping; never past the end of the file.</summary>
    public abstract Errno WriteAt(long offset, ReadOnlySpan<byte> source);

    /// <summary>posix_fallocate: room for a range, and the size that goes with it. ENOSPC.</summary>
    public abstract Errno Allocate(long offset, long length);

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        // Shared mappings may have newer bytes than the file.
        count = 0;
        var error = VnodePager.Flush(this);
        if (error == Errno.None) error = ReadAt(offset, destination, out count);
        if (error == Errno.None) Notes.Post(Kevents.NOTE_READ);
        return error;
    }

    // filt_vfsread, filt_vfswrite
    public override bool IsReady(OpenFile file, bool forWriting, out long bytes, out bool ended)
    {
        ended = false;
        bytes = forWriting ? 0 : Size - file.Offset;
        return forWriting || bytes != 0;
    }
}
