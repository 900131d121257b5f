using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Benchmarks.Rsp;

namespace Benchmarks.Load;

/// <summary>
/// Many clients of one server at once, then many that come and go; what the server's memory and handles do meanwhile. It fails when a reply
/// is wrong or missing, or when the server grows with those who have left.
/// </summary>
/// <param name="server">The gdbstub.dll to run.</param>
/// <param name="guest">The program that each client has for itself.</param>
internal sealed class LoadTest(string server, string guest, TextWriter output)
{
    private const int IdleBytes = 15_000_000;
    private const int Churners = 4;

    /// <summary>
    /// Descriptors that the runtime opens for itself when it first needs them. A client that leaves one behind leaves thousands in all.
    /// </summary>
    private const int ToleratedHandles = 32;

    /// <summary>
    /// Growth that is not a leak, in bytes: pools and heaps that reach their size late. Ten thousand clients may leave 6 KB each.
    /// </summary>
    private const long ToleratedGrowth = 64_000_000;

    private readonly ConcurrentBag<string> _failures = [];

    /// <returns>The exit status: 0 when all that is promised holds.</returns>
    public int Run(int sessions, TimeSpan duration, int cycles)
    {
        using var process = new ServerUnderLoad(server, sessions + Churners + 1, "per-connection", "--", guest);
        WarmUp(process);
        var empty = process.Memory;
        var clients = new RspConnection[sessions];
        for (var index = 0; index < sessions; index++) clients[index] = Connect(process);
        var idle = process.Memory;
        var each = (idle - empty) / (double)sessions;
        Say($"{sessions} idle sessions: {each / 1e6:f2} MB each, {idle / 1e6:f0} MB in all");
        if (each > IdleBytes) _failures.Add($"an idle session takes {each / 1e6:f1} MB");

        StepAndRead(clients, duration, process);
        foreach (var client in clients) client.Dispose();
        ComeAndGo(process, cycles);
        foreach (var failure in _failures.Take(20)) Say("failed: " + failure);
        Say(_failures.IsEmpty ? "the server holds" : $"{_failures.Count} failures");
        return _failures.IsEmpty ? 0 : 1;
    }

    /// <summary>What is compiled and pooled once is not a session's.</summary>
    private static void WarmUp(ServerUnderLoad process)
    {
        for (var round = 0; round < 50; round++)
        {
            using var client = Connect(process);
            Visit(client);
        }
    }

    /// <summary>A session whose program stands before its first instruction.</summary>
    private static RspConnection Connect(ServerUnderLoad process)
    {
        var client = new RspConnection(process.Port);
        client.Begin();
        return client;
    }

    private static void Visit(RspConnection client)
    {
        client.Expect("s", "T05");
        _ = client.Ask(RspConnection.Frame("g"));
    }

    private void StepAndRead(RspConnection[] clients, TimeSpan duration, ServerUnderLoad process)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var times = new List<double>[clients.Length];
        var threads = clients.Select((client, index) => new Thread(() => Attempt(() =>
        {
            var read = RspConnection.Frame("m200000,40");
            times[index] = [];
            while (Stopwatch.GetTimestamp() < end)
            {
                var start = Stopwatch.GetTimestamp();
                client.Expect("s", "T05");
                var step = Stopwatch.GetTimestamp();
                if (client.Ask(read) is [] or [(byte)'E', ..]) throw new InvalidDataException("memory cannot be read");
                times[index].Add(Stopwatch.GetElapsedTime(start, step).TotalMicroseconds);
                times[index].Add(Stopwatch.GetElapsedTime(step).TotalMicroseconds);
            }
        }))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var all = times.SelectMany(list => list).Order().ToArray();
        Say($"{clients.Length} sessions stepping and reading for {duration.TotalSeconds:f0} s: {all.Length / duration.TotalSeconds:f0} round trips/s, "
            + $"median {all[all.Length / 2] / 1000:f2} ms, p99 {all[all.Length * 99L / 100] / 1000:f2} ms, {process.Memory / 1e6:f0} MB");
    }

    private void ComeAndGo(ServerUnderLoad process, int cycles)
    {
        Cycle(process, cycles / 10);
        var (memory, handles) = (process.Memory, process.Handles);
        Cycle(process, cycles);
        Say($"{cycles} more clients that come and go: handles {handles} -> {process.Handles}, memory {memory / 1e6:f0} -> {process.Memory / 1e6:f0} MB");
        if (process.Handles > handles + ToleratedHandles) _failures.Add("handles grow");
        if (process.Memory > memory + ToleratedGrowth) _failures.Add("memory grows");
    }

    private void Cycle(ServerUnderLoad process, int cycles)
    {
        var left = cycles;
        var threads = Enumerable.Range(0, Churners).Select(_ => new Thread(() => Attempt(() =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var client = Connect(process);
                Visit(client);
            }
        }))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        process.WaitUntilIdle();
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
