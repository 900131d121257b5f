using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>Programs that lldb starts through the server, and what its platform can do there.</summary>
[TestFixtureSource(typeof(Lldb), nameof(LldbSessions.Lldb.All))]
public sealed class LaunchingTests(Lldb lldb) : LldbFixture(lldb)
{
    /// <summary>The guest's root has the program; nothing of it is in this machine's files under that name.</summary>
    [Test]
    public void A_program_of_the_guest_is_launched_without_a_local_file()
    {
        using var root = new GuestRoot("args.O0");
        using var server = Serve("--multi", "--root", root.Path);
        Assert.That(File.Exists("/bin/args.O0"), Is.False);
        var said = RunOnPlatform(
            server, "settings set target.auto-install-main-executable false", "target create /bin/args.O0",
            "settings set target.env-vars FOO=bar", "breakpoint set -n main",
            "process launch -w /bin -- one 'two words'", "bt", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["breakpoint set -n main"], Does.Match(@"Breakpoint 1: where = args.O0`main \+ \d+ at args.c:9:25"));
            Assert.That(said["bt"], Does.Match(@"frame #0: 0x\w+ args.O0`main\(argc=3, argv=0x\w+, envp=0x\w+\) at args.c:9:25"));
            Assert.That(said.Text,
                Does.Contain("argc 3\nargv[0] /bin/args.O0\nargv[1] one\nargv[2] two words\n").And.Contain(" FOO=bar\n")
                .And.Contain("cwd /bin\n"));
            Assert.That(said.Text, Does.Contain("exited with status = 0"));
        });
    }

    [Test]
    public void A_local_program_is_put_into_the_guest_and_launched()
    {
        using var server = Serve("--multi");
        var said = RunOnPlatform(server, $"target create {Repository.Guest("args.O0")}", "process launch -- again");
        Assert.That(said.Text,
            Does.Contain("argv[0] /tmp/args.O0\nargv[1] again\n").And.Contain("cwd /tmp\n").And.Contain("exited with status = 0"));
    }

    [Test]
    public void Standard_input_output_and_error_are_files_of_the_guest()
    {
        using var root = new GuestRoot("echo.O0");
        File.WriteAllText(Path.Combine(root.Path, "lines"), "first\nsecond\n");
        using var server = Serve("--multi", "--root", root.Path);
        // Not all at once: lldb shows a program's text when it gets to it, and drops what is left when the next program starts.
        using var session = new LldbSession(Lldb);
        foreach (var command in ConnectPlatform(server)) session.Say(command);
        session.Say("settings set target.auto-install-main-executable false");
        session.Say("target create /bin/echo.O0");
        session.Say("process launch -i /lines");
        session.WaitFor("2 lines\n");
        session.WaitFor("exited with status = 0");
        session.Say("process launch -i /lines -o /tmp/out");
        session.WaitFor("exited with status = 0", times: 2);
        session.Say("platform file open /tmp/out");
        session.Say("platform file read 0 -c 12");
        session.Say("process launch -i /missing");
        var said = End(server, session);
        Assert.Multiple(() =>
        {
            Assert.That(said.Text.Split("exited with status = 0"), Has.Length.EqualTo(3));
            // Once from the first program and once out of the file of the second.
            Assert.That(said.Text.Split("first\n"), Has.Length.EqualTo(3));
            Assert.That(said["platform file read 0 -c 12"], Does.Contain("Data = \"first\nsecond"));
            Assert.That(said["process launch -i /missing"], Does.Contain("error:").And.Not.Contain("exited with status"));
        });
    }

    /// <summary>What TAB offers behind "platform get-size /de"; remote-freebsd does not ask.</summary>
    [Test]
    public void Names_of_the_guests_files_are_completed()
    {
        Assume.That(Lldb, Is.EqualTo(LldbSessions.Lldb.Newer), "Debian's lldb 14 has no Python module");
        using var server = Serve("--multi");
        const string complete = "script names = lldb.SBStringList(); lldb.debugger.GetCommandInterpreter()"
            + ".HandleCompletion('platform get-size /de', 21, 0, -1, names); print([name for name in names])";
        using var session = new LldbSession(
            Lldb, ["platform select remote-gdb-server", $"platform connect connect://{server.Target}", complete]);
        Assert.That(End(server, session)[complete], Does.Contain("'/dev/'"));
    }

    [Test]
    public void A_missing_program_is_refused_with_its_reason()
    {
        using var server = Serve("--multi");
        var said = RunOnPlatform(
            server, "settings set target.auto-install-main-executable false", $"target create {Repository.Guest("args.O0")}",
            "process launch");
        Assert.That(said["process launch"], Does.Contain("error:"));
        server.Process.WaitForError(Convert.ToHexStringLower(": not in the guest's file system"u8));
    }

    [Test]
    public void A_crash_tells_the_address()
    {
        var said = Debug("segv.O0", "continue", "thread siginfo", "bt", "expression 1 + 1", "thread siginfo", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Match(
                @"stop reason = signal SIGSEGV: address not mapped to object \(fault address: 0x0\)\n\s+frame #0: 0x\w+ segv.O0`store\(where=0x0000000000000000, value=42\) at segv.c:6:12"));
            Assert.That(said["thread siginfo"],
                Does.Contain("si_signo = 11\n").And.Contain("si_code = 1\n").And.Contain("si_addr = 0x0000000000000000\n"));
            Assert.That(said["bt"], Does.Contain("segv.O0`middle").And.Contain("segv.O0`main"));
            Assert.That(said["thread siginfo", 2], Does.Contain("si_signo = 11\n"), "memory for an expression replaces no signal");
            Assert.That(said.Text, Does.Contain("exited with status = 11"));
        });
    }

    [Test]
    public void The_platform_lists_processes_and_handles_files()
    {
        using var root = new GuestRoot("session.O0");
        var local = Path.Combine(root.Path, "text");
        File.WriteAllText(local, "some text\n");
        using var server = Serve("--", Repository.Guest("session.O0"));
        var said = RunOnPlatform(
            server, "platform status", "platform process list", "platform process list -n session.O0", "platform process info 3",
            $"platform put-file {local} /tmp/text",
            "platform get-size /tmp/text", "platform get-permissions /tmp/text", $"platform get-file /tmp/text {local}.back",
            "platform mkdir /tmp/directory", "platform shell ls /");
        Assert.Multiple(() =>
        {
            Assert.That(said["platform status"],
                Does.Contain("Triple: x86_64-unknown-freebsd14.0\n").And.Contain("OS Version: 14.0").And.Contain("Hostname: gdbstub\n")
                .And.Contain("Connected: yes\n"));
            Assert.That(said["platform process list"], Does.Match(@"\n3 +2 +\S* +x86_64-unknown-freebsd14.0 +session.O0\n"));
            Assert.That(said["platform process list -n session.O0"], Does.Contain("session.O0\n").And.Not.Contain("init"));
            Assert.That(said["platform process info 3"], Does.Contain(Repository.Guest("session.O0")));
            Assert.That(said["platform get-size /tmp/text"], Is.EqualTo("File size of /tmp/text (remote): 10\n"));
            Assert.That(said["platform get-permissions /tmp/text"], Does.Match("0o0?6[0-9]{2}\n"));
            Assert.That(File.ReadAllText(local + ".back"), Is.EqualTo("some text\n"));
            Assert.That(said["platform shell ls /"], Does.Contain("this server runs no commands").And.Not.Contain("etc"));
        });
    }
}

/// <summary>A directory that a server makes the guest's root, with guests in its bin.</summary>
internal sealed class GuestRoot : IDisposable
{
    public GuestRoot(params string[] guests)
    {
        var bin = Directory.CreateDirectory(System.IO.Path.Combine(Path, "bin")).FullName;
        foreach (var guest in guests) File.Copy(Repository.Guest(guest), System.IO.Path.Combine(bin, guest));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("gdbstub-root-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
