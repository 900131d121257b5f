using System.IO.Compression;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Vm;

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
    private const int PieceBytes = 16 * Frame.Size;

    /// <summary>
    /// Writes the file from its beginning. EFAULT when it would reach <paramref name="limit"/> bytes, else what the file system says.
    /// </summary>
    /// <param name="lwp">Whose registers come first: debuggers show this thread.</param>
    /// <param name="compress">As gzip does.</param>
    public static Errno Write(Lwp lwp, OpenFile file, long limit, CoreContents contents, bool compress)
    {
        var segments = SegmentsOf(lwp.Process, contents);
        var notes = CoreNoteWriter.Of(lwp);
        var header = CoreLayout.Header(lwp.Process.Kernel.Architecture.ElfMachine, segments, notes.Length);
        var size = (ulong)CoreLayout.MemoryOffset(header.Length + notes.Length);
        foreach (var segment in segments) size += segment.Bytes;
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

    private static void Write(VmSpace vm, Stream output, byte[] header, ReadOnlySpan<byte> notes, List<CoreSegment> segments)
    {
        output.Write(header);
        output.Write(notes);
        var written = header.Length + notes.Length;
        output.Write(new byte[CoreLayout.MemoryOffset(written) - written]);
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
    private static List<CoreSegment> SegmentsOf(Process process, CoreContents contents)
    {
        var segments = new List<CoreSegment>();
        var isLegacy = process.Kernel.Cores.IsLegacy;
        foreach (var entry in process.Vm.Map.Entries)
        {
            if (entry.Object is null) continue;
            if (contents == CoreContents.Usual && entry.Has(EntryFlags.NoCoreDump)) continue;
            if (contents == CoreContents.Usual
                && (isLegacy ? (entry.Protection & Access.ReadWrite) != Access.ReadWrite : entry.Protection == Access.None)) continue;
            segments.Add(new CoreSegment(entry.Start, entry.End, Flags(entry.Protection)));
        }
        return segments;
    }

    private static uint Flags(Access protection) =>
        ((protection & Access.Read) != 0 ? CoreSegment.PF_R : 0) | ((protection & Access.Write) != 0 ? CoreSegment.PF_W : 0) | ((protection & Access.Execute) != 0 ? CoreSegment.PF_X : 0);
}
