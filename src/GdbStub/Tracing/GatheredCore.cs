using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// A core file that the debugger puts together itself, as gcore(1) does where the kernel has no PT_COREDUMP: notes, and a segment for each
/// mapping that the kernel would dump.
/// </summary>
internal sealed class GatheredCore(SystemCalls system, RegisterLayout layout, TracedThread thread)
{
    private const int PieceBytes = 64 * 1024;

    private readonly Tracee _process = thread.Process;

    /// <summary>Writes it to an open file.</summary>
    /// <returns>The error of write(2).</returns>
    public Errno Write(int descriptor)
    {
        var segments = Segments();
        var notes = new CoreNotesGatherer(system, layout, _process).Gather(thread);
        var header = CoreLayout.Header(layout.Target.ElfMachine, segments, notes.Length);
        var error = Put(descriptor, 0, header);
        if (error == Errno.None) error = Put(descriptor, header.Length, notes.Span);
        var offset = CoreLayout.MemoryOffset(header.Length + notes.Length);
        foreach (var segment in segments)
        {
            if (error == Errno.None) error = PutMemory(descriptor, offset, segment);
            offset += (long)segment.Bytes;
        }
        return error;
    }

    private List<CoreSegment> Segments()
    {
        var mappings = system.ReadMap(_process.Pid);
        mappings.RemoveAll(mapping => mapping.Entry.kve_type == kinfo_vmentry.KVME_TYPE_NONE || mapping.Entry.kve_protection == 0
            || (mapping.Entry.kve_flags & kinfo_vmentry.KVME_FLAG_NOCOREDUMP) != 0);
        return mappings.ConvertAll(mapping => new CoreSegment(mapping.Entry.kve_start, mapping.Entry.kve_end, Flags(mapping.Entry.kve_protection)));
    }

    /// <summary>
    /// What cannot be read becomes a hole; so does a last piece of zeros, which leaves the file as long as its headers say.
    /// </summary>
    private Errno PutMemory(int descriptor, long offset, in CoreSegment segment)
    {
        var piece = new byte[PieceBytes];
        for (var address = segment.Start; address < segment.End; address += PieceBytes)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceBytes, segment.End - address));
            part.Clear();
            _ = _process.Memory.Read(address, part, out _);
            if (!part.ContainsAnyExcept((byte)0) && address + PieceBytes < segment.End) continue;
            var error = Put(descriptor, offset + (long)(address - segment.Start), part);
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    private Errno Put(int descriptor, long offset, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var error = system.Pwrite(descriptor, bytes, offset, out var count);
            if (error == Errno.None && count == 0) error = Errno.ENOSPC;
            if (error != Errno.None) return error;
            bytes = bytes[count..];
            offset += count;
        }
        return Errno.None;
    }

    private static uint Flags(int protection) =>
        ((protection & kinfo_vmentry.KVME_PROT_READ) != 0 ? CoreSegment.PF_R : 0) | ((protection & kinfo_vmentry.KVME_PROT_WRITE) != 0 ? CoreSegment.PF_W : 0)
        | ((protection & kinfo_vmentry.KVME_PROT_EXEC) != 0 ? CoreSegment.PF_X : 0);
}
