using System.Diagnostics;
using System.Text;

namespace EndToEnd.Tests.Harness;

/// <summary>A program that a test started: all that it prints is kept, and can be waited for.</summary>
public sealed class ChildProcess : IDisposable
{
    /// <summary>How long anything may take before a test gives up. Only a failing test ever waits so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly string _name;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly object _changed = new();
    private readonly Thread[] _readers;
    private int _open = 2;

    /// <param name="environment">Added to the tests' own.</param>
    public ChildProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Repository.Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        _name = Path.GetFileName(program);
        _process = Process.Start(start)!;
        _readers = [Read(_process.StandardOutput, _output), Read(_process.StandardError, _error)];
    }

    public int Pid => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    public string Output { get { lock (_changed) return _output.ToString(); } }

    public string Error { get { lock (_changed) return _error.ToString(); } }

    /// <summary>
    /// Waits until the program has printed <paramref name="text"/> to its standard output so many times, and returns all that it printed
    /// there.
    /// </summary>
    /// <exception cref="TimeoutException">It does not, or ended.</exception>
    public string WaitForOutput(string text, int times = 1) => WaitFor(_output, text, times);

    /// <summary>Waits until standard output has more than <paramref name="length"/> characters.</summary>
    /// <exception cref="TimeoutException">It gets no more, or the program ended.</exception>
    public void WaitForMore(int length)
    {
        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        lock (_changed)
            while (_output.Length <= length)
            {
                var left = end - Environment.TickCount64;
                if (_open == 0 || left <= 0 || !Monitor.Wait(_changed, TimeSpan.FromMilliseconds(left)))
                    throw new TimeoutException($"{_name} says no more.\n{Log}");
            }
    }

    /// <summary>As <see cref="WaitForOutput"/>, of standard error.</summary>
    public string WaitForError(string text) => WaitFor(_error, text, times: 1);

    /// <summary>Waits for the program's end.</summary>
    /// <returns>Its exit status; 128 + N after signal N.</returns>
    /// <exception cref="TimeoutException">It does not end; it was killed.</exception>
    public int WaitForEnd()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
            throw new TimeoutException($"{_name} does not end.\n{Log}");
        }
        foreach (var reader in _readers) reader.Join();
        return _process.ExitCode;
    }

    /// <summary>Sends a signal, by its name without SIG.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Pid}"]);
        kill.WaitForExit();
    }

    /// <summary>Both streams, for the message of a failed test.</summary>
    public string Log => $"---- {_name}, standard output\n{Output}\n---- {_name}, standard error\n{Error}\n----";

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private string WaitFor(StringBuilder stream, string text, int times)
    {
        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        lock (_changed)
            while (true)
            {
                var printed = stream.ToString();
                if (printed.AsSpan().Count(text) >= times) return printed;
                var left = end - Environment.TickCount64;
                if (_open == 0 || left <= 0 || !Monitor.Wait(_changed, TimeSpan.FromMilliseconds(left)))
                    throw new TimeoutException($"{_name} did not print \"{text}\".\n{Log}");
            }
    }

    private Thread Read(StreamReader reader, StringBuilder into)
    {
        var thread = new Thread(() =>
        {
            var buffer = new char[4096];
            int count;
            do
            {
                count = reader.Read(buffer);
                lock (_changed)
                {
                    into.Append(buffer, 0, count);
                    if (count == 0) _open--;
                    Monitor.PulseAll(_changed);
                }
            }
            while (count > 0);
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }
}
