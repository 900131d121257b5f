using TraceKernel.Abi;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>vnode_pager: the pages of a mapped file, one object for all its mappings, and how file and pages stay the same.</summary>
public static class VnodePager
{
    /// <summary>
    /// Before read(2) or fstat(2) of a file: puts what mappings have changed into it. The error is the first that writing gave.
    /// </summary>
    public static Errno Flush(IBackingFile file) => file.Object is { } pages ? Clean(pages, 0, ulong.MaxValue) : Errno.None;

    /// <summary>
    /// After write(2) or ftruncate(2): brings the mapped pages of a range of the file up to date; those past its end vanish.
    /// </summary>
    public static void Changed(IBackingFile file, long offset, long length)
    {
        if (length <= 0 || file.Object is not { } pages)
            return;
        ulong first = (ulong)offset / Frame.Size, last = (ulong)(offset + Math.Min(length - 1, long.MaxValue - offset)) / Frame.Size;
        ulong end = pages.Size;
        foreach (ulong index in pages.PagesIn(first, last - first + 1))
        {
            if (index >= end)
                pages.RemovePages(index, 1);
            else if (pages.TryGet(index, out var frame))
                Fill(file, index, frame);
        }
    }

    /// <summary>vnode_pager_alloc: the object of a file; the caller holds the reference.</summary>
    internal static VmObject Allocate(PhysicalMemory memory, IBackingFile file)
    {
        if (file.Object is { } pages)
        {
            pages.AddReference();
            return pages;
        }
        return file.Object = VmObject.Vnode(memory, file);
    }

    /// <summary>The last mapping of a file goes.</summary>
    internal static void Forget(VmObject pages)
    {
        Clean(pages, 0, ulong.MaxValue);
        pages.File!.Object = null;
    }

    /// <summary>
    /// vnode_pager_getpages of one page within the file: null when memory is short; <paramref name="error"/> when the file cannot be
    /// read.
    /// </summary>
    internal static Frame? PageIn(VmObject pages, ulong index, out Errno error)
    {
        error = Errno.None;
        var frame = pages.Memory.TryAllocate();
        if (frame is null)
            return null;
        error = Fill(pages.File!, index, frame);
        if (error != Errno.None)
        {
            frame.Release();
            return null;
        }
        pages.Put(index, frame);
        return frame;
    }

    /// <summary>vm_object_page_clean: writes the changed pages of a range back.</summary>
    internal static Errno Clean(VmObject pages, ulong first, ulong count)
    {
        var result = Errno.None;
        var file = pages.File!;
        Span<byte> bytes = stackalloc byte[Frame.Size];
        foreach (ulong index in pages.TakeDirty(first, count))
        {
            long offset = (long)index * Frame.Size, length = Math.Min(Frame.Size, file.Size - offset);
            if (length <= 0 || !pages.TryGet(index, out var frame))
                continue;
            frame.Read(0, bytes[..(int)length]);
            var error = file.WriteAt(offset, bytes[..(int)length]);
            if (result == Errno.None)
                result = error;
        }
        return result;
    }

    private static Errno Fill(IBackingFile file, ulong index, Frame frame)
    {
        Span<byte> bytes = stackalloc byte[Frame.Size];
        var error = file.ReadAt((long)index * Frame.Size, bytes, out int count);
        if (error != Errno.None)
            return error;
        // What lies past the end of the file in its last page reads as zero.
        bytes[count..].Clear();
        frame.Write(0, bytes);
        return Errno.None;
    }
}
