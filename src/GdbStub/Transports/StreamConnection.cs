namespace GdbStub.Transports;

/// <summary>A client at the two ends of a pair of streams: standard input and output.</summary>
public sealed class StreamConnection : Connection
{
    private readonly Stream _from;
    private readonly Stream _to;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _taken = new(0);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private bool _isOver;

    public StreamConnection(Stream from, Stream to, string peer)
    {
        _from = from;
        _to = to;
        Peer = peer;
        // A pipe or a terminal cannot be asked whether a read would wait, so a thread waits in its place. It is a background
        // thread since nothing ends a read of standard input.
        new Thread(ReadAll) { IsBackground = true, Name = "stdin" }.Start();
    }

    public override string Peer { get; }

    public override bool MayHaveLeft
    {
        get { lock (_lock) return _isOver || _start < _end; }
    }

    public override void Abort() => End();

    protected override void Close()
    {
        End();
        _from.Dispose();
        _to.Dispose();
    }

    protected override bool Wait(TimeSpan timeout)
    {
        if (!_arrived.Wait(timeout)) return false;
        _arrived.Release();
        return true;
    }

    protected override int ReceiveSome(Span<byte> buffer)
    {
        _arrived.Wait();
        lock (_lock)
        {
            var count = _isOver ? 0 : Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            if (count > 0 && _start == _end) _taken.Release();
            else _arrived.Release();
            return count;
        }
    }

    protected override bool Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _to.Write(bytes);
            _to.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void ReadAll()
    {
        try
        {
            while (_from.Read(_buffer) is var count && count > 0)
            {
                lock (_lock) (_start, _end) = (0, count);
                _arrived.Release();
                _taken.Wait();
            }
        }
        catch (IOException)
        {
            // The other end broke: the same as its end.
        }
        catch (ObjectDisposedException)
        {
            // Dispose closed the stream.
        }
        End();
    }

    private void End()
    {
        lock (_lock) _isOver = true;
        _arrived.Release();
    }
}
