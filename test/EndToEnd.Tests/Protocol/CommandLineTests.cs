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
