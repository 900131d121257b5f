using System.Buffers;
using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Elf64_Ehdr (elf(5)).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct Elf64_Ehdr
{
    public const int Bytes = 64;
    /// <summary>The first eight bytes of e_ident; the others are zero.</summary>
    [FieldOffset(0)] public ulong e_ident;
    [FieldOffset(16)] public ushort e_type;
    [FieldOffset(18)] public ushort e_machine;
    [FieldOffset(20)] public uint e_version;
    [FieldOffset(32)] public ulong e_phoff;
    [FieldOffset(40)] public ulong e_shoff;
    [FieldOffset(52)] public ushort e_ehsize;
    [FieldOffset(54)] public ushort e_phentsize;
    [FieldOffset(56)] public ushort e_phnum;
    [FieldOffset(58)] public ushort e_shentsize;
    [FieldOffset(60)] public ushort e_shnum;
}

/// <summary>Elf64_Phdr (elf(5)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Elf64_Phdr(
    uint p_type, uint p_flags, ulong p_offset, ulong p_vaddr, ulong p_paddr, ulong p_filesz, ulong p_memsz, ulong p_align)
{
    public const int Bytes = 56;
}

/// <summary>Elf64_Shdr (elf(5)).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct Elf64_Shdr
{
    public const int Bytes = 64;
    [FieldOffset(32)] public ulong sh_size;
    [FieldOffset(44)] public uint sh_info;
}

/// <summary>Memory of a core file.</summary>
/// <param name="Flags">PF_R, PF_W and PF_X.</param>
public readonly record struct CoreSegment(ulong Start, ulong End, uint Flags)
{
    public const uint PF_X = 1, PF_W = 2, PF_R = 4;

    public ulong Bytes => End - Start;
}

/// <summary>
/// How a core file of FreeBSD is laid out, whoever writes it: headers, notes, and from the next page on memory (elf64_puthdr).
/// </summary>
public static class CoreLayout
{
    private const uint PT_LOAD = 1, PT_NOTE = 4;
    private const ushort ET_CORE = 4;
    private const ulong Page = 4096;

    /// <summary>"\x7fELF", 64 bits, little-endian, version 1, FreeBSD.</summary>
    private const ulong Identity = 0x09010102464c457f;

    /// <summary>PN_XNUM: so many program headers that their number stands in a section header.</summary>
    private const int ManyHeaders = 0xffff;

    /// <summary>Elf_Note, "FreeBSD" and the value, each padded to 4 bytes.</summary>
    public static void PutNote(IBufferWriter<byte> notes, int type, ReadOnlySpan<byte> value)
    {
        var owner = "FreeBSD\0"u8;
        var head = 3 * sizeof(int) + owner.Length;
        var bytes = head + (value.Length + 3 & ~3);
        var note = notes.GetSpan(bytes)[..bytes];
        note.Clear();
        MemoryMarshal.Write(note, owner.Length);
        MemoryMarshal.Write(note[4..], value.Length);
        MemoryMarshal.Write(note[8..], type);
        owner.CopyTo(note[12..]);
        value.CopyTo(note[head..]);
        notes.Advance(bytes);
    }

    /// <summary>What stands before the notes.</summary>
    /// <param name="machine">EM_*.</param>
    public static byte[] Header(ushort machine, IReadOnlyList<CoreSegment> segments, int noteBytes)
    {
        var count = segments.Count + 1;
        var isMany = count >= ManyHeaders;
        var programHeadersEnd = Elf64_Ehdr.Bytes + count * Elf64_Phdr.Bytes;
        var header = new byte[programHeadersEnd + (isMany ? Elf64_Shdr.Bytes : 0)];
        MemoryMarshal.Write(header, new Elf64_Ehdr
        {
            e_ident = Identity, e_type = ET_CORE, e_machine = machine, e_version = 1, e_phoff = Elf64_Ehdr.Bytes,
            e_shoff = isMany ? (ulong)programHeadersEnd : 0, e_ehsize = Elf64_Ehdr.Bytes, e_phentsize = Elf64_Phdr.Bytes,
            e_phnum = (ushort)Math.Min(count, ManyHeaders), e_shentsize = Elf64_Shdr.Bytes, e_shnum = (ushort)(isMany ? 1 : 0),
        });
        // The first section header: sh_size is the number of sections, sh_info that of program headers.
        if (isMany) MemoryMarshal.Write(header.AsSpan(programHeadersEnd), new Elf64_Shdr { sh_size = 1, sh_info = (uint)count });

        var table = MemoryMarshal.Cast<byte, Elf64_Phdr>(header.AsSpan(Elf64_Ehdr.Bytes, count * Elf64_Phdr.Bytes));
        table[0] = new Elf64_Phdr(PT_NOTE, CoreSegment.PF_R, (ulong)header.Length, 0, 0, (ulong)noteBytes, 0, sizeof(int));
        var offset = (ulong)MemoryOffset(header.Length + noteBytes);
        for (var index = 0; index < segments.Count; index++)
        {
            var segment = segments[index];
            table[index + 1] = new Elf64_Phdr(PT_LOAD, segment.Flags, offset, segment.Start, 0, segment.Bytes, segment.Bytes, Page);
            offset += segment.Bytes;
        }
        return header;
    }

    /// <summary>Where the first segment's memory is in the file, behind so many bytes of headers and notes.</summary>
    public static long MemoryOffset(int headBytes) => (long)(((ulong)headBytes + Page - 1) & ~(Page - 1));
}
