using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>A running gdbstub, ended with the test.</summary>
public sealed class ServerProcess : IDisposable
{
    private const string Ready = "listening on ";

    // scripts/test-wire.sh runs all sessions by a line that is so many milliseconds slower, or with a trace.
    private static readonly string? Delay = Environment.GetEnvironmentVariable("GDBSTUB_TEST_DELAY");
    private static readonly bool Traces = Environment.GetEnvironmentVariable("GDBSTUB_TEST_TRACE") is not null;

    private readonly ChildProcess _process;
    private readonly WireProxy? _proxy;
    private readonly string? _trace;

    private ServerProcess(string listen, string[] arguments)
    {
        if (Traces && !arguments.Contains("--trace")) _trace = Path.GetTempFileName();
        _process = Start(["--listen", listen, .. _trace is null ? [] : (string[])["--trace", _trace], .. arguments]);
        try
        {
            // The line is whole when the next character is there, too.
            var line = _process.WaitForOutput("\n");
            Assert.That(line, Does.StartWith(Ready), _process.Log);
            Endpoint = line[Ready.Length..line.IndexOf('\n', StringComparison.Ordinal)];
            if (Delay is null || Endpoint.StartsWith("unix:", StringComparison.Ordinal)) return;
            _proxy = new WireProxy(Endpoint) { Delay = TimeSpan.FromMilliseconds(int.Parse(Delay)) };
            Endpoint = _proxy.Endpoint;
        }
        catch
        {
            _process.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens: 127.0.0.1:PORT or unix:PATH.</summary>
    public string Endpoint { get; }

    /// <summary>What to give gdb's "target remote".</summary>
    public string Target => Endpoint.StartsWith("unix:", StringComparison.Ordinal) ? Endpoint["unix:".Length..] : Endpoint;

    public int Port => int.Parse(Endpoint[(Endpoint.LastIndexOf(':') + 1)..]);

    public ChildProcess Process => _process;

    public string Log => _process.Log;

    /// <summary>A server with options of its own.</summary>
    public static ServerProcess With(params string[] arguments) => new("127.0.0.1:0", arguments);

    /// <summary>A server that listens elsewhere than on a free port.</summary>
    public static ServerProcess On(string listen, params string[] arguments) => new(listen, arguments);

    /// <summary>A server of a guest program, stopped before its first instruction.</summary>
    public static ServerProcess Of(string guest, params string[] arguments) => With(["--", Repository.Guest(guest), .. arguments]);

    /// <summary>Runs gdbstub with any command line.</summary>
    public static ChildProcess Start(params IEnumerable<string> arguments) => new("dotnet", [Repository.Program, .. arguments]);

    public void Dispose()
    {
        // In a failed test's report; NUnit shows it nowhere else.
        TestContext.Out.WriteLine(_process.Log);
        _process.Dispose();
        _proxy?.Dispose();
        if (_trace is not null) File.Delete(_trace);
    }
}
