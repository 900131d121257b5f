using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>
/// What clients and guests do at the worst moment. Each drill ends with the server serving, and nothing lost that was promised.
/// </summary>
public sealed class DrillTests
{
    // What a debugger does in the order it does it; a client may die after each.
    private static readonly string[] Conversation =
    [
        "$", "$qSupp", "$qSupported#37", "+", "QStartNoAckMode", "!", "?", "vCont?", "g", "m200000,40", "Z0,200000,1", "z0,200000,1",
            "vCont;s",
        "qXfer:features:read:target.xml:0,40", "vFile:open:2f64656d6f,0,0", "$m200000,4000#", "vCont;c",
    ];

    private static IEnumerable<int> States() => Enumerable.Range(0, Conversation.Length + 1);

    [TestCaseSource(nameof(States))]
    public void A_client_that_is_killed_leaves_the_program_to_the_next(int state)
    {
        using var server = ServerProcess.Of("spin.O0");
        using (var client = new RspClient(server.Port))
        {
            foreach (var words in Conversation.Take(state)) Say(client, words);
            client.Reset();
        }
        Serves(server, "T");
    }

    [TestCaseSource(nameof(States))]
    public void A_client_that_closes_one_half_gets_what_is_due_and_is_gone(int state)
    {
        using var server = ServerProcess.Of("spin.O0");
        using var client = new RspClient(server.Port);
        foreach (var words in Conversation.Take(state)) Say(client, words);
        client.CloseOneHalf();
        // Whatever was asked is answered, then the server closes, too.
        while (client.ReadByte() >= 0) { }
        Serves(server, "T");
    }

    [Test]
    public void A_client_that_does_not_read_while_the_program_writes_holds_up_nobody_and_fills_no_memory()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest("chatter.O2"));
        using var deaf = new RspClient(server.Port);
        deaf.Handshake();
        deaf.Send(RspClient.Frame("vCont;c"));
        // By now it writes: its first line is here.
        Assert.That(deaf.ReadByte(), Is.EqualTo('$'));
        var memory = MemoryOf(server);
        for (var round = 0; round < 20; round++) Serves(server, "T05", "vCont;s");
        Assert.That(MemoryOf(server), Is.LessThan(memory + 64_000_000));
    }

    [TestCase("segv.O0", "X0b")]
    [TestCase("exit.O0", "W")]
    [TestCase("abort.O0", "X06")]
    public void A_program_that_ends_by_itself_ends_the_session_well(string guest, string end)
    {
        using var server = ServerProcess.Of(guest);
        using (var client = new RspClient(server.Port))
        {
            client.Handshake();
            client.Request("QPassSignals:");
            var stop = client.Request("vCont;c");
            while (stop.StartsWith('T')) stop = client.Request($"vCont;C{stop[1..3]}");
            Assert.That(stop, Does.StartWith(end));
        }
        // The next client learns how it ended.
        Serves(server, end);
    }

    [TestCase("segv.O0")]
    [TestCase("exit.O0")]
    [TestCase("fork.O0")]
    [TestCase("shell.O0")]
    [TestCase("abort.O0")]
    [TestCase("spin.O0")]
    public void Detaching_just_before_the_program_crashes_exits_forks_or_executes(string guest)
    {
        // One step further each time: somewhere is the moment.
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest(guest));
        for (var steps = 0; steps < 20; steps++)
        {
            using var client = new RspClient(server.Port);
            client.Handshake();
            for (var step = 0; step < steps; step++) client.Request("vCont;s");
            Assert.That(client.Request("D"), Is.EqualTo("OK"));
        }
        Serves(server, "T05");
    }

    [Test]
    public void Terminated_with_sessions_of_all_kinds_the_server_ends_well()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest("spin.O0"));
        using var silent = new RspClient(server.Port);
        using var stopped = new RspClient(server.Port);
        stopped.Handshake();
        stopped.Request("?");
        using var running = new RspClient(server.Port);
        running.Handshake();
        running.Send(RspClient.Frame("vCont;c"));
        // The program runs: it has written.
        Assert.That(running.ReadByte(), Is.EqualTo('$'));
        server.Process.Signal("TERM");
        Assert.That(server.Process.WaitForEnd(), Is.Zero, server.Log);
        Assert.That(server.Log, Does.Not.Contain("bug"));
    }

    [Test]
    [Platform("Linux")]
    public void A_disk_that_is_full_ends_the_trace_and_nothing_else()
    {
        using var server = ServerProcess.With("--trace", "/dev/full", "--", Repository.Guest("spin.O0"));
        Serves(server, "T05", "vCont;s");
        server.Process.WaitForError("the trace ends here: ");
        Serves(server, "T05", "vCont;s");
    }

    [Test]
    public void A_trace_ends_at_its_limit_and_is_whole()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "limited.jsonl");
        using (var server = ServerProcess.With("--trace", file, "--max-trace", "1000", "--", Repository.Guest("spin.O0")))
        {
            for (var round = 0; round < 5; round++) Serves(server, "T05", "vCont;s");
            server.Process.WaitForError("of 1000 at most (--max-trace): it ends here");
        }
        var lines = File.ReadAllLines(file);
        File.Delete(file);
        Assert.That(lines.Sum(line => line.Length + 1), Is.InRange(1, 1000));
        foreach (var line in lines) Assert.DoesNotThrow(() => System.Text.Json.JsonDocument.Parse(line).Dispose(), line);
    }

    [Test]
    public void A_file_system_that_is_full_costs_a_program_its_core_and_nothing_else()
    {
        using var server = ServerProcess.With("--max-files", "64K", "--cwd", "/tmp", "--", Repository.Guest("abort.O0"));
        using (var client = new RspClient(server.Port))
        {
            client.Handshake();
            Assert.That(client.Request("vCont;c"), Does.StartWith("T06"));
            Assert.That(client.Request("vCont;C06"), Does.StartWith("X06"));
            // The same program again, in the same machine.
            Assert.That(client.Request($"vRun;{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Repository.Guest("abort.O0")))}"), Does.StartWith("T05"));
            Assert.That(client.Request("vCont;c"), Does.StartWith("T06"));
        }
        Serves(server, "T06");
    }

    [Test]
    public void A_debugger_that_is_killed_while_its_program_runs_leaves_it_to_the_next()
    {
        using var server = ServerProcess.Of("spin.O0");
        using (var session = Gdb.Distribution.Start(branded: true, $"target remote {server.Target}", "continue"))
        {
            session.WaitFor("spinning\n");
            // Disposing kills it.
        }
        Serves(server, "T");
    }

    [Test]
    public void A_storm_of_silent_connections_keeps_nobody_out()
    {
        using var server = ServerProcess.With("--max-sessions", "1", "--", Repository.Guest("spin.O0"));
        var silent = new List<RspClient>();
        try
        {
            for (var count = 0; count < 300; count++) silent.Add(new RspClient(server.Port));
            Serves(server, "T");
        }
        finally
        {
            foreach (var client in silent) client.Dispose();
        }
    }

    [Test]
    public void Health_can_be_asked_when_all_sessions_are_taken_and_one_more_client_is_turned_away()
    {
        using var server = ServerProcess.With("--max-sessions", "1", "--", Repository.Guest("spin.O0"));
        using var client = new RspClient(server.Port);
        client.Handshake();
        using (var health = ServerProcess.Start("health", server.Endpoint)) Assert.That(health.WaitForEnd(), Is.Zero, health.Log);
        using var other = new RspClient(server.Port);
        Assert.That(other.Request("qSupported"), Is.EqualTo("E.1 sessions are open, the limit (--max-sessions)"));
        Assert.That(other.ReadByte(), Is.Negative);
        server.Process.WaitForError("1 sessions are open, the limit");
        Assert.That(client.Request("?"), Does.StartWith("T"));
    }

    private static void Say(RspClient client, string words)
    {
        if (words is "+" || words.StartsWith('$')) client.Send(words);
        else if (words == "vCont;c") client.Send(RspClient.Frame(words));
        else client.Send("+" + RspClient.Frame(words));
    }

    /// <summary>A new client is served.</summary>
    private static void Serves(ServerProcess server, string stop, string? then = null)
    {
        using var client = new RspClient(server.Port);
        client.Handshake();
        Assert.That(client.Request("?"), Does.StartWith(stop), server.Log);
        if (then is not null) Assert.That(client.Request(then), Does.StartWith("T05"));
        Assert.That(server.Log, Does.Not.Contain("a bug of this program"));
    }

    private static long MemoryOf(ServerProcess server)
    {
        using var process = System.Diagnostics.Process.GetProcessById(server.Process.Pid);
        return process.WorkingSet64;
    }
}
