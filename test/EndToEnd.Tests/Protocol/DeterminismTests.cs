using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>
/// Program, seed and inputs say all: every run of them retires the same instructions and writes the same trace, byte for byte.
/// </summary>
public sealed class DeterminismTests
{
    private const int Runs = 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("gdbstub-traces-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    /// <summary>Threads with locks; timers, events and signals; signals alone; processes.</summary>
    [TestCase("threadevents.O2", "fast", Runs)]
    [TestCase("threadevents.O0", "virtual", 4)]
    [TestCase("threadlocks.O2", "fast", 4)]
    [TestCase("signals.O0", "virtual", 4)]
    [TestCase("shell.O0", "fast", 4)]
    public void All_runs_write_one_trace(string guest, string time, int runs)
    {
        var first = Trace(guest, "--time", time);
        Assert.That(first, Does.Contain("\"event\":\"exit\",\"status\":"));
        for (var run = 1; run < runs; run++) Assert.That(Trace(guest, "--time", time), Is.EqualTo(first), $"run {run}");
    }

    [Test]
    public void A_data_race_depends_on_the_seed_and_on_nothing_else()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 1; seed <= 5; seed++)
        {
            var first = Run("threadrace.O0", "--seed", $"{seed}");
            for (var time = 0; time < 3; time++) Assert.That(Run("threadrace.O0", "--seed", $"{seed}"), Is.EqualTo(first), $"seed {seed}");
            outcomes.Add(first);
        }
        TestContext.Out.WriteLine(string.Concat(outcomes));
        Assert.That(outcomes, Has.Count.GreaterThan(1));
    }

    /// <summary>A debugger's requests are inputs, too: breakpoints that several threads hit, steps, and the end.</summary>
    [Test]
    public void Twenty_sessions_write_one_trace()
    {
        var first = TraceSession();
        Assert.That(first, Does.Contain("PT_SETSTEP").And.Contain("\"reply\":\"W00").And.Contain("sigwait: 0, signal 30"));
        Assert.That(first, Does.Match("T05swbreak[^\"]*p3.186a2;").And.Match("T05swbreak[^\"]*p3.186a3;"), "both threads came to the breakpoint");
        for (var run = 1; run < Runs; run++) Assert.That(TraceSession(), Is.EqualTo(first), $"run {run}");
    }

    private string TraceSession()
    {
        var path = NewFile();
        using (var server = ServerProcess.With("--trace", path, "--", Repository.Guest("threads.O0")))
        using (var client = new RspClient(server.Port))
        {
            client.Handshake("multiprocess+;swbreak+;hwbreak+;no-resumed+");
            // Where both threads come again and again.
            var umtx = Address("umtx");
            Assert.That(client.Request($"Z0,{umtx:x},1"), Is.EqualTo("OK"));
            for (var stop = 0; stop < 8; stop++)
            {
                Assert.That(client.Request("vCont;c"), Does.StartWith("T05").And.Contain("swbreak"));
                for (var step = 0; step < 20; step++)
                    Assert.That(client.Request(step == 0 ? $"z0,{umtx:x},1" : "vCont;s:p3.-1"), Is.EqualTo("OK").Or.StartsWith("T05"));
                Assert.That(client.Request($"Z0,{umtx:x},1"), Is.EqualTo("OK"));
            }
            Assert.That(client.Request($"z0,{umtx:x},1"), Is.EqualTo("OK"));
            Assert.That(client.Request("QPassSignals:1e"), Is.EqualTo("OK"), "SIGUSR1");
            Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
        }
        return File.ReadAllText(path);
    }

    /// <summary>The address of a function of threads.O0, from the debugger that knows.</summary>
    private static ulong Address(string function) => Addresses.GetOrAdd(function, static name =>
    {
        var said = Gdb.Distribution.Run(branded: true, $"file {Repository.Guest("threads.O0")}", $"info address {name}");
        return Convert.ToUInt64(System.Text.RegularExpressions.Regex.Match(said.Text, "at address 0x([0-9a-f]+)").Groups[1].Value, 16);
    });

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, ulong> Addresses = new();

    private string Trace(string guest, params string[] options)
    {
        var path = NewFile();
        Run(guest, ["--trace", path, .. options]);
        return File.ReadAllText(path);
    }

    private static string Run(string guest, params string[] options)
    {
        using var process = ServerProcess.Start(["run", .. options, "--", Repository.Guest(guest)]);
        process.Input.Close();
        process.WaitForEnd();
        return process.Output;
    }

    private string NewFile() => Path.Combine(_directory, $"{Guid.NewGuid():n}.json");
}
