using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>Interrupting, signalling, leaving, finding again and handing over.</summary>
[TestFixtureSource(typeof(Lldb), nameof(LldbSessions.Lldb.All))]
public sealed class ControlTests(Lldb lldb) : LldbFixture(lldb)
{
    [TestCase("spin.O0")]
    [TestCase("arm64/spin.O0")]
    public void A_running_program_is_interrupted_and_killed(string guest)
    {
        using var server = Serve("--", Repository.Guest(guest));
        using var session = Interactive(server);
        session.Say("continue");
        session.WaitFor("spinning");
        session.Say("process interrupt");
        session.WaitFor("spin.c:");
        session.Say("print turns > 0");
        session.WaitFor("true\n");
        session.Say("kill");
        session.WaitFor("exited with status = 9");
        var said = End(server, session);
        Assert.That(said.Text, Does.Match(@"stop reason = signal SIGSTOP\n\s+frame #0: 0x\w+ spin.O0`main at spin.c:"));
    }

    [TestCase("sleeper.O0")]
    [TestCase("arm64/sleeper.O0")]
    public void A_signal_is_sent_to_a_sleeping_program(string guest)
    {
        using var server = Serve("--", Repository.Guest(guest));
        using var session = Interactive(server);
        session.Say("process handle -s false -n false -p true SIGUSR1");
        session.Say("continue");
        session.WaitFor("sleeping");
        session.Say("process signal SIGUSR1");
        session.WaitFor("interrupted: error 4");
        session.Say("process interrupt");
        session.WaitFor("stop reason = signal SIGSTOP\n    frame #0: 0x00000000002");
        session.Say("kill");
        session.WaitFor("exited with status = 9");
        Assert.That(End(server, session).Text, Does.Contain("signal 30\n"));
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void A_program_is_left_stopped_found_by_name_left_and_found_by_number(string guest)
    {
        using var server = Serve("--", Repository.Guest(guest));
        var said = Run(
            server, "breakpoint set -n f", "continue", "breakpoint delete", "detach -s true", "process attach -n session.O0", "bt",
            "breakpoint set -n depth", "detach -s true",
            "platform process list", "process attach -p 3", "bt", "continue", "breakpoint delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["process attach -n session.O0"], Does.Contain("stop reason = signal SIGSTOP"));
            Assert.That(said["bt"], Does.Contain("frame #0: 0x").And.Contain("session.O0`f(n=5)"));
            Assert.That(said["bt", 2], Does.Contain("session.O0`f(n=5)"));
            Assert.That(said["continue", 2], Does.Contain("depth(n=5)"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    /// <summary>One server, one program: gdb goes to a breakpoint and leaves, lldb goes on from there.</summary>
    [Test]
    public void Gdb_hands_over_to_lldb([ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb, [Values("spin.O0", "arm64/spin.O0")] string guest)
    {
        gdb.Require();
        using var server = Serve("--", Repository.Guest(guest));
        using (var first = gdb.Start(
            branded: true, $"target remote {server.Target}", "break 10", "continue", "delete", "print turns = 5", "detach"))
            Assert.That(first.End()["detach"], Does.Contain("detached]"));
        var said = RunOnPlatform(
            server, "process attach -n spin.O0", "target variable turns", "bt", "breakpoint set -f spin.c -l 10", "continue", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["process attach -n spin.O0"], Does.Contain("stop reason = signal SIGSTOP"));
            Assert.That(int.Parse(
                System.Text.RegularExpressions.Regex.Match(said["target variable turns"], @"turns = (\d+)").Groups[1].Value),
                Is.GreaterThanOrEqualTo(5));
            Assert.That(said["bt"], Does.Contain("spin.O0`main at spin.c:"));
            Assert.That(said["continue"], Does.Contain("stop reason = breakpoint 1.1"));
            Assert.That(said.Text, Does.Contain("exited with status = 9"));
        });
    }

    /// <summary>The other way: lldb leaves a program running, and gdb attaches to it.</summary>
    [Test]
    public void Lldb_hands_over_to_gdb([ValueSource(typeof(Gdb), nameof(Gdb.All))] Gdb gdb, [Values("spin.O0", "arm64/spin.O0")] string guest)
    {
        gdb.Require();
        using var server = Serve("--", Repository.Guest(guest));
        Run(
            server, "breakpoint set -f spin.c -l 10", "continue", "breakpoint delete -f", "expression turns = 1000", "process detach");
        var said = gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "attach 3", "print turns >= 1000", "tbreak spin.c:10", "continue", "bt", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["print turns >= 1000"], Does.Contain("= 1\n"));
            Assert.That(said["continue"], Does.Contain("main () at test/guests/spin.c:10"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    /// <summary>A held program changes hands without running: gdb vanishes, and lldb connects to it.</summary>
    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void Lldb_finds_a_program_as_gdb_left_it(string guest)
    {
        var gdb = Gdb.Distribution.Require();
        using var server = Serve("--", Repository.Guest(guest));
        using (var first = gdb.Start(branded: true, $"target remote {server.Target}", "break depth", "continue", "disconnect"))
            Assert.That(first.End()["continue"], Does.Contain("Breakpoint 1, depth (n=5)"));
        var said = Run(server, "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["bt"], Does.Contain("session.O0`depth(n=5)"));
            Assert.That(said.Text, Does.Contain("depth: 5, bottoms 1\n").And.Contain("exited with status = 7"));
        });
    }

    [TestCase("amd64")]
    [TestCase("arm64")]
    public void The_demo_is_debugged_without_a_local_file(string arch)
    {
        using var server = Serve("--arch", arch);
        Assert.That(Directory.Exists("/demo"), Is.False);
        var said = Run(server, "image list", "breakpoint set -n visit -c 'here->moons == 1'", "continue", "frame variable *here",
            "expression fibonacci(20)", "breakpoint delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("2. Venus").And.Not.Contain("3. Earth").And.Contain("stop reason = breakpoint 1.1"));
            Assert.That(said["frame variable *here"], Does.Contain("\"Earth\"").And.Contain("moons = 1"));
            Assert.That(said["expression fibonacci(20)"], Does.Contain("= 6765\n"));
            Assert.That(said.Text, Does.Contain("8 planets, 288 moons. Home again.\n").And.Contain("exited with status = 0"));
        });
    }

    [Test]
    public void Forked_children_are_left_alone_and_signals_pass()
    {
        var said = Debug("fork.O0", "continue");
        Assert.That(said.Text, Does.Contain(Repository.Expected("fork").Split('\n')[0]).And.Contain("exited with status = 0"));
    }

    /// <summary>
    /// vAttachWait, as "process attach --name spin.O0 --waitfor" sends it; the program comes when another session starts it.
    /// </summary>
    [Test]
    public void A_program_is_awaited()
    {
        using var root = new GuestRoot("spin.O0");
        using var server = Serve("--multi", "--root", root.Path);
        using RspClient waiting = new(server.Port), starting = new(server.Port);
        waiting.Handshake();
        starting.Handshake();
        waiting.Send(RspClient.Frame($"vAttachWait;{Convert.ToHexStringLower("spin.O0"u8)}"));
        server.Process.WaitForError("waiting for a program named");
        Assert.That(starting.Request($"vRun;{Convert.ToHexStringLower("/bin/spin.O0"u8)}"), Does.StartWith("T05"));
        Assert.That(starting.Request("D"), Is.EqualTo("OK"));
        Assert.That(waiting.Reply(), Does.StartWith("T00"));
    }

    /// <summary>"--waitfor" passes over the program that is there, "--include-existing" takes it.</summary>
    [TestCase("", "vAttachWait")]
    [TestCase(" --include-existing", "vAttachOrWait")]
    public void Lldb_waits_for_a_program(string option, string packet)
    {
        using var root = new GuestRoot("spin.O0");
        using var server = Serve("--multi", "--root", root.Path);
        using var starting = new RspClient(server.Port);
        starting.Handshake();
        using var session = new LldbSession(Lldb);
        foreach (var command in ConnectPlatform(server)) session.Say(command);
        session.Say("process attach --name spin.O0 --waitfor" + option);
        server.Process.WaitForError("waiting for a program named");
        Assert.That(server.Process.Error, Does.Contain($"-> {packet};"));
        Assert.That(starting.Request($"vRun;{Convert.ToHexStringLower("/bin/spin.O0"u8)}"), Does.StartWith("T05"));
        Assert.That(starting.Request("D"), Is.EqualTo("OK"));
        session.WaitFor("stop reason = signal SIGSTOP");
        session.Say("kill");
        session.WaitFor("exited with status = 9");
        End(server, session);
    }

    [Test]
    public void A_program_that_is_there_is_attached_to_at_once_and_runs_on_when_left()
    {
        using var root = new GuestRoot("spin.O0");
        using var server = Serve("--multi", "--root", root.Path);
        using var starting = new RspClient(server.Port);
        starting.Handshake();
        var name = Convert.ToHexStringLower("spin.O0"u8);
        Assert.That(starting.Request($"vRun;{Convert.ToHexStringLower("/bin/spin.O0"u8)}"), Does.StartWith("T05"));
        Assert.That(starting.Request("D"), Is.EqualTo("OK"));
        var said = RunOnPlatform(
            server, "process attach --name spin.O0 --waitfor --include-existing", "process detach", "process attach --name spin.O0",
            "breakpoint set -f spin.c -l 10", "continue",
            "breakpoint delete", "process detach");
        Assert.Multiple(() =>
        {
            Assert.That(said["process attach --name spin.O0 --waitfor --include-existing"], Does.Contain("stop reason = signal SIGSTOP"));
            Assert.That(said.Text, Does.Contain(" detached\n"));
            Assert.That(said["continue"], Does.Contain("stop reason = breakpoint 1.1"));
            Assert.That(starting.Request($"vAttachName;{name}"), Does.StartWith("T00"));
        });
    }

    private LldbSession Interactive(ServerProcess server)
    {
        var session = new LldbSession(Lldb);
        foreach (var command in Connect(server)) session.Say(command);
        session.WaitFor("_start\n");
        return session;
    }
}
