using System.Diagnostics;

namespace Benchmarks.Rsp;

/// <summary>A server of a stopped program.</summary>
internal sealed class RspServer : IDisposable
{
    private readonly Process _process;
    private RspConnection? _connection;

    private RspServer(string name, ProcessStartInfo start, string ready, bool saysOnError = false)
    {
        Name = name;
        start.RedirectStandardOutput = !saysOnError;
        start.RedirectStandardError = saysOnError;
        _process = Process.Start(start)!;
        var reader = saysOnError ? _process.StandardError : _process.StandardOutput;
        string? line;
        do line = reader.ReadLine() ?? throw new EndOfStreamException($"{name} does not start");
        while (!line.StartsWith(ready, StringComparison.Ordinal));
        Port = int.Parse(line[(line.LastIndexOfAny([':', ' ']) + 1)..]);
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>The harness's own client of it.</summary>
    public RspConnection Connection => _connection ??= new RspConnection(Port);

    public static RspServer Ours(string guest) => new(
        "gdbstub",
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "gdbstub.dll"), "--listen", "127.0.0.1:0", "--log-level", "error", "--", guest]),
        "listening on ");

    public static RspServer Stock(string gdbserver, string program) => new(
        "gdbserver", new ProcessStartInfo(gdbserver, ["--once", "127.0.0.1:0", program]), "Listening on port ", saysOnError: true);

    /// <summary>One that does nothing but send: what the system's sockets and the client take.</summary>
    public static RspServer Floor() => new(
        "floor", new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Benchmarks.dll"), "floor"]), "listening on ");

    public void Dispose()
    {
        _connection?.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
