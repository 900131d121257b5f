using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>
/// A FreeBSD program or library as it is shown to a gdb that does not know FreeBSD: without its brand. Such a gdb goes by EI_OSABI and by
/// the ABI note, and then refuses the whole description of the target (osabi.c, generic_elf_osabi_sniffer).
/// </summary>
/// <param name="brand">Where the byte EI_OSABI is.</param>
/// <param name="notes">Where the types of FreeBSD's ABI notes are.</param>
public sealed class ServedProgram(long brand, IReadOnlyList<long> notes)
{
    private const int HeaderBytes = 64, ProgramHeaderBytes = 56, MostHeaders = 64, LongestNotes = 4096;
    private const int EI_OSABI = 7, ELFOSABI_FREEBSD = 9, ET_EXEC = 2, ET_DYN = 3;
    private const uint PT_NOTE = 4, NT_FREEBSD_ABI_TAG = 1;

    /// <summary>Reads an open file; null for one that is no program, or is not branded FreeBSD.</summary>
    public static ServedProgram? Read(SystemCalls system, int descriptor)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!TryRead(system, descriptor, header, 0) || !header.StartsWith("\u007fELF\u0002\u0001"u8)) return null;
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) is not (ET_EXEC or ET_DYN) || header[EI_OSABI] is not (0 or ELFOSABI_FREEBSD))
            return null;
        var notes = new List<long>();
        var table = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        int count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(header[56..]), MostHeaders);
        Span<byte> segment = stackalloc byte[ProgramHeaderBytes];
        for (var index = 0; index < count; index++)
        {
            if (!TryRead(system, descriptor, segment, table + index * ProgramHeaderBytes)) break;
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) != PT_NOTE) continue;
            FindNotes(system, descriptor, BinaryPrimitives.ReadInt64LittleEndian(segment[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]), notes);
        }
        return header[EI_OSABI] == ELFOSABI_FREEBSD || notes.Count > 0 ? new ServedProgram(EI_OSABI, notes) : null;
    }

    /// <summary>Takes the brand out of <paramref name="bytes"/> that were read at <paramref name="offset"/>.</summary>
    public void Neutralise(long offset, Span<byte> bytes)
    {
        Clear(brand - offset, bytes);
        foreach (var type in notes)
            for (var at = type; at < type + sizeof(uint); at++) Clear(at - offset, bytes);
    }

    private static void Clear(long at, Span<byte> bytes)
    {
        if (at >= 0 && at < bytes.Length) bytes[(int)at] = 0;
    }

    private static void FindNotes(SystemCalls system, int descriptor, long offset, ulong length, List<long> found)
    {
        var bytes = new byte[(int)Math.Min(length, LongestNotes)];
        if (!TryRead(system, descriptor, bytes, offset)) return;
        for (var at = 0; at + 12 <= bytes.Length;)
        {
            var note = bytes.AsSpan(at);
            var name = BinaryPrimitives.ReadUInt32LittleEndian(note) + 3UL & ~3UL;
            var description = BinaryPrimitives.ReadUInt32LittleEndian(note[4..]) + 3UL & ~3UL;
            if (BinaryPrimitives.ReadUInt32LittleEndian(note[8..]) == NT_FREEBSD_ABI_TAG && note[12..].StartsWith("FreeBSD\0"u8))
                found.Add(offset + at + 8);
            if (12 + name + description > (ulong)note.Length) return;
            at += (int)(12 + name + description);
        }
    }

    private static bool TryRead(SystemCalls system, int descriptor, Span<byte> bytes, long offset) =>
        offset >= 0 && system.Pread(descriptor, bytes, offset, out var count) == Errno.None && count == bytes.Length;
}
