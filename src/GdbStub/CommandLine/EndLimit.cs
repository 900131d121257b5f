namespace GdbStub.CommandLine;

/// <summary>
/// Ends the process when it takes too long to end in good order: a machine that does not answer must not keep a server that was told to end.
/// </summary>
/// <param name="limit">How long ending in good order may take.</param>
/// <param name="exit">Ends the process at once.</param>
public sealed class EndLimit(TimeSpan limit, Action exit) : IDisposable
{
    private readonly Timer _timer = new(_ => exit());

    /// <summary>The server was told to end.</summary>
    public void Begin() => _timer.Change(limit, Timeout.InfiniteTimeSpan);

    /// <summary>It has ended in good order.</summary>
    public void Dispose() => _timer.Dispose();
}
