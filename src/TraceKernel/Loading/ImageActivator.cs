using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Vm;

namespace TraceKernel.Loading;

/// <summary>imgact_elf.c's mapping of files: puts the segments of an image into a fresh address space.</summary>
internal sealed class ImageActivator(VmSpace vm, PhysicalMemory memory)
{
    private const ulong PageMask = ~(ulong)(Frame.Size - 1);

    /// <summary>MAXTSIZ: most bytes of a text segment.</summary>
    private const ulong MaximumTextSize = 32UL << 30;

    /// <summary>load_sections: maps every segment, <paramref name="loadAddress"/> higher than it says.</summary>
    internal Errno LoadSections(ElfImage image, ulong loadAddress)
    {
        foreach (var segment in image.Segments)
        {
            if (segment.MemorySize == 0)
                continue;
            var error = LoadSection(image.File, segment, loadAddress + segment.Address);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    /// <summary>
    /// enforce_limits: notes where text and data are, from which the break and the place of mappings follow. ENOMEM beyond the limits.
    /// </summary>
    internal Errno EnforceLimits(ElfImage image, ulong loadAddress)
    {
        ulong textAddress = 0, textSize = 0, dataAddress = 0, dataSize = 0;
        foreach (var segment in image.Segments)
        {
            ulong address = segment.FirstPage + loadAddress, size = segment.End - segment.FirstPage;
            // The largest executable segment is the text, the last of the others the data.
            if ((segment.Protection & Access.Execute) != 0 && textSize < size)
                (textAddress, textSize) = (address, size);
            else
                (dataAddress, dataSize) = (address, size);
        }
        if (dataAddress == 0 && dataSize == 0)
            (dataAddress, dataSize) = (textAddress, textSize);
        if (dataSize > VmSpace.MaximumDataSize || textSize > MaximumTextSize)
            return Errno.ENOMEM;
        vm.TextAddress = textAddress;
        vm.DataAddress = dataAddress;
        vm.DataSize = dataSize;
        return Errno.None;
    }

    // Whole pages of the file are mapped privately. The page in which the file's part ends and zeros begin is an anonymous one with a copy.
    private Errno LoadSection(IBackingFile file, in ElfSegment segment, ulong address)
    {
        ulong fileStart = segment.Offset & PageMask, fileEnd = segment.Offset + segment.FileSize, start = address & PageMask;
        bool hasZeros = segment.MemorySize > segment.FileSize;
        ulong mapped = segment.FileSize == 0 ? 0 : (hasZeros ? fileEnd : fileEnd + Frame.Size - 1 & PageMask) - fileStart & PageMask;
        if (mapped != 0)
        {
            var pages = VnodePager.Allocate(memory, file);
            var flags = EntryFlags.CopyOnWrite | EntryFlags.NeedsCopy
                | ((segment.Protection & Access.Write) != 0 ? EntryFlags.None : EntryFlags.NoCoreDump);
            var mapping = new VmMapping(pages, fileStart, segment.Protection, Access.All, flags, Inheritance.Copy);
            var inserted = Insert(start, start + mapped, mapping);
            pages.Release();
            if (inserted != Errno.None)
                return inserted;
        }
        if (!hasZeros)
            return Errno.None;

        ulong zeros = address + segment.FileSize & PageMask, end = address + segment.MemorySize + Frame.Size - 1 & PageMask;
        var error = Insert(zeros, end, new VmMapping(null, 0, segment.Protection, Access.All, EntryFlags.None, Inheritance.Copy));
        return error == Errno.None && segment.FileSize > 0 ? CopyPartialPage(file, fileEnd, zeros) : error;
    }

    private Errno CopyPartialPage(IBackingFile file, ulong fileEnd, ulong page)
    {
        Span<byte> bytes = stackalloc byte[(int)(fileEnd & ~PageMask)];
        if (bytes.Length == 0)
            return Errno.None;
        var error = VnodePager.Read(file, (long)(fileEnd & PageMask), bytes, out int count);
        if (error == Errno.None && count < bytes.Length)
            error = Errno.EIO;
        return error == Errno.None ? vm.Fill(page, bytes) : error;
    }

    private Errno Insert(ulong start, ulong end, in VmMapping mapping)
    {
        vm.Map.Lock();
        return vm.Map.Insert(start, end, mapping) switch
        {
            KernReturn.Success => Errno.None,
            KernReturn.ResourceShortage => Errno.ENOMEM,
            _ => Errno.EINVAL,
        };
    }
}
