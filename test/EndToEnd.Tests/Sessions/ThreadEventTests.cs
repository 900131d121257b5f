using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>
/// What gdb 16 asks of single threads: to be told when one makes another, and when it ends, while it is stepped over a breakpoint.
/// </summary>
[TestFixture("threadsignals.O0")]
[TestFixture("arm64/threadsignals.O0")]
public sealed class ThreadEventTests(string guest)
{
    // Steps to the instruction of the next system call.
    private const string ToSystemCall =
        "python exec('while not any(word in gdb.execute(\"x/i $pc\", to_string=True) for word in (\"\\tsyscall\", \"\\tsvc\")): gdb.execute(\"stepi\", to_string=True)')";

    private Transcript Debug(out string log, params string[] commands)
    {
        using var server = ServerProcess.With("--log-level", "verbose", "--", Repository.Guest(guest));
        var said = Gdb.Newer.Run(branded: true, [$"target remote {server.Target}", .. commands]);
        log = server.Process.Error;
        return said;
    }

    [Test]
    public void A_thread_made_while_stepping_over_a_breakpoint_does_not_run_past_it()
    {
        var said = Debug(
            out var log, "tbreak thread_create", "continue", ToSystemCall, "break *$pc", "break begin", "stepi", "info threads", "continue",
            "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(log, Does.Match(@"-> QThreadOptions;0;3:p3\.186a1\r?\n"));
            Assert.That(said["info threads"], Does.Match(@"Thread 3\.100002 .* in run \(\)").And.Contain("* 1 "));
            Assert.That(said["continue", 2], Does.Match("hit Breakpoint [23]"));
            Assert.That(said["continue", 3], Does.Contain("third: signal 0").And.Contain("exited normally]"));
        });
    }

    /// <summary>Without QThreadOptions gdb would wait for a step that never comes.</summary>
    [Test]
    public void A_thread_that_ends_while_stepping_over_a_breakpoint_is_told_of()
    {
        var said = Debug(
            out var log, "tbreak begin", "continue", "set scheduler-locking on", "set var worker->signal = 1", "finish", "finish", ToSystemCall,
            "set scheduler-locking off", "break *$pc", "stepi", "info threads", "delete", "thread 1", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(log, Does.Match(@"-> QThreadOptions;0;3:p3\.186a[234]\r?\n").And.Match(@"<- w0+;p3\.186a[234]\r?\n"));
            Assert.That(said["stepi"], Does.Contain("Command aborted, thread exited."));
            Assert.That(said["continue", 2], Does.Contain("exited normally]"));
        });
    }

    /// <summary>Births and ends as stops of their own (QThreadEvents).</summary>
    [Test]
    public void Births_and_ends_are_stops_if_the_client_wants_it_so()
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;no-resumed+");
        Assert.That(client.Request("QThreadEvents:1"), Is.EqualTo("OK"));
        for (var thread = 2; thread <= 4; thread++)
            Assert.That(client.Request("vCont;c"), Does.Contain("create:;").And.Contain($"thread:p3.186a{thread};"));
        for (var thread = 2; thread <= 4; thread++) Assert.That(client.Request("vCont;c"), Does.Match("^w0+;p3.186a[2-4]$"));
        Assert.That(client.Request("QThreadEvents:0"), Is.EqualTo("OK"));
        Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
    }

    [Test]
    public void Options_hold_for_the_threads_that_they_name()
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;no-resumed+");
        Assert.That(client.Request("QThreadOptions;1:p3.186a1"), Is.EqualTo("OK"));
        Assert.That(client.Request("vCont;c"), Does.StartWith("T05clone:p3.186a2;").And.Contain("thread:p3.186a1;"));
        Assert.That(client.Request("QThreadOptions;1"), Is.EqualTo("OK"));
        Assert.That(client.Request("vCont;c"), Does.StartWith("T05clone:p3.186a3;"));
        // The last that fits counts: the ends of the first two workers, and nothing else.
        Assert.That(client.Request("QThreadOptions;3;0;2:p3.186a2;2:p3.186a3"), Is.EqualTo("OK"));
        var ends = new[] { client.Request("vCont;c"), client.Request("vCont;c") };
        Assert.That(ends, Is.All.Match("^w0+;p3.186a[23]$"));
        Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
    }

    [TestCase("QThreadOptions")]
    [TestCase("QThreadOptions;")]
    [TestCase("QThreadOptions;4")]
    [TestCase("QThreadOptions;1:")]
    [TestCase("QThreadOptions;1:p3.186a1;x")]
    public void Options_that_are_none_are_refused(string packet)
    {
        using var server = ServerProcess.Of(guest);
        using var client = new RspClient(server.Port);
        client.Handshake();
        Assert.That(client.Request(packet), Does.StartWith("E"));
    }

    /// <summary>Two processes, of which one has no thread that may run: N only when there is nobody else.</summary>
    [Test]
    public void The_end_of_the_only_resumed_thread_is_told_only_when_nothing_else_runs()
    {
        using var server = ServerProcess.Of("shell.O0");
        using var client = new RspClient(server.Port);
        client.Handshake("multiprocess+;fork-events+;vfork-events+;exec-events+;no-resumed+");
        Assert.That(client.Request("vCont;c:p3.-1"), Does.Contain("fork:p4."));
        // Both go: the child ends first, and that is what is told.
        Assert.That(client.Request("vCont;c:p4.-1"), Is.EqualTo("W03;process:4"));
        Assert.That(client.Request("vCont;c:p3.-1"), Does.Contain("fork:p5.").Or.Contain("vfork:p5."));
    }
}
