using System.IO.Pipelines;

namespace GdbStub.Transports;

/// <summary>
/// One client's byte stream. Everything but <see cref="Abort"/> and <see cref="MayHaveLeft"/> belongs to the connection's own thread, which
/// receives into <see cref="Input"/> when it wants to and sends what was written to <see cref="Output"/> when it says so: no other thread
/// takes part.
/// </summary>
public abstract class Connection : IDuplexPipe, IDisposable
{
    private const int ReceiveBytes = 16 * 1024;

    // Inline schedulers and no thresholds: reading and writing a pipe never waits and never leaves this thread.
    private static readonly PipeOptions Options = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe _input = new(Options);
    private readonly Pipe _output = new(Options);
    // Nothing can be sent any more. A client that has ended its side may still read.
    private bool _isBroken;

    /// <summary>Who is there, for the log.</summary>
    public abstract string Peer { get; }

    public PipeReader Input => _input.Reader;

    public PipeWriter Output => _output.Writer;

    /// <summary>True when nothing more will come or can be sent.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Why the client was given up, for the log; null when it has left by itself, or is there.</summary>
    public string? Complaint { get; protected set; }

    /// <summary>
    /// True when the client has closed its side, even if the connection's own thread has not found out yet, and while there is something to
    /// receive, behind which the end may be. Any thread may ask.
    /// </summary>
    public abstract bool MayHaveLeft { get; }

    /// <summary>
    /// Waits up to <paramref name="timeout"/> (<see cref="Timeout.InfiniteTimeSpan"/>: for as long as it takes) for bytes and puts them
    /// into
    /// <see cref="Input"/>.
    /// </summary>
    /// <returns>False when none came in that time or the client is gone, which <see cref="IsClosed"/> tells.</returns>
    public bool Receive(TimeSpan timeout)
    {
        if (IsClosed || (timeout != Timeout.InfiniteTimeSpan && !Wait(timeout))) return false;
        var received = ReceiveSome(_input.Writer.GetSpan(ReceiveBytes));
        if (received <= 0)
        {
            IsClosed = true;
            return false;
        }
        _input.Writer.Advance(received);
        Complete(_input.Writer.FlushAsync());
        return true;
    }

    /// <summary>Sends what was written to <see cref="Output"/>, waiting until the system has taken it.</summary>
    /// <returns>False when the client is gone.</returns>
    public bool Flush()
    {
        Complete(_output.Writer.FlushAsync());
        if (!_output.Reader.TryRead(out var written)) return !_isBroken;
        foreach (var segment in written.Buffer) _isBroken = _isBroken || !Send(segment.Span);
        _output.Reader.AdvanceTo(written.Buffer.End);
        IsClosed |= _isBroken;
        return !_isBroken;
    }

    /// <summary>Ends the connection from another thread: its own thread finds it closed.</summary>
    public abstract void Abort();

    public void Dispose()
    {
        Close();
        _input.Writer.Complete();
        _input.Reader.Complete();
        _output.Writer.Complete();
        _output.Reader.Complete();
        GC.SuppressFinalize(this);
    }

    protected abstract void Close();

    /// <summary>True when <see cref="ReceiveSome"/> would not wait.</summary>
    protected abstract bool Wait(TimeSpan timeout);

    /// <summary>Waits for bytes; 0 at the end of the stream or when it broke.</summary>
    protected abstract int ReceiveSome(Span<byte> buffer);

    /// <summary>Sends all; false when the stream broke.</summary>
    protected abstract bool Send(ReadOnlySpan<byte> bytes);

    private static void Complete(ValueTask<FlushResult> flush)
    {
        // Without thresholds a flush is complete when it returns.
        if (!flush.IsCompleted) throw new InvalidOperationException("a pipe made its writer wait");
        flush.GetAwaiter().GetResult();
    }
}
