using GdbStub.CommandLine;
using GdbStub.Transports;
using TraceKernel.User;

namespace GdbStub.Runs;

/// <summary>The host's standard input, signals and window, which arrive on other threads, and are handed over between slices of the guest.</summary>
/// <param name="input">The host's standard input.</param>
internal sealed class LiveInput(Stream input) : IRunInput, IDisposable
{
    // Nothing but a signal or input can happen meanwhile, and both end the wait.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _wake = new(0);
    private StandardInput? _input;
    private volatile bool _isResized;
    private volatile int _signal;

    /// <summary>Writes down what is handed over; null: nobody does.</summary>
    public RunRecorder? Recorder { get; set; }

    private StandardInput Input => _input ??= new StandardInput(input, _wake);

    /// <summary>The guest reads and nothing is typed.</summary>
    public void Want() => Input.Want();

    /// <summary>A signal of the host for the program. Called on any thread.</summary>
    public void Signal(int signal)
    {
        _signal = signal;
        _wake.Release();
    }

    /// <summary>The guest's terminal is to become as large as the host's. Called on any thread.</summary>
    public void Resize()
    {
        _isResized = true;
        _wake.Release();
    }

    public int Arrive(Terminal terminal, TimeSpan mayWait)
    {
        if (mayWait == Timeout.InfiniteTimeSpan || mayWait > LongestWait) mayWait = LongestWait;
        if (_signal == 0 && mayWait > TimeSpan.Zero) _wake.Wait(mayWait);
        if (_isResized) TakeSize(terminal);
        Input.HandOver(terminal, Recorder is { } recorder ? recorder.Input : null);
        if (terminal is { IsTerminal: true, IsClosed: false, HasInput: false }) Want();
        var signal = Interlocked.Exchange(ref _signal, 0);
        if (signal != 0) Recorder?.Signal(signal);
        return signal;
    }

    public void Ended(int status) => Recorder?.End(status);

    public void Dispose() => _wake.Dispose();

    private void TakeSize(Terminal terminal)
    {
        _isResized = false;
        if (HostTerminalModes.Size is not { } size) return;
        terminal.Resize(size.Rows, size.Columns);
        Recorder?.Resize(size.Rows, size.Columns);
    }
}
