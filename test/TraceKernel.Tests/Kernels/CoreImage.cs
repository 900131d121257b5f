using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;

namespace TraceKernel.Tests.Kernels;

/// <summary>A core file, read back by the rules of elf(5) alone.</summary>
internal sealed class CoreImage
{
    private readonly byte[] _file;

    public CoreImage(byte[] file)
    {
        _file = file;
        var count = (int)Half(56);
        // PN_XNUM: the number stands in the first section header.
        if (count == 0xffff) count = (int)Word((int)Long(40) + 44);
        for (var i = 0; i < count; i++)
        {
            var header = 64 + i * 56;
            if (Word(header) == 4) ReadNotes((int)Long(header + 8), (int)Long(header + 32));
            else Segments.Add(new Segment(Word(header), Word(header + 4), Long(header + 8), Long(header + 16), Long(header + 32), Long(header + 40)));
        }
    }

    public sealed record Note(int Type, string Owner, byte[] Value)
    {
        public int Int(int offset) => BinaryPrimitives.ReadInt32LittleEndian(Value.AsSpan(offset));
        public ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Value.AsSpan(offset));
        public string Text(int offset) => NullTerminated.ToText(Value.AsSpan(offset));
    }

    public sealed record Segment(uint Type, uint Flags, ulong Offset, ulong Address, ulong FileBytes, ulong MemoryBytes);

    public List<Note> Notes { get; } = [];
    public List<Segment> Segments { get; } = [];

    public ReadOnlySpan<byte> Header => _file.AsSpan(0, 64);
    public int Length => _file.Length;

    public IEnumerable<Note> Of(int type) => Notes.Where(note => note.Type == type);

    /// <summary>What the file says was at an address.</summary>
    public ReadOnlySpan<byte> Memory(ulong address, int length)
    {
        var segment = Segments.Single(segment => address >= segment.Address && address < segment.Address + segment.FileBytes);
        return _file.AsSpan((int)(segment.Offset + (address - segment.Address)), length);
    }

    public bool Holds(string text) => _file.AsSpan().IndexOf(Encoding.Latin1.GetBytes(text)) >= 0;

    /// <summary>A file of the guest's, in whole; null when there is none.</summary>
    public static byte[]? ReadFile(SystemCalls calls, string path)
    {
        if (calls.Open(path, Fcntl.O_RDONLY, 0, out var descriptor) != Errno.None) return null;
        var file = new MemoryStream();
        var buffer = new byte[1 << 16];
        int count;
        do
        {
            Assert.That(calls.Pread(descriptor, buffer, file.Length, out count), Is.EqualTo(Errno.None));
            file.Write(buffer, 0, count);
        }
        while (count > 0);
        calls.Close(descriptor);
        return file.ToArray();
    }

    private void ReadNotes(int offset, int length)
    {
        for (var end = offset + length; offset < end;)
        {
            var (nameBytes, valueBytes, type) = ((int)Word(offset), (int)Word(offset + 4), (int)Word(offset + 8));
            offset += 12;
            var owner = NullTerminated.ToText(_file.AsSpan(offset, nameBytes));
            offset += nameBytes + 3 & ~3;
            Notes.Add(new Note(type, owner, _file.AsSpan(offset, valueBytes).ToArray()));
            offset += valueBytes + 3 & ~3;
        }
    }

    private uint Half(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));
    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(offset));
    private ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(offset));
}
