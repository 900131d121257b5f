using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// A core file that the debugger puts together itself, as gcore(1) does where the kernel has no PT_COREDUMP: notes, and a segment for each
/// mapping that the kernel would dump.
/// </summary>
internal sealed class GatheredCore(SystemCalls system, RegisterLayout layout, TracedThread thread)
{
    private const int HeaderBytes = 64, ProgramHeaderBytes = 56, PieceBytes = 64 * 1024;
    private const uint PT_LOAD = 1, PT_NOTE = 4, PF_X = 1, PF_W = 2, PF_R = 4;
    private const ushort ET_CORE = 4;
    private const ulong Page = 4096;

    private readonly Tracee _process = thread.Process;

    /// <summary>Writes it to an open file.</summary>
    /// <returns>The error of write(2).</returns>
    public Errno Write(int descriptor)
    {
        var segments = system.ReadMap(_process.Pid).ConvertAll(mapping => mapping.Entry);
        segments.RemoveAll(entry => entry.kve_type == kinfo_vmentry.KVME_TYPE_NONE || entry.kve_protection == 0
            || (entry.kve_flags & kinfo_vmentry.KVME_FLAG_NOCOREDUMP) != 0);
        var notes = new CoreNotesGatherer(system, layout, _process).Gather(thread);
        var header = Header(segments, notes.Length);
        var error = Put(descriptor, 0, header);
        if (error == Errno.None) error = Put(descriptor, header.Length, notes.Span);
        var offset = (long)Aligned((ulong)(header.Length + notes.Length));
        foreach (var segment in segments)
        {
            if (error == Errno.None) error = PutMemory(descriptor, offset, segment);
            offset += (long)(segment.kve_end - segment.kve_start);
        }
        return error;
    }

    private byte[] Header(List<kinfo_vmentry> segments, int noteBytes)
    {
        var header = new byte[HeaderBytes + (segments.Count + 1) * ProgramHeaderBytes];
        var elf = header.AsSpan();
        // 64 bits, little-endian, version 1, FreeBSD.
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 9];
        identity.CopyTo(elf);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[16..], ET_CORE);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[18..], layout.Target.ElfMachine);
        BinaryPrimitives.WriteUInt32LittleEndian(elf[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(elf[32..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[52..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[54..], ProgramHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[56..], (ushort)(segments.Count + 1));
        PutProgramHeader(elf[HeaderBytes..], PT_NOTE, PF_R, (ulong)header.Length, 0, (ulong)noteBytes, 0, sizeof(int));
        var offset = Aligned((ulong)(header.Length + noteBytes));
        for (var index = 0; index < segments.Count; index++)
        {
            var segment = segments[index];
            var bytes = segment.kve_end - segment.kve_start;
            PutProgramHeader(
                elf[(HeaderBytes + (index + 1) * ProgramHeaderBytes)..], PT_LOAD, Flags(segment.kve_protection), offset, segment.kve_start, bytes,
                bytes, Page);
            offset += bytes;
        }
        return header;
    }

    /// <summary>What cannot be read becomes a hole; so does a last piece of zeros, which leaves the file as long as its headers say.</summary>
    private Errno PutMemory(int descriptor, long offset, in kinfo_vmentry segment)
    {
        var piece = new byte[PieceBytes];
        for (var address = segment.kve_start; address < segment.kve_end; address += PieceBytes)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceBytes, segment.kve_end - address));
            part.Clear();
            _ = _process.Memory.Read(address, part, out _);
            if (!part.ContainsAnyExcept((byte)0) && address + PieceBytes < segment.kve_end) continue;
            var error = Put(descriptor, offset + (long)(address - segment.kve_start), part);
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

    private static uint Flags(int protection) =>
        ((protection & kinfo_vmentry.KVME_PROT_READ) != 0 ? PF_R : 0) | ((protection & kinfo_vmentry.KVME_PROT_WRITE) != 0 ? PF_W : 0)
        | ((protection & kinfo_vmentry.KVME_PROT_EXEC) != 0 ? PF_X : 0);

    private static ulong Aligned(ulong bytes) => (bytes + Page - 1) & ~(Page - 1);
}
