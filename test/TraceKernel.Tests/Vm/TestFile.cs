using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Tests.Vm;

/// <summary>A file whose bytes a test sees and changes.</summary>
internal sealed class TestFile(byte[] bytes, string path = "/tmp/file") : IBackingFile
{
    public VmObject? Object { get; set; }

    public byte[] Bytes { get; set; } = bytes;
    public Errno ReadError { get; set; }
    public Errno WriteError { get; set; }
    public long Size => Bytes.Length;
    public string Path => path;
    public long FileId => 42;
    public uint FileSystemId => 7;

    public Errno ReadAt(long offset, Span<byte> destination, out int count)
    {
        count = (int)Math.Clamp(Bytes.Length - offset, 0, destination.Length);
        Bytes.AsSpan((int)Math.Min(offset, Bytes.Length), count).CopyTo(destination);
        return ReadError;
    }

    public Errno WriteAt(long offset, ReadOnlySpan<byte> source)
    {
        if (WriteError == Errno.None)
            source[..Math.Min(source.Length, Bytes.Length - (int)offset)].CopyTo(Bytes.AsSpan((int)offset));
        return WriteError;
    }

    public bool HasRoom { get; set; } = true;

    public bool TryReserve(long offset) => HasRoom;

    public void Unmapped()
    {
    }
}
