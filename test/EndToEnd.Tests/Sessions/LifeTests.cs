using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>How programs and sessions begin and end.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class LifeTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCaseSource(nameof(Builds))]
    public void A_program_runs_to_its_end(string build)
    {
        var said = Debug(build, "continue", "print $_exitcode", "info threads");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"],
                Does.Contain(Repository.Expected("session")).And.Match(@"\[Inferior 1 \(process \d+\) exited with code 07\]"));
            Assert.That(said["print $_exitcode"], Is.EqualTo("$1 = 7\n"));
            Assert.That(said["info threads"], Is.EqualTo("No threads.\n"));
        });
    }

    [TestCase("amd64")]
    [TestCase("arm64")]
    public void The_demo_is_fresh_for_each_client(string arch)
    {
        using var server = ServerProcess.With("--arch", arch);
        for (var time = 0; time < 2; time++)
        {
            var said = Gdb.Run(
                branded: false, $"target remote {server.Target}", "break visit if here->moons == 1", "continue", "print *here", "bt",
                "print fibonacci(20)", "finish", "delete", "continue");
            Assert.Multiple(() =>
            {
                Assert.That(said["continue"], Does.Contain("A tour of the planets\n").And.Contain("2. Venus").And.Not.Contain("3. Earth"));
                Assert.That(said["print *here"], Does.Contain("\"Earth\", moons = 1, year = 1,"));
                Assert.That(said["bt"],
                    Does.Match(@"#0  visit \(here=0x\w+ <planets\+64>\) at test/guests/demo.c:42\n#1  0x\w+ in main \(\) at test/guests/demo.c:57\n"));
                Assert.That(said["print fibonacci(20)"], Is.EqualTo("$2 = 6765\n"));
                Assert.That(said["finish"], Does.Contain("3. Earth"));
                Assert.That(said["continue", 2], Does.Contain("8 planets, 288 moons. Home again.\n").And.Contain("exited normally]"));
            });
        }
    }

    [Test]
    public void A_program_is_killed()
    {
        var said = Debug("session.O0", "break f", "continue", "kill", "info threads", "bt");
        Assert.Multiple(() =>
        {
            Assert.That(said["kill"], Does.Match(@"\[Inferior 1 \(process \d+\) killed\]"));
            Assert.That(said["info threads"], Is.EqualTo("No threads.\n"));
            Assert.That(said["bt"], Is.EqualTo("No stack.\n"));
        });
    }

    [TestCase("spin.O0")]
    [TestCase("arm64/spin.O0")]
    public void A_detached_program_runs_on(string guest)
    {
        using var server = ServerProcess.Of(guest);
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "tbreak 10", "continue", "python pid = gdb.selected_inferior().pid",
            "detach",
            // Looks again and again until it has had a turn: a program that stands still never counts.
            "python import time; end = time.monotonic() + 60",
            "python while gdb.execute('attach %d' % pid) or (int(gdb.parse_and_eval('turns')) == 0 and time.monotonic() < end): gdb.execute('detach')",
            "print turns > 0", "info symbol $pc", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["detach"], Does.Match(@"\[Inferior 1 \(process \d+\) detached\]"));
            Assert.That(said["print turns > 0"], Does.Contain("= 1"));
            Assert.That(said["info symbol $pc"], Does.StartWith("main"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    [Test]
    public void A_detached_program_ends_by_itself()
    {
        using var server = ServerProcess.Of("session.O0");
        var said = Gdb.Run(branded: true, $"target remote {server.Target}", "break depth", "continue", "detach");
        Assert.That(said["detach"], Does.Match(@"\[Inferior 1 \(process \d+\) detached\]"));
        using var client = new RspClient(server.Port);
        client.Handshake();
        // It takes some thousand instructions more: soon there is nothing left to attach to.
        var end = Environment.TickCount64 + (long)ChildProcess.Patience.TotalMilliseconds / 4;
        while (client.Request("vAttach;3").StartsWith('T'))
        {
            Assert.That(Environment.TickCount64, Is.LessThan(end), "the program does not run on");
            client.Request("D;3");
        }
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void A_client_that_disconnects_finds_its_program_again(string guest)
    {
        using var server = ServerProcess.Of(guest);
        var first = Gdb.Run(branded: true, $"target remote {server.Target}", "break depth", "continue", "disconnect", "info threads");
        var second = Gdb.Run(branded: true, $"target remote {server.Target}", "bt", "next", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(first["continue"], Does.Contain("Breakpoint 1, depth (n=5)"));
            Assert.That(first["info threads"], Is.EqualTo("No threads.\n"));
            Assert.That(second["bt"], Does.StartWith("#0  depth (n=5) at test/guests/session.c:38\n"));
            Assert.That(second["next"], Is.EqualTo("43\t    int below = depth(n - 1);\n"));
            Assert.That(second["continue"], Does.Contain("depth: 5, bottoms 1\n").And.Contain("exited with code 07"));
        });
    }

    [Test]
    public void A_client_that_vanishes_leaves_its_program_for_the_next()
    {
        using var server = ServerProcess.Of("spin.O0");
        using (var first = Gdb.Start(branded: true, $"target remote {server.Target}", "continue"))
        {
            first.WaitFor("spinning\n");
            first.Vanish();
        }
        server.Process.WaitForError(" left");
        var second = Gdb.Run(branded: true, $"target remote {server.Target}", "info symbol $pc", "stepi", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(second["info symbol $pc"], Does.StartWith("main"));
            Assert.That(second["kill"], Does.Contain("killed]"));
        });
    }

    [Test]
    public void A_program_is_run_twice_with_arguments_environment_and_directory()
    {
        using var server = ServerProcess.With("--multi", "--root", Path.GetDirectoryName(Repository.Guest("args.O0"))!);
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", $"file {Repository.Guest("args.O0")}",
            "set remote exec-file /args.O0", "set args one \"two words\"",
            "set environment GREETING=hello", "set cwd /tmp", "break main", "run", "continue", "set args three",
            "unset environment GREETING", "run", "continue", "info threads");
        Assert.Multiple(() =>
        {
            Assert.That(said["run"], Does.Match(@"Breakpoint 1, main \(argc=3, argv=0x\w+, envp=0x\w+\) at test/guests/args.c:9\n"));
            Assert.That(said["continue"],
                Does.Contain("argc 3\nargv[0] /args.O0\nargv[1] one\nargv[2] two words\n").And.Contain(" GREETING=hello\n")
                .And.Contain("cwd /tmp\n"));
            Assert.That(said["continue"], Does.Contain("exited normally]"));
            Assert.That(said["run", 2], Does.Match(@"Breakpoint 1, main \(argc=2,"));
            Assert.That(said["continue", 2], Does.Contain("argv[1] three\n").And.Not.Contain("GREETING").And.Contain("exited normally]"));
        });
    }

    [Test]
    public void The_served_program_is_run_again()
    {
        using var server = ServerProcess.Of("session.O0", "first");
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "continue", "break f", "run", "print n", "run", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("argument 1: first\n").And.Contain("exited with code 07"));
            Assert.That(said["run"], Does.Contain("Breakpoint 1, f (n=5)"));
            Assert.That(said["run", 2], Does.Contain("Breakpoint 1, f (n=5)"));
            Assert.That(said["continue", 2], Does.Contain("exited with code 07"));
        });
    }

    [Test]
    public void A_Unix_socket_serves()
    {
        var path = Path.Combine(Path.GetTempPath(), $"gdbstub-{Guid.NewGuid():n}");
        using var server = ServerProcess.On($"unix:{path}", "--", Repository.Guest("session.O0"));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var said = Gdb.Run(branded: true, $"target remote {path}", "break f", "continue", "kill");
        Assert.That(said["continue"], Does.Contain("Breakpoint 1, f (n=5)"));
    }

    [Test]
    public void Standard_input_and_output_serve()
    {
        var said = Gdb.Run(
            branded: true, $"target remote | exec dotnet {Repository.Program} --listen stdio -- {Repository.Guest("session.O0")}",
            "break f", "continue", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, f (n=5)"));
            Assert.That(said["continue", 2], Does.Contain("lines: 79\n").And.Contain("exited with code 07"));
        });
    }
}
