using TraceKernel.Abi;
using TraceKernel.Files;

namespace TraceKernel.Cores;

/// <summary>Writes a file of the guest from its beginning on: core_write.</summary>
internal sealed class CoreStream(OpenFile file) : Stream
{
    private long _position;

    /// <summary>Why the file takes no more: ENOSPC and its like. Nothing is written after that.</summary>
    public Errno Error { get; private set; }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _position;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Zeros that are not written: a hole.</summary>
    public void Skip(int bytes) => _position += bytes;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0 && Error == Errno.None)
        {
            Error = file.Target.Write(file, _position, buffer, out var count);
            if (Error == Errno.None && count == 0) Error = Errno.ENOSPC;
            buffer = buffer[count..];
            _position += count;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
