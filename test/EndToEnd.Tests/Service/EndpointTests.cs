using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>Endpoints other than TCP: who may use them, and how they end.</summary>
[Platform("Linux")]
public sealed class EndpointTests
{
    [TestCase("000")]
    [TestCase("777")]
    public void A_unix_socket_is_its_owners_alone_whatever_the_umask_is(string umask)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("gdbstub-").FullName, "socket");
        using (var server = new ChildProcess("sh", ["-c", $"umask {umask}; exec dotnet '{Repository.Program}' --listen 'unix:{path}'"],
            new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" }))
        {
            server.WaitForOutput($"listening on unix:{path}\n");
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            using (var health = ServerProcess.Start("health", "unix:" + path)) Assert.That(health.WaitForEnd(), Is.Zero, health.Log);
            server.Signal("TERM");
            Assert.That(server.WaitForEnd(), Is.Zero, server.Log);
        }
        Assert.That(File.Exists(path), Is.False);
        Directory.Delete(Path.GetDirectoryName(path)!);
    }

    [Test]
    public void Standard_input_may_be_a_pipe_with_all_in_it()
    {
        var packets = string.Concat(((string[])["qSupported", "QStartNoAckMode", "?", "vCont;c"]).Select(RspClient.Frame));
        using var server = new ChildProcess(
            "sh", ["-c", $"printf %s '{packets}' | dotnet '{Repository.Program}' --listen stdio -- '{Repository.Guest("exit.O0")}' | cat"]);
        Assert.That(server.WaitForEnd(), Is.Zero, server.Log);
        // Packets are acknowledged as they are read, which is before the first reply.
        Assert.That(server.Output, Does.Match(@"^\++\$PacketSize=.*\$T05.*\$W[0-9a-f]{2}.*$"));
        Assert.That(server.Error, Does.Contain("listening on stdio"));
    }

    [Test]
    public void When_the_other_end_of_the_pipe_is_gone_so_is_the_server()
    {
        // "head" takes the first bytes and goes; the server finds that out when it writes more, though its standard input stays open.
        using var server = new ChildProcess(
            "bash", ["-c", $"set -o pipefail; dotnet '{Repository.Program}' --listen stdio -- '{Repository.Guest("chatter.O2")}' | head -c 1"]);
        server.Input.Write(RspClient.Frame("QStartNoAckMode") + RspClient.Frame("vCont;c"));
        server.Input.Flush();
        Assert.That(server.WaitForEnd(), Is.Zero, server.Log);
    }
}
