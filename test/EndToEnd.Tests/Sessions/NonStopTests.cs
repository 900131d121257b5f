using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>gdb in non-stop mode: threads run while others are looked at.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class NonStopTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_thread_is_inspected_and_stepped_while_the_others_run(string guest)
    {
        var said = Debug(
            guest, ["tbreak begin", "continue", "thread find (first|second|third)", "info threads",
            "python [t.switch() for t in gdb.selected_inferior().threads() if t.is_stopped()]", "bt", "next", "print worker->turns",
            "info registers pc", "info threads", "continue", "info threads"]);
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("hit Temporary breakpoint 1, begin (worker="));
            Assert.That(said["info threads"], Does.Match(@"Thread 3\.100001 ""threadsignals\.O0"" \(running\)").And.Match("begin \\(worker="));
            Assert.That(said["bt"], Does.Match(@"#0  begin \(worker=.*\n#1 .* work \(argument="));
            Assert.That(said["print worker->turns"], Is.EqualTo("$1 = 1\n"));
            Assert.That(said["info threads", 2], Does.Match(@"Thread 3\.100001 ""threadsignals\.O0"" \(running\)"));
            Assert.That(said["continue", 2], Does.Contain("exited normally]"));
            Assert.That(said["info threads", 3], Does.Contain("No threads."));
        });
    }

    /// <summary>gdb puts all registers back after the call: also those that the kernel lets nobody change.</summary>
    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_function_is_called_while_the_others_run(string guest)
    {
        var said = Debug(
            guest, "tbreak begin", "continue", "python [t.switch() for t in gdb.selected_inferior().threads() if t.is_stopped()]",
            "call note(worker, 9)", "print worker->signal", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["call note(worker, 9)"].Trim(), Is.Empty);
            Assert.That(said["print worker->signal"], Is.EqualTo("$1 = 9\n"));
            Assert.That(said["bt"], Does.Match("#0  begin \\(worker="));
            Assert.That(said["continue", 2], Does.Contain("exited normally]"));
        });
    }

    /// <summary>What the program counts is read again and again until it has grown: nothing stops it meanwhile.</summary>
    [TestCase("spin.O0")]
    [TestCase("arm64/spin.O0")]
    public void Memory_is_read_while_the_program_runs(string guest)
    {
        const string grow = "python exec('a = int(gdb.parse_and_eval(\"turns\"))\\nwhile int(gdb.parse_and_eval(\"turns\")) == a: pass\\nprint(\"grown\")')";
        var said = Debug(guest, "continue &", grow, "set var turns = 0", grow, "info threads", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said[grow], Does.Contain("grown\n"));
            Assert.That(said[grow, 2], Does.Contain("grown\n"));
            Assert.That(said["info threads"], Does.Contain("(running)"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    [TestCase("spin.O0")]
    [TestCase("arm64/spin.O0")]
    public void A_running_thread_is_interrupted(string guest)
    {
        using var server = ServerProcess.Of(guest);
        using var session = Start(server, "continue", "print turns > 0", "bt", "kill");
        server.Process.WaitForError("the program prints: spinning");
        session.Interrupt();
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("main () at test/guests/spin.c:"));
            Assert.That(said["print turns > 0"], Is.EqualTo("$1 = 1\n"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    [TestCase("spin.O0")]
    [TestCase("arm64/spin.O0")]
    public void A_process_that_runs_is_attached_to_and_left(string guest)
    {
        using var server = ServerProcess.Of(guest);
        // Left running by all-stop gdb.
        Gdb.Run(branded: true, $"target remote {server.Target}", "tbreak main", "continue", "detach");
        using var session = Start(server, "attach 3", "info threads", "print turns > 0", "detach", "attach 3", "print turns > 0", "kill");
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["info threads"], Does.Contain("main () at test/guests/spin.c:"));
            Assert.That(said["detach"], Does.Contain("detached]"));
            Assert.That(said["print turns > 0", 2], Does.Contain("= 1\n"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void A_parent_is_followed_through_its_forks_to_another_program(string guest)
    {
        var said = Debug(guest, "break in_parent", "continue", "continue", "continue", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("in_parent (number=10)"));
            Assert.That(said["continue", 3], Does.Contain("[Detaching after vfork").And.Contain("in_parent (number=30)"));
            Assert.That(said["continue", 4], Does.Contain("is executing new program").And.Contain("exited with code 07"));
        });
    }

    private new Transcript Debug(string guest, params string[] commands)
    {
        using var server = ServerProcess.Of(guest);
        using var session = Start(server, commands);
        return session.End();
    }

    private GdbSession Start(ServerProcess server, params string[] commands) =>
        Gdb.Start(branded: true, ["set non-stop on", $"target extended-remote {server.Target}", .. commands]);
}
