using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>A running gdbstub, ended with the test.</summary>
public sealed class ServerProcess : IDisposable
{
    private const string Ready = "listening on ";

    private readonly ChildProcess _process;

    private ServerProcess(string listen, string[] arguments)
    {
        _process = Start(["--listen", listen, .. arguments]);
        try
        {
            // The line is whole when the next character is there, too.
            var line = _process.WaitForOutput("\n");
            Assert.That(line, Does.StartWith(Ready), _process.Log);
            Endpoint = line[Ready.Length..line.IndexOf('\n', StringComparison.Ordinal)];
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
    }
}
