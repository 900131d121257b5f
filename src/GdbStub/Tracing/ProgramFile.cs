using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tracing;

/// <summary>An ELF file of the guest: what tells it from others of its name.</summary>
/// <param name="Identity">The linker's build id; of a file without one the checksum of its separate debug information, or its own.</param>
/// <param name="Size">In bytes.</param>
internal readonly record struct ProgramFile(byte[] Identity, long Size)
{
    private const uint SectionNote = 7, NoteBuildId = 3;
    private const int HeaderBytes = 64, SectionBytes = 64, Piece = 64 * 1024, LongestSection = 64 * 1024;

    /// <summary>Reads the file as lldb does (ObjectFileELF::GetModuleSpecifications), so that both find the same identity.</summary>
    /// <returns>What open(2) or read(2) said; ENOEXEC for a file that is no 64-bit ELF.</returns>
    public static Errno Identify(SystemCalls system, string path, out ProgramFile file)
    {
        file = default;
        var error = system.Open(path, 0, 0, out var descriptor);
        if (error != Errno.None) return error;
        error = Identify(system, descriptor, out file);
        _ = system.Close(descriptor);
        return error;
    }

    private static Errno Identify(SystemCalls system, int descriptor, out ProgramFile file)
    {
        file = default;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!TryRead(system, descriptor, header, 0) || !header.StartsWith("\u007fELF\u0002\u0001"u8)) return Errno.ENOEXEC;
        var identity = FromSections(system, descriptor, header);
        var error = Checksum(system, descriptor, out var checksum, out var size);
        if (error != Errno.None) return error;
        file = new ProgramFile(identity ?? Bytes(checksum), size);
        return Errno.None;
    }

    /// <summary>The build id, else the checksum in .gnu_debuglink; null where there is neither.</summary>
    private static byte[]? FromSections(SystemCalls system, int descriptor, ReadOnlySpan<byte> header)
    {
        var table = BinaryPrimitives.ReadInt64LittleEndian(header[40..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[60..]), names = BinaryPrimitives.ReadUInt16LittleEndian(header[62..]);
        if (table <= 0 || names >= count || ReadSection(system, descriptor, table, names) is not { } strings) return null;
        byte[]? link = null;
        Span<byte> section = stackalloc byte[SectionBytes];
        for (var index = 0; index < count; index++)
        {
            if (!TryRead(system, descriptor, section, table + index * SectionBytes)) return link;
            var isNote = BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == SectionNote;
            var isLink = StartsWith(strings, BinaryPrimitives.ReadUInt32LittleEndian(section), ".gnu_debuglink\0"u8);
            if (!isNote && !isLink || ReadSection(system, descriptor, table, index) is not { } content) continue;
            if (isNote && FindBuildId(content) is { } identity) return identity;
            if (isLink && content.Length >= sizeof(uint)) link = content[^sizeof(uint)..];
        }
        return link;
    }

    private static byte[]? FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var name = (int)(BinaryPrimitives.ReadUInt32LittleEndian(notes) & 0xffff);
            var length = (int)(BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]) & 0xffff);
            var start = 12 + (name + 3 & ~3);
            if (start + length > notes.Length) return null;
            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == NoteBuildId && notes[12..].StartsWith("GNU\0"u8) && length > 0)
                return notes.Slice(start, length).ToArray();
            notes = notes[Math.Min(start + (length + 3 & ~3), notes.Length)..];
        }
        return null;
    }

    private static byte[]? ReadSection(SystemCalls system, int descriptor, long table, int index)
    {
        Span<byte> section = stackalloc byte[SectionBytes];
        if (!TryRead(system, descriptor, section, table + index * SectionBytes)) return null;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(section[32..]);
        if (length > LongestSection) return null;
        var content = new byte[(int)length];
        return TryRead(system, descriptor, content, BinaryPrimitives.ReadInt64LittleEndian(section[24..])) ? content : null;
    }

    private static bool StartsWith(ReadOnlySpan<byte> strings, uint offset, ReadOnlySpan<byte> name) =>
        offset < strings.Length && strings[(int)offset..].StartsWith(name);

    private static Errno Checksum(SystemCalls system, int descriptor, out uint checksum, out long size)
    {
        (checksum, size) = (uint.MaxValue, 0);
        var buffer = new byte[Piece];
        while (true)
        {
            var error = system.Pread(descriptor, buffer, size, out var count);
            if (error != Errno.None) return error;
            if (count == 0) break;
            checksum = Crc32.Append(checksum, buffer.AsSpan(0, count));
            size += count;
        }
        checksum = ~checksum;
        return Errno.None;
    }

    private static bool TryRead(SystemCalls system, int descriptor, Span<byte> bytes, long offset) =>
        offset >= 0 && system.Pread(descriptor, bytes, offset, out var count) == Errno.None && count == bytes.Length;

    private static byte[] Bytes(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
