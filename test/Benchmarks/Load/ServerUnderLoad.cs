using System.Diagnostics;
using System.Text.RegularExpressions;
using GdbStub.Transports;

namespace Benchmarks.Load;

/// <summary>A gdbstub, and what it takes of the host (Linux, proc(5)).</summary>
internal sealed partial class ServerUnderLoad : IDisposable
{
    private const string Ready = "listening on ";

    private readonly Process _process;
    private readonly ServerProbe _probe;

    /// <param name="server">The gdbstub.dll to run.</param>
    /// <param name="sessions">Clients at one time, at most.</param>
    /// <param name="machine">shared or per-connection.</param>
    /// <param name="offer">What it serves: a program, or options that say where clients find theirs.</param>
    public ServerUnderLoad(string server, int sessions, string machine, params IEnumerable<string> offer)
    {
        var start = new ProcessStartInfo(
            "dotnet", [server, "--listen", "127.0.0.1:0", "--machine", machine, "--max-sessions", $"{sessions}", "--log-level", "warning", .. offer])
        {
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        var line = _process.StandardOutput.ReadLine();
        if (line?.StartsWith(Ready, StringComparison.Ordinal) != true) throw new EndOfStreamException("the server does not start");
        Port = int.Parse(line[(line.LastIndexOf(':') + 1)..]);
        _probe = ListenAddress.TryParse($"127.0.0.1:{Port}", out var address, out var reason) ? new ServerProbe(address, TimeSpan.FromMinutes(1)) : throw new InvalidDataException(reason);
    }

    public int Port { get; }

    /// <summary>Resident set, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Open file descriptors.</summary>
    public int Handles => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    /// <summary>Waits until those who have left are gone here, too; what then stays, stays for good.</summary>
    public void WaitUntilIdle()
    {
        for (var patience = 0; patience < 1000; patience++)
        {
            if (_probe.AskMonitor("stats", out var numbers) is { } problem) throw new InvalidDataException(problem);
            // Who asks is there, too.
            if (OpenSessions().Match(numbers).Groups[1].ValueSpan is "1") return;
            Thread.Sleep(100);
        }
        throw new InvalidDataException("clients that have left are still there");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"^sessions\.open +(\d+) ", RegexOptions.Multiline)]
    private static partial Regex OpenSessions();
}
