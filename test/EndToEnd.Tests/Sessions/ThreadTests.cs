using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Three threads that work side by side: seen, stepped, held, signalled.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class ThreadTests(Gdb gdb) : GdbFixture(gdb)
{
    /// <summary>Leaves all three at work, one of them at its beginning.</summary>
    private static readonly string[] ToWork = ["break begin", "continue", "continue", "continue", "delete"];

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void Threads_have_names_frames_and_their_own_breakpoints(string guest)
    {
        var said = Debug(guest,
            [.. ToWork, "info threads", "thread apply all -s print worker->turns", "thread find first", "thread name other",
            "info threads"]);
        Assert.Multiple(() =>
        {
            Assert.That(said["info threads"],
                Does.Contain("\"first\"").And.Contain("\"second\"").And.Contain("\"third\"").And.Contain("thread_join ()"));
            Assert.That(said["thread find first"], Does.Match(@"Thread \d+ has target name 'first'"));
            Assert.That(said["info threads", 2], Does.Contain("\"other\""));
        });
        var hit = Enumerable.Range(1, 3)
            .Select(time => System.Text.RegularExpressions.Regex.Match(said["continue", time], "\"(first|second|third)\" hit Breakpoint 1")
            .Groups[1].Value);
        Assert.That(hit, Is.EquivalentTo(["first", "second", "third"]));
    }

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_locked_scheduler_lets_one_thread_run(string guest)
    {
        var said = Debug(
            guest, [
            .. ToWork, "print workers[0].turns + workers[1].turns + workers[2].turns - worker->turns", "set scheduler-locking on", "next",
            "next", "stepi 100",
            "print workers[0].turns + workers[1].turns + workers[2].turns - $worker", "break turn", "continue", "continue",
            "info threads"]);
        Assert.That(said["next"], Does.StartWith("33\t").Or.StartWith("work ").Or.Contain("}"));
        // gdb's name of the thread is the same at every stop.
        var stops = new[] { said["continue", 4], said["continue", 5] };
        Assert.That(stops, Is.All.Contain("hit Breakpoint 2, turn (worker="));
        Assert.That(stops.Select(stop => System.Text.RegularExpressions.Regex.Match(stop, "\"(\\w+)\" hit").Groups[1].Value).Distinct()
            .Count(), Is.EqualTo(1));
    }

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void What_is_not_resumed_does_not_move(string guest)
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;swbreak+;no-resumed+");
        var threads = ThreadsAtWork(client, guest);
        var before = threads.Select(thread => Registers(client, thread)).ToArray();
        for (var step = 0; step < 20; step++)
            Assert.That(client.Request($"vCont;s:{threads[1]}"), Does.StartWith("T05").And.Contain($"thread:{threads[1]};"));
        Assert.Multiple(() =>
        {
            Assert.That(Registers(client, threads[0]), Is.EqualTo(before[0]));
            Assert.That(Registers(client, threads[1]), Is.Not.EqualTo(before[1]));
            Assert.That(Registers(client, threads[2]), Is.EqualTo(before[2]));
        });
    }

    /// <summary>The kernel gives one signal with PT_CONTINUE; the debugger sends the other thread its own.</summary>
    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void Two_threads_get_different_signals_at_once(string guest)
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;swbreak+;no-resumed+");
        var threads = ThreadsAtWork(client, guest);
        client.Send(RspClient.Frame($"vCont;C1e:{threads[0]};C1f:{threads[2]};c"));
        var output = client.OutputUntilReply(out var reply);
        Assert.Multiple(() =>
        {
            Assert.That(reply, Does.StartWith("W00"), "no stop for a signal that the client has given");
            Assert.That(output, Is.EqualTo("first: signal 30\nsecond: signal 0\nthird: signal 31\n"));
        });
    }

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_signal_for_another_thread_than_the_one_that_stopped_reaches_it(string guest)
    {
        var said = Debug(guest,
            [.. ToWork, "thread find third", "python [t.switch() for t in gdb.selected_inferior().threads() if t.name == 'third']",
            "signal SIGUSR2"]);
        Assert.That(said["signal SIGUSR2"],
            Does.Contain("first: signal 0\nsecond: signal 0\nthird: signal 31\n").And.Contain("exited normally]"));
    }

    /// <summary>The only thread that may run ends: N, where gdb would wait for ever.</summary>
    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void The_end_of_the_only_resumed_thread_is_told(string guest)
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;swbreak+;no-resumed+");
        var threads = ThreadsAtWork(client, guest);
        Assert.That(client.Request($"vCont;C1e:{threads[0]}"), Is.EqualTo("N"));
        Assert.That(client.Request($"T{threads[0]}"), Does.StartWith("E"));
        Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
    }

    /// <summary>The threads of the first, the second and the third worker, at the breakpoint or behind it.</summary>
    private static string[] ThreadsAtWork(RspClient client, string guest)
    {
        var begin = Symbols.Address(guest, "begin");
        Assert.That(client.Request($"Z0,{begin:x},{Symbols.BreakpointKind(guest)}"), Is.EqualTo("OK"));
        for (var hit = 0; hit < 3; hit++)
        {
            var stop = client.Request("vCont;c");
            Assert.That(stop, Does.Contain("swbreak"));
            Assert.That(client.Request($"z0,{begin:x},{Symbols.BreakpointKind(guest)}"), Is.EqualTo("OK"));
            var thread = System.Text.RegularExpressions.Regex.Match(stop, "thread:([^;]+);").Groups[1].Value;
            Assert.That(client.Request($"vCont;s:{thread}"), Does.StartWith("T05"));
            Assert.That(client.Request($"Z0,{begin:x},{Symbols.BreakpointKind(guest)}"), Is.EqualTo("OK"));
        }
        Assert.That(client.Request($"z0,{begin:x},{Symbols.BreakpointKind(guest)}"), Is.EqualTo("OK"));
        return ["p3.186a2", "p3.186a3", "p3.186a4"];
    }

    private static string Registers(RspClient client, string thread)
    {
        Assert.That(client.Request($"Hg{thread}"), Is.EqualTo("OK"));
        return client.Request("g");
    }
}
