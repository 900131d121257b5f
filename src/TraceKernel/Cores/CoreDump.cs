using System.Buffers.Binary;
using System.IO.Compression;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Vm;
using static TraceKernel.Loading.ElfConstants;

namespace TraceKernel.Cores;

/// <summary>Which memory a core file has.</summary>
internal enum CoreContents
{
    /// <summary>What the process can access, except what was marked MADV_NOCORE.</summary>
    Usual,
    /// <summary>PC_ALL: everything that is mapped.</summary>
    All,
}

/// <summary>An ELF core file: header, notes, and memory a segment for each map entry (elf64_coredump of imgact_elf.c).</summary>
internal static class CoreDump
{
    private const int SectionHeaderBytes = 64, PieceBytes = 16 * Frame.Size;

    /// <summary>PN_XNUM: so many program headers that their number stands in a section header.</summary>
    private const int ManyHeaders = 0xffff;

    private readonly record struct Segment(ulong Start, ulong End, Access Protection);

    /// <summary>Writes the file from its beginning. EFAULT when it would reach <paramref name="limit"/> bytes, else what the file system says.</summary>
    /// <param name="lwp">Whose registers come first: debuggers show this thread.</param>
    /// <param name="compress">As gzip does.</param>
    public static Errno Write(Lwp lwp, OpenFile file, long limit, CoreContents contents, bool compress)
    {
        var segments = SegmentsOf(lwp.Process, contents);
        var notes = CoreNoteWriter.Of(lwp);
        var header = Header(lwp.Process, segments, notes.Length);
        var size = PageAligned((ulong)(header.Length + notes.Length));
        foreach (var segment in segments) size += segment.End - segment.Start;
        if (size >= (ulong)limit) return Errno.EFAULT;

        using var output = new CoreStream(file);
        if (!compress)
        {
            Write(lwp.Process.Vm, output, header, notes, segments);
            return output.Error == Errno.None ? file.Target.Truncate((long)size) : output.Error;
        }
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true)) Write(lwp.Process.Vm, gzip, header, notes, segments);
        return output.Error;
    }

    private static void Write(VmSpace vm, Stream output, byte[] header, ReadOnlySpan<byte> notes, List<Segment> segments)
    {
        output.Write(header);
        output.Write(notes);
        var written = (ulong)(header.Length + notes.Length);
        output.Write(new byte[PageAligned(written) - written]);
        var piece = new byte[PieceBytes];
        foreach (var segment in segments)
        {
            for (var address = segment.Start; address < segment.End; address += PieceBytes)
            {
                var part = piece.AsSpan(0, (int)Math.Min(PieceBytes, segment.End - address));
                if (!vm.ReadForCore(address, part) && output is CoreStream file) file.Skip(part.Length);
                else output.Write(part);
            }
        }
    }

    /// <summary>each_dumpable_segment. Memory that was never touched has no object, and is left out.</summary>
    private static List<Segment> SegmentsOf(Process process, CoreContents contents)
    {
        var segments = new List<Segment>();
        var isLegacy = process.Kernel.Cores.IsLegacy;
        foreach (var entry in process.Vm.Map.Entries)
        {
            if (entry.Object is null) continue;
            if (contents == CoreContents.Usual && entry.Has(EntryFlags.NoCoreDump)) continue;
            if (contents == CoreContents.Usual
                && (isLegacy ? (entry.Protection & Access.ReadWrite) != Access.ReadWrite : entry.Protection == Access.None)) continue;
            segments.Add(new Segment(entry.Start, entry.End, entry.Protection));
        }
        return segments;
    }

    // elf64_puthdr
    private static byte[] Header(Process process, List<Segment> segments, int noteBytes)
    {
        var count = segments.Count + 1;
        var isMany = count >= ManyHeaders;
        var headersEnd = HeaderBytes + count * ProgramHeaderBytes;
        var header = new byte[headersEnd + (isMany ? SectionHeaderBytes : 0)];
        var elf = header.AsSpan();
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_FREEBSD];
        identity.CopyTo(elf);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[16..], ET_CORE);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[18..], process.Kernel.Architecture.ElfMachine);
        BinaryPrimitives.WriteUInt32LittleEndian(elf[20..], EV_CURRENT);
        BinaryPrimitives.WriteUInt64LittleEndian(elf[32..], HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(elf[40..], isMany ? (ulong)headersEnd : 0);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[52..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[54..], ProgramHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[56..], (ushort)Math.Min(count, ManyHeaders));
        BinaryPrimitives.WriteUInt16LittleEndian(elf[58..], SectionHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[60..], (ushort)(isMany ? 1 : 0));
        if (isMany)
        {
            // The first section header: sh_size is the number of sections, sh_info that of program headers.
            BinaryPrimitives.WriteUInt64LittleEndian(elf[(headersEnd + 32)..], 1);
            BinaryPrimitives.WriteUInt32LittleEndian(elf[(headersEnd + 44)..], (uint)count);
        }

        PutProgramHeader(elf[HeaderBytes..], PT_NOTE, PF_R, (ulong)header.Length, 0, (ulong)noteBytes, 0, sizeof(int));
        var offset = PageAligned((ulong)(header.Length + noteBytes));
        for (var i = 0; i < segments.Count; i++)
        {
            var (start, end, protection) = segments[i];
            PutProgramHeader(
                elf[(HeaderBytes + (i + 1) * ProgramHeaderBytes)..], PT_LOAD, Flags(protection), offset, start, end - start, end - start, Frame.Size);
            offset += end - start;
        }
        return header;
    }

    private static void PutProgramHeader(
        Span<byte> header, uint type, uint flags, ulong offset, ulong address, ulong fileBytes, ulong memoryBytes, ulong alignment)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], fileBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], memoryBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], alignment);
    }

    private static uint Flags(Access protection) =>
        ((protection & Access.Read) != 0 ? PF_R : 0) | ((protection & Access.Write) != 0 ? PF_W : 0) | ((protection & Access.Execute) != 0 ? PF_X : 0);

    private static ulong PageAligned(ulong bytes) => (bytes + Frame.Size - 1) & ~(ulong)(Frame.Size - 1);
}
