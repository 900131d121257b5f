using System.Buffers.Binary;

namespace TraceKernel.Tests.Loading;

/// <summary>Writes small ELF64 files, right or wrong in one place.</summary>
internal sealed class ElfBuilder
{
    internal const uint Load = 1, Dynamic = 2, Interp = 3, Note = 4, Phdr = 6, Tls = 7, GnuStack = 0x6474e551;
    private readonly List<byte[]> _headers = [];
    private readonly SortedDictionary<int, byte[]> _contents = [];

    internal ushort Type { get; set; } = 2;
    internal ushort Machine { get; set; } = 62;
    internal byte Class { get; set; } = 2;
    internal byte ByteOrder { get; set; } = 1;
    internal byte Version { get; set; } = 1;
    internal byte Abi { get; set; } = 9;
    internal ulong Entry { get; set; } = 0x201000;
    internal ulong HeaderTable { get; set; } = 64;
    internal ushort HeaderSize { get; set; } = 56;
    internal uint Flags { get; set; }
    internal string Brand { get; set; } = "";

    internal static byte[] FreeBsdNote(int release) => NoteBytes("FreeBSD\0", 1, BitConverter.GetBytes(release));

    internal static byte[] GnuNote(int system) => NoteBytes("GNU\0", 1, [.. BitConverter.GetBytes(system), .. new byte[12]]);

    internal static byte[] NoteBytes(string name, int type, byte[] descriptor) =>
    [
        .. BitConverter.GetBytes(name.Length), .. BitConverter.GetBytes(descriptor.Length), .. BitConverter.GetBytes(type),
        .. System.Text.Encoding.Latin1.GetBytes(name), .. new byte[-name.Length & 3], .. descriptor, .. new byte[-descriptor.Length & 3],
    ];

    internal ElfBuilder Segment(uint type, ulong offset, ulong address, ulong fileSize, ulong memorySize, uint flags = 5)
    {
        var header = new byte[56];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), address);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), address);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), fileSize);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), memorySize);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(48), 4096);
        _headers.Add(header);
        return this;
    }

    /// <summary>A header with bytes of its own in the file.</summary>
    internal ElfBuilder Segment(uint type, int offset, byte[] bytes)
    {
        _contents[offset] = bytes;
        return Segment(type, (ulong)offset, 0, (ulong)bytes.Length, (ulong)bytes.Length, flags: 4);
    }

    internal ElfBuilder Bytes(int offset, byte[] bytes)
    {
        _contents[offset] = bytes;
        return this;
    }

    /// <summary>The usual program: text with the headers at 0x200000, data and bss at 0x203f00.</summary>
    internal static ElfBuilder Program() => new ElfBuilder()
        .Segment(Load, 0, 0x200000, 0x2000, 0x2000)
        .Segment(Load, 0x2f00, 0x203f00, 0x180, 0x3000, flags: 6);

    internal byte[] Build(int size = 0x4000)
    {
        var file = new byte[size];
        foreach (var (offset, bytes) in _contents)
            bytes.CopyTo(file, offset);
        "\u007fELF"u8.CopyTo(file);
        file[4] = Class;
        file[5] = ByteOrder;
        file[6] = Version;
        file[7] = Abi;
        System.Text.Encoding.Latin1.GetBytes(Brand, file.AsSpan(8));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), Type);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), Machine);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), Version);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), Entry);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), HeaderTable);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(48), Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(52), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), (ushort)_headers.Count);
        for (int index = 0; index < _headers.Count && (int)HeaderTable + (index + 1) * 56 <= size; index++)
            _headers[index].CopyTo(file, (int)HeaderTable + index * 56);
        return file;
    }
}
