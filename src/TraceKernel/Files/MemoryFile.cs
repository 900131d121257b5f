using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Files;

/// <summary>A regular file in memory, kept in blocks; blocks never written are zeros and take nothing.</summary>
public class MemoryFile(FileSystem fileSystem, Mount mount, int permissions, Caller owner)
    : RegularVnode(fileSystem, mount, permissions, owner)
{
    private const int BlockBytes = 1 << 16;

    private readonly Dictionary<long, byte[]> _blocks = [];
    private long _size;

    public override long Size => _size;

    public override stat Stat() => base.Stat() with { st_blocks = _blocks.Count * (BlockBytes / 512) };

    public override Errno ReadAt(long offset, Span<byte> destination, out int count)
    {
        count = (int)Math.Clamp(_size - offset, 0, destination.Length);
        for (var done = 0; done < count;)
        {
            var (block, start, length) = Place(offset + done, count - done);
            var part = destination.Slice(done, length);
            if (_blocks.TryGetValue(block, out var bytes)) bytes.AsSpan(start, length).CopyTo(part);
            else part.Clear();
            done += length;
        }
        if (count > 0) Accessed = FileSystem.Now;
        return Errno.None;
    }

    // What lies behind the end in the last page stays there, as in the pages of tmpfs.
    public override Errno WriteAt(long offset, ReadOnlySpan<byte> source) => offset < _size ? Store(offset, source, out _) : Errno.None;

    public override bool TryReserve(long offset) => BlockOf(offset / BlockBytes) is not null;

    public override Errno Write(OpenFile file, long offset, ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        if (offset > long.MaxValue - source.Length) return Errno.EFBIG;
        var error = Store(offset, source, out count);
        var former = _size;
        var grows = count > 0 && offset + count > former;
        if (grows) _size = offset + count;
        VnodePager.Resized(this, former, _size);
        VnodePager.Written(this, offset, source[..count]);
        if (count > 0) Notes.Post(grows ? Kevents.NOTE_WRITE | Kevents.NOTE_EXTEND : Kevents.NOTE_WRITE);
        return count > 0 ? Errno.None : error;
    }

    public override Errno Truncate(long length)
    {
        if (length < 0) return Errno.EINVAL;
        if (length < _size)
        {
            Drop(length / BlockBytes + (length % BlockBytes == 0 ? 0 : 1));
            // What was cut off is zeros if the file grows again.
            if (_blocks.TryGetValue(length / BlockBytes, out var last)) last.AsSpan((int)(length % BlockBytes)).Clear();
        }
        var former = _size;
        _size = length;
        VnodePager.Resized(this, former, length);
        Modified = Changed = FileSystem.Now;
        Notes.Post(Kevents.NOTE_ATTRIB);
        return Errno.None;
    }

    public override Errno Allocate(long offset, long length)
    {
        for (var block = offset / BlockBytes; block <= (offset + length - 1) / BlockBytes; block++)
            if (BlockOf(block) is null) return Errno.ENOSPC;
        return offset + length > _size ? Truncate(offset + length) : Errno.None;
    }

    /// <summary>Blocks that were never written are holes.</summary>
    public override Errno Seek(ref long offset, bool forData)
    {
        if (offset < 0 || offset >= _size) return Errno.ENXIO;
        if (forData)
        {
            var first = offset / BlockBytes;
            if (_blocks.ContainsKey(first)) return Errno.None;
            var next = _blocks.Keys.Where(block => block > first).Min(block => (long?)block);
            if (next is not { } data || data * BlockBytes >= _size) return Errno.ENXIO;
            offset = data * BlockBytes;
            return Errno.None;
        }
        var hole = offset / BlockBytes;
        while (_blocks.ContainsKey(hole)) hole++;
        // Unsigned: the block after the last one begins at OFF_MAX + 1.
        offset = (long)Math.Clamp((ulong)hole * BlockBytes, (ulong)offset, (ulong)_size);
        return Errno.None;
    }

    /// <summary>tmpfs_reg_punch_hole: whole blocks are given back.</summary>
    public override Errno Deallocate(long offset, long length)
    {
        var end = offset + length;
        foreach (var block in _blocks.Keys.Where(block => block * BlockBytes < end && block >= offset / BlockBytes).ToArray())
        {
            var (start, last) = (Math.Max(offset - block * BlockBytes, 0), Math.Min(end - block * BlockBytes, BlockBytes));
            if (start > 0 || last < BlockBytes)
            {
                _blocks[block].AsSpan((int)start..(int)last).Clear();
                continue;
            }
            _blocks.Remove(block);
            Budget.Return(BlockBytes);
        }
        Modified = Changed = FileSystem.Now;
        VnodePager.Zeroed(this, offset, length);
        return Errno.None;
    }

    protected override void Reclaim()
    {
        Drop(0);
        Budget.ReturnFile();
    }

    private Errno Store(long offset, ReadOnlySpan<byte> source, out int count)
    {
        for (count = 0; count < source.Length;)
        {
            var (block, start, length) = Place(offset + count, source.Length - count);
            if (BlockOf(block) is not { } bytes) return Errno.ENOSPC;
            source.Slice(count, length).CopyTo(bytes.AsSpan(start));
            count += length;
        }
        if (count > 0) Modified = Changed = FileSystem.Now;
        return Errno.None;
    }

    /// <summary>A block to write to; null when there is no room for it.</summary>
    private byte[]? BlockOf(long block)
    {
        if (_blocks.TryGetValue(block, out var bytes)) return bytes;
        return Budget.TryTake(BlockBytes) ? _blocks[block] = new byte[BlockBytes] : null;
    }

    private void Drop(long firstBlock)
    {
        foreach (var block in _blocks.Keys.Where(block => block >= firstBlock).ToArray())
        {
            _blocks.Remove(block);
            Budget.Return(BlockBytes);
        }
    }

    private static (long Block, int Start, int Length) Place(long offset, int length)
    {
        var start = (int)(offset % BlockBytes);
        return (offset / BlockBytes, start, Math.Min(length, BlockBytes - start));
    }
}
