using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Syscalls;

/// <summary>struct uio: where in user memory the bytes of a transfer lie, and how far it has come.</summary>
internal sealed class Uio
{
    private readonly IUserMemory _memory;
    private readonly iovec[] _segments;
    private int _index;
    private ulong _within;

    private Uio(IUserMemory memory, params iovec[] segments)
    {
        _memory = memory;
        _segments = segments;
    }

    /// <summary>uio_resid in bytes.</summary>
    public long Remaining { get; private set; }

    /// <summary>Of one buffer; EINVAL beyond SSIZE_MAX.</summary>
    public static Errno Of(SystemCall call, ulong address, ulong length, out Uio uio)
    {
        uio = new Uio(call.Memory, new iovec(address, length));
        if (length > long.MaxValue) return Errno.EINVAL;
        uio.Remaining = (long)length;
        return Errno.None;
    }

    /// <summary>copyinuio: EINVAL for more than IOV_MAX segments or SSIZE_MAX bytes.</summary>
    public static Errno OfVector(SystemCall call, ulong address, uint count, out Uio uio)
    {
        uio = null!;
        if (count > Fcntl.IOV_MAX) return Errno.EINVAL;
        var segments = new iovec[count];
        if (call.Memory.CopyIn(address, MemoryMarshal.AsBytes(segments.AsSpan())) is not Errno.None and var error) return error;
        uio = new Uio(call.Memory, segments);
        foreach (var segment in segments)
        {
            if (segment.iov_len > (ulong)(long.MaxValue - uio.Remaining)) return Errno.EINVAL;
            uio.Remaining += (long)segment.iov_len;
        }
        return Errno.None;
    }

    /// <summary>Only the first <paramref name="bytes"/> are to be moved; false when there are not that many.</summary>
    public bool TryLimit(long bytes)
    {
        if (Remaining < bytes) return false;
        Remaining = bytes;
        return true;
    }

    /// <summary>uiomove to user memory.</summary>
    public Errno CopyOut(ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var length = Next(source.Length, out var address);
            if (_memory.CopyOut(address, source[..length]) is not Errno.None and var error) return error;
            source = source[length..];
        }
        return Errno.None;
    }

    /// <summary>uiomove from user memory.</summary>
    public Errno CopyIn(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var length = Next(destination.Length, out var address);
            if (_memory.CopyIn(address, destination[..length]) is not Errno.None and var error) return error;
            destination = destination[length..];
        }
        return Errno.None;
    }

    /// <summary>What <see cref="CopyIn"/> would fetch, without moving on.</summary>
    public Errno Peek(Span<byte> destination)
    {
        var (index, within, remaining) = (_index, _within, Remaining);
        var error = CopyIn(destination);
        (_index, _within, Remaining) = (index, within, remaining);
        return error;
    }

    /// <summary>The first bytes of the whole transfer, however far it has come, without moving.</summary>
    public Errno First(Span<byte> destination)
    {
        var (index, within, remaining) = (_index, _within, Remaining);
        (_index, _within) = (0, 0);
        var error = CopyIn(destination);
        (_index, _within, Remaining) = (index, within, remaining);
        return error;
    }

    /// <summary>Moves on as if so many bytes had been moved.</summary>
    public void Skip(int bytes)
    {
        while (bytes > 0) bytes -= Next(bytes, out _);
    }

    /// <summary>The next piece that lies in one segment, at most <paramref name="wanted"/> bytes; there are that many.</summary>
    private int Next(int wanted, out ulong address)
    {
        while (_within == _segments[_index].iov_len) (_index, _within) = (_index + 1, 0);
        address = _segments[_index].iov_base + _within;
        var length = (int)Math.Min((ulong)wanted, _segments[_index].iov_len - _within);
        _within += (ulong)length;
        Remaining -= length;
        return length;
    }
}
