using System.Net;
using System.Net.Sockets;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>What gdbstub refuses, and how it says so.</summary>
public sealed class CommandLineTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gdbstub-").FullName;

    [TearDown]
    public void RemoveFiles() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void A_program_that_cannot_run_is_refused_in_one_line(
        [Values("text", "empty", "truncated", "linux", "other-cpu", "missing", "directory")] string kind, [Values(true, false)] bool serves)
    {
        var path = Create(kind);
        Refuses(serves ? ["--listen", "127.0.0.1:0", "--", path] : ["run", "--", path], Path.GetFileName(path));
    }

    [TestCase("--nonsense", "--nonsense")]
    [TestCase("--listen=nowhere", "nowhere")]
    [TestCase("--listen=127.0.0.1:99999", "99999")]
    [TestCase("--kernel=plan9", "plan9")]
    [TestCase("--max-memory=lots", "lots")]
    [TestCase("--root=/no/such/directory", "/no/such/directory")]
    public void A_bad_option_is_refused_in_one_line(string option, string named) => Assert.That(Refuses([option], named), Is.EqualTo(2));

    [Test]
    public void A_busy_port_is_refused_in_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Refuses(["--listen", $"127.0.0.1:{port}"], $"{port}");
    }

    [Test]
    public void Help_is_no_error()
    {
        using var process = ServerProcess.Start("--help");
        Assert.Multiple(() =>
        {
            Assert.That(process.WaitForEnd(), Is.Zero);
            Assert.That(process.Output, Does.Contain("--listen").And.Contain("--multi"));
            Assert.That(process.Error, Is.Empty);
        });
    }

    [Test]
    public void A_server_that_is_told_to_end_ends_well()
    {
        using var server = ServerProcess.With();
        server.Process.Signal("TERM");
        Assert.That(server.Process.WaitForEnd(), Is.Zero, server.Log);
    }

    private static int Refuses(string[] arguments, string named)
    {
        using var process = ServerProcess.Start(arguments);
        var status = process.WaitForEnd();
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.Not.Zero.And.LessThan(128), process.Log);
            Assert.That(process.Output, Is.Empty);
            Assert.That(process.Error, Does.Match(@"^gdbstub: [^\n]+\n$").And.Contain(named));
        });
        return status;
    }

    [TestCase("unix:{0}/none/socket", "there is no directory")]
    [TestCase("unix:{0}", "is a directory")]
    [TestCase("unix:{0}/fifo", "no socket")]
    [Platform("Linux")]
    public void A_path_that_cannot_be_a_socket_is_refused_in_one_line(string listen, string why)
    {
        using (var fifo = new ChildProcess("mkfifo", [Path.Combine(_directory, "fifo")])) Assert.That(fifo.WaitForEnd(), Is.Zero);
        Refuses(["--listen", string.Format(null, listen, _directory)], why);
    }

    [TestCase("run")]
    [TestCase("--listen=127.0.0.1:0")]
    public void A_directory_to_start_in_that_is_not_there_is_named(string first) =>
        Refuses([first, "--cwd", "/no/such", "--", Repository.Guest("exit.O0")], "cannot start in /no/such: ENOENT");

    [TestCase(">&-", "standard output: Bad file descriptor")]
    [TestCase("> /dev/full", "standard output: No space left on device")]
    [Platform("Linux")]
    public void Output_that_cannot_be_written_is_an_error(string redirection, string line)
    {
        using var run = new ChildProcess("sh", ["-c", $"exec dotnet '{Repository.Program}' run -- '{Repository.Guest("args.O0")}' a {redirection}"]);
        Assert.That(run.WaitForEnd(), Is.Not.Zero);
        Assert.That(run.Error, Is.EqualTo($"gdbstub: {line}\n"));
    }

    [TestCase(64)]
    [TestCase(120)]
    [Platform("Linux")]
    public void Too_few_descriptors_are_an_error_in_one_line(int descriptors)
    {
        using var serve = new ChildProcess("bash", ["-c", $"ulimit -n {descriptors}; exec dotnet '{Repository.Program}' --listen 127.0.0.1:0"]);
        Assert.That(serve.WaitForEnd(), Is.EqualTo(1), serve.Log);
        Assert.That(serve.Error, Is.EqualTo($"gdbstub: {descriptors} open files are too few (ulimit -n): it takes 192\n"));
    }

    [Test]
    [Platform("Linux")]
    public void A_server_whose_terminal_hangs_up_ends_as_it_does_by_SIGTERM()
    {
        var path = Path.Combine(_directory, "socket");
        // nohup(1) has the signal ignored, and a server that is started so goes on, as it should.
        using var server = new ChildProcess("env", ["--default-signal=HUP", "dotnet", Repository.Program, "--listen", "unix:" + path]);
        server.WaitForOutput("listening on ");
        server.Signal("HUP");
        Assert.That(server.WaitForEnd(), Is.EqualTo(129), server.Log);
        Assert.That(File.Exists(path), Is.False);
    }

    /// <summary>As delve starts "lldb-server", and lldb's platform.</summary>
    [Test]
    public void The_words_of_other_servers_are_understood([Values("gdbserver", "platform")] string word)
    {
        var guest = Repository.Guest("exit.O0");
        using var server = word == "gdbserver" ? ServerProcess.Start(word, "--native-regs", "127.0.0.1:0", "--", guest, "7")
            : ServerProcess.Start(word, "--server", "--listen", "127.0.0.1:0");
        var ready = server.WaitForOutput("\n").TrimEnd();
        using (var client = new RspClient(int.Parse(ready[(ready.LastIndexOf(':') + 1)..])))
        {
            client.Handshake();
            if (word == "platform") Assert.That(client.Request("qfThreadInfo"), Is.EqualTo("l"));
            else Assert.That(client.Request("vCont;c"), Does.StartWith("W"));
        }
        if (word == "platform") server.Signal("TERM");
        Assert.That(server.WaitForEnd(), Is.Zero, server.Log);
    }

    private string Create(string kind)
    {
        var path = Path.Combine(_directory, kind);
        var guest = File.ReadAllBytes(Repository.Guest("session.O0"));
        switch (kind)
        {
            case "text":
                File.WriteAllText(path, "#!/bin/sh\necho this is no ELF\n");
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "truncated":
                File.WriteAllBytes(path, guest[..(guest.Length / 8)]);
                break;
            case "linux":
                return Repository.Guest("linux/arith.O0");
            case "other-cpu":
                guest[0x12] = 243; // e_machine: EM_RISCV
                File.WriteAllBytes(path, guest);
                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
        }
        return path;
    }
}
