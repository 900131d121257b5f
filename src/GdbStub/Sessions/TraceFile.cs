namespace GdbStub.Sessions;

/// <summary>
/// The file that --trace names: JSON lines, of all sessions. When it is full, or the disk is, it ends, and nothing else does.
/// </summary>
/// <param name="stream">One that does not buffer: a line is in the file, or has failed, when it has been written.</param>
/// <param name="limit">Bytes that it may have.</param>
/// <param name="warn">Told, once, why nothing more is written.</param>
public sealed class TraceFile(Stream stream, long limit = long.MaxValue, Action<string>? warn = null) : IDisposable
{
    private readonly Lock _lock = new();
    private byte[] _line = new byte[1024];
    private long _written;
    private bool _isOver;

    /// <summary>Writes one line, whole, whoever else writes; it is in the file when this returns.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_isOver) return;
            if (_written + line.Length + 1 > limit)
            {
                End($"the trace has {_written} bytes, of {limit} at most (--max-trace): it ends here");
                return;
            }
            if (_line.Length <= line.Length) _line = new byte[line.Length * 2];
            line.CopyTo(_line);
            _line[line.Length] = (byte)'\n';
            try
            {
                stream.Write(_line.AsSpan(0, line.Length + 1));
                _written += line.Length + 1;
            }
            catch (IOException error)
            {
                End($"the trace ends here: {error.Message}");
            }
        }
    }

    public void Dispose() => stream.Dispose();

    private void End(string why)
    {
        _isOver = true;
        warn?.Invoke(why);
    }
}
