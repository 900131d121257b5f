namespace GdbStub.Sessions;

/// <summary>The file that --trace names: JSON lines, of all sessions.</summary>
public sealed class TraceFile(Stream stream) : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>Writes one line, whole, whoever else writes; it is in the file when this returns.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            stream.Write(line);
            stream.WriteByte((byte)'\n');
            stream.Flush();
        }
    }

    public void Dispose() => stream.Dispose();
}
