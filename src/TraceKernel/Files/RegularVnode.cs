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

    /// <inheritdoc/>
    public abstract Errno WriteAt(long offset, ReadOnlySpan<byte> source);

    /// <inheritdoc/>
    public virtual bool TryReserve(long offset) => true;

    void IBackingFile.Unmapped()
    {
        if (!IsOpen) LastClosed();
        ReclaimIfUnused();
    }

    protected override bool IsMapped => ((IBackingFile)this).Object is not null;

    /// <summary>posix_fallocate: room for a range, and the size that goes with it. ENOSPC.</summary>
    public abstract Errno Allocate(long offset, long length);

    /// <summary>
    /// FIOSEEKDATA and FIOSEEKHOLE: the next byte of data, or of a hole, from an offset on. ENXIO at the end and beyond. A file that does not
    /// know of its holes is data as a whole, and its hole is the end (vop_stdioctl).
    /// </summary>
    public virtual Errno Seek(ref long offset, bool forData)
    {
        if (offset < 0 || offset >= Size) return Errno.ENXIO;
        if (!forData) offset = Size;
        return Errno.None;
    }

    /// <summary>VOP_DEALLOCATE: a range below the end becomes zeros (vop_stddeallocate writes them).</summary>
    public virtual Errno Deallocate(long offset, long length)
    {
        var zeros = new byte[(int)Math.Min(length, 65536)];
        for (var error = Errno.None; length > 0;)
        {
            var piece = zeros.AsSpan(0, (int)Math.Min(length, zeros.Length));
            if ((error = Write(null!, offset, piece, out var count)) != Errno.None) return error;
            (offset, length) = (offset + count, length - count);
        }
        return Errno.None;
    }

    public override Errno Read(OpenFile file, long offset, Span<byte> destination, out int count)
    {
        var error = VnodePager.Read(this, offset, destination, out count);
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
