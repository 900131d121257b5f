using System.Diagnostics;

namespace Benchmarks.Load;

/// <summary>A gdbstub that gives each connection a machine of its own, and what it takes of the host (Linux, proc(5)).</summary>
internal sealed class ServerUnderLoad : IDisposable
{
    private const string Ready = "listening on ";

    private readonly Process _process;
    private readonly int _threads;

    public ServerUnderLoad(string server, string guest, int sessions)
    {
        var start = new ProcessStartInfo(
            "dotnet", [server, "--listen", "127.0.0.1:0", "--machine", "per-connection", "--max-sessions", $"{sessions}", "--log-level", "warning", "--", guest])
        {
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        var line = _process.StandardOutput.ReadLine();
        if (line?.StartsWith(Ready, StringComparison.Ordinal) != true) throw new EndOfStreamException("the server does not start");
        Port = int.Parse(line[(line.LastIndexOf(':') + 1)..]);
        _threads = Threads;
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

    private int Threads => Directory.GetFileSystemEntries($"/proc/{_process.Id}/task").Length;

    /// <summary>Waits until those who have left are gone here, too; what then stays, stays for good.</summary>
    public void WaitUntilIdle()
    {
        // The runtime keeps some threads of its own, which come with use.
        const int Spare = 12;
        for (var patience = 0; patience < 100 && Threads > _threads + Spare; patience++) Thread.Sleep(100);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
