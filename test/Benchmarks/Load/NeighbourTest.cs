using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Benchmarks.Rsp;

namespace Benchmarks.Load;

/// <summary>
/// How long a quiet session waits for its replies beside others: many that are silent, some whose programs never rest, and one client that
/// sends packets without waiting for replies. Once with a machine for all and once with a machine for each.
/// </summary>
/// <param name="server">The gdbstub.dll to run.</param>
/// <param name="guests">A directory with the guests session.O2 and spin.O2.</param>
internal sealed class NeighbourTest(string server, string guests, TextWriter output)
{
    private const int Busy = 10;

    private readonly ConcurrentBag<string> _failures = [];
    private volatile bool _isOver;

    /// <param name="sessions">All of them, the quiet one included.</param>
    /// <param name="duration">How long each request is measured.</param>
    /// <returns>The exit status: 0 when every reply was right.</returns>
    public int Run(int sessions, TimeSpan duration)
    {
        foreach (var machine in new[] { "shared", "per-connection" }) Measure(machine, sessions, duration);
        foreach (var failure in _failures.Take(20)) Say("failed: " + failure);
        return _failures.IsEmpty ? 0 : 1;
    }

    private void Measure(string machine, int sessions, TimeSpan duration)
    {
        using var process = new ServerUnderLoad(server, sessions + 1, machine, "--multi", "--root", guests);
        _isOver = false;
        using var quiet = Start(process, "/spin.O2");
        var clients = new List<RspConnection>();
        Report($"{machine}, alone", quiet, duration);
        for (var index = 0; index < Busy; index++)
        {
            clients.Add(Start(process, "/spin.O2"));
            clients[^1].Send(RspConnection.Frame("vCont;c"));
        }
        Report($"{machine}, beside {Busy} busy programs", quiet, duration);
        while (clients.Count < sessions - 2) clients.Add(Start(process, "/session.O2"));
        var flood = new Thread(() => Attempt(() => Flood(process)));
        flood.Start();
        Report($"{machine}, and {sessions - Busy - 2} silent sessions and a flood", quiet, duration);
        _isOver = true;
        flood.Join();
        Say($"{machine}: {process.Memory / 1e6:f0} MB");
        foreach (var client in clients) client.Dispose();
    }

    private static RspConnection Start(ServerUnderLoad process, string program)
    {
        var client = new RspConnection(process.Port);
        client.Greet();
        client.Expect("vRun;" + Convert.ToHexStringLower(Encoding.ASCII.GetBytes(program)), "T05");
        return client;
    }

    private void Report(string situation, RspConnection quiet, TimeSpan duration)
    {
        Attempt(() => Say($"{situation}: {Time("g", () => quiet.Expect("g", ""), duration)}, {Time("step", quiet.Step, duration)}"));
    }

    private static string Time(string name, Action request, TimeSpan duration)
    {
        var times = new List<double>();
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < duration;)
        {
            var asked = Stopwatch.GetTimestamp();
            request();
            times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
        }
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{name} median {times[times.Count / 2]:f2} p99 {times[(int)(times.Count * 0.99)]:f2} ms ({times.Count})");
    }

    private void Flood(ServerUnderLoad process)
    {
        using var client = Start(process, "/session.O2");
        var packets = string.Concat(Enumerable.Repeat(Encoding.ASCII.GetString(RspConnection.Frame("m200000,4000")), 8));
        var frames = Encoding.ASCII.GetBytes(packets);
        while (!_isOver)
        {
            client.Send(frames);
            client.Drain();
        }
    }

    private void Attempt(Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure) when (failure is SocketException or IOException or InvalidDataException)
        {
            _failures.Add(failure.Message);
        }
    }

    private void Say(string line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
