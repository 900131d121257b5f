using TraceKernel.Abi;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Vm;

/// <summary>vnode_pager: the pages of a mapped file, one object for all its mappings, and how file and pages stay the same.</summary>
public static class VnodePager
{
    /// <summary>
    /// vm_object_page_clean of a whole file: puts what mappings have changed into it. The error is the first that writing gave.
    /// </summary>
    public static Errno Flush(IBackingFile file) => file.Object is { } pages ? Clean(pages, 0, ulong.MaxValue) : Errno.None;

    /// <summary>Reads a file as its mappings show it; fewer bytes only at its end.</summary>
    public static Errno Read(IBackingFile file, long offset, Span<byte> destination, out int count)
    {
        var error = file.ReadAt(offset, destination, out count);
        if (error != Errno.None || count == 0 || file.Object is not { } pages)
            return error;
        // Pages that no mapping has changed are as the file is.
        foreach (var part in new PageRange(offset, count))
        {
            if (pages.IsDirty(part.Index) && pages.TryGet(part.Index, out var frame))
                frame.Read(part.Start, destination.Slice(part.Position, part.Length));
        }
        return error;
    }

    /// <summary>After write(2): puts the same bytes into the mapped pages.</summary>
    public static void Written(IBackingFile file, long offset, ReadOnlySpan<byte> source)
    {
        if (source.Length == 0 || file.Object is not { } pages)
            return;
        foreach (var part in new PageRange(offset, source.Length))
        {
            if (pages.TryGet(part.Index, out var frame))
                frame.Write(part.Start, source.Slice(part.Position, part.Length));
        }
    }

    /// <summary>
    /// vnode_pager_setsize: mapped pages past the new end vanish, and the rest of the last page becomes zero. When a file grows, bytes
    /// that a mapping has stored behind its end become part of it.
    /// </summary>
    /// <param name="former">Bytes that the file had.</param>
    /// <param name="size">Bytes that it has now.</param>
    public static void Resized(IBackingFile file, long former, long size)
    {
        if (size == former || file.Object is not { } pages)
            return;
        long end = Math.Min(size, former);
        if (size < former)
        {
            ulong first = (ulong)(size + Frame.Size - 1) / Frame.Size;
            pages.RemovePages(first, ulong.MaxValue - first);
        }
        int inPage = (int)(end % Frame.Size);
        if (inPage == 0 || !pages.TryGet((ulong)end / Frame.Size, out var last))
            return;
        Span<byte> tail = stackalloc byte[Frame.Size - inPage];
        last.Read(inPage, tail);
        if (tail.IndexOfAnyExcept((byte)0) < 0)
            return;
        if (size > former)
        {
            pages.MarkDirty((ulong)end / Frame.Size);
            return;
        }
        tail.Clear();
        last.Write(inPage, tail);
    }

    /// <summary>After a hole was made in a file: mapped pages within it vanish, and what it has of others becomes zero.</summary>
    public static void Zeroed(IBackingFile file, long offset, long length)
    {
        if (length <= 0 || file.Object is not { } pages)
            return;
        // Unsigned: the page after the last one begins at OFF_MAX + 1.
        ulong start = (ulong)offset, end = start + (ulong)length, firstWhole = (start + Frame.Size - 1) / Frame.Size, lastWhole = end / Frame.Size;
        if (firstWhole < lastWhole)
            pages.RemovePages(firstWhole, lastWhole - firstWhole);
        ReadOnlySpan<byte> zeros = stackalloc byte[Frame.Size];
        ulong head = Math.Min(end, firstWhole * Frame.Size), tail = Math.Max(head, lastWhole * Frame.Size);
        Written(file, offset, zeros[..(int)(head - start)]);
        Written(file, (long)tail, zeros[..(int)(end - tail)]);
    }

    /// <summary>The file was changed by somebody else: reads the mapped pages again, but for those that a mapping has changed.</summary>
    public static void Reload(IBackingFile file)
    {
        if (file.Object is not { } pages)
            return;
        foreach (ulong index in pages.PagesIn(0, ulong.MaxValue))
        {
            if (!pages.IsDirty(index) && pages.TryGet(index, out var frame))
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
        var file = pages.File!;
        Clean(pages, 0, ulong.MaxValue);
        file.Object = null;
        file.Unmapped();
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

    /// <summary>
    /// vm_object_page_clean: writes the changed pages of a range back. Those that cannot be written stay changed; the error is the first.
    /// </summary>
    internal static Errno Clean(VmObject pages, ulong first, ulong count)
    {
        var result = Errno.None;
        var file = pages.File!;
        Span<byte> bytes = stackalloc byte[Frame.Size];
        foreach (ulong index in pages.DirtyIn(first, count))
        {
            var error = Errno.None;
            long offset = (long)index * Frame.Size;
            if (offset < file.Size && pages.TryGet(index, out var frame))
            {
                frame.Read(0, bytes);
                error = file.WriteAt(offset, bytes);
            }
            if (error == Errno.None)
                pages.MarkClean(index);
            else if (result == Errno.None)
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

    /// <summary>The parts of a range of bytes that lie in one page each.</summary>
    private ref struct PageRange(long offset, int length)
    {
        private int _next;

        public (ulong Index, int Start, int Position, int Length) Current { get; private set; }

        public readonly PageRange GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next >= length)
                return false;
            long at = offset + _next;
            int start = (int)(at % Frame.Size), count = Math.Min(length - _next, Frame.Size - start);
            Current = ((ulong)at / Frame.Size, start, _next, count);
            _next += count;
            return true;
        }
    }
}
