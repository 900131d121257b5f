namespace TraceKernel.Files;

/// <summary>Bytes on their way from writers to readers, up to a number of them; the buffer grows with what waits in it.</summary>
internal sealed class ByteRing(int capacity)
{
    private const int SmallestBuffer = 4096;

    private byte[] _buffer = [];
    private int _start;

    /// <summary>Bytes that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that fit.</summary>
    public int Room => capacity - Count;

    public void Clear() => Count = 0;

    /// <summary>Takes the first bytes, as many as there are and as the destination holds.</summary>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(Count, destination.Length);
        var first = Math.Min(count, _buffer.Length - _start);
        _buffer.AsSpan(_start, first).CopyTo(destination);
        _buffer.AsSpan(0, count - first).CopyTo(destination[first..]);
        Count -= count;
        _start = Count == 0 ? 0 : (_start + count) % _buffer.Length;
        return count;
    }

    /// <summary>Adds bytes; there is room for all.</summary>
    public void Write(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return;
        if (Count + source.Length > _buffer.Length) Grow(Count + source.Length);
        var end = (_start + Count) % _buffer.Length;
        var first = Math.Min(source.Length, _buffer.Length - end);
        source[..first].CopyTo(_buffer.AsSpan(end));
        source[first..].CopyTo(_buffer);
        Count += source.Length;
    }

    private void Grow(int needed)
    {
        var larger = new byte[Math.Min(capacity, Math.Max(SmallestBuffer, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed)))];
        var waiting = Read(larger);
        (_buffer, _start, Count) = (larger, 0, waiting);
    }
}
