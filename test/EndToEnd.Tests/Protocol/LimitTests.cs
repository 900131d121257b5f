using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>Guests and clients that take what they can get: the server lives on, and does not grow.</summary>
public sealed class LimitTests
{
    private const long Megabyte = 1 << 20;

    private static readonly string s_guests = Repository.File("test/guests/bin");

    [Test]
    [Platform("Linux")]
    public void A_client_that_does_not_read_costs_no_memory()
    {
        using var server = ServerProcess.With("--multi", "--root", s_guests);
        using var silent = new RspClient(server.Port);
        Run(silent, "limits.O2", "output");
        silent.Send(RspClient.Frame("vCont;c"));
        // The guest prints for ever, and nobody reads it. Another client has its own program, from start to end, meanwhile.
        for (var times = 0; times < 3; times++)
        {
            using var other = new RspClient(server.Port);
            Run(other, "exit.O2", "5");
            Assert.That(other.Request("vCont;c"), Does.StartWith("W05"));
        }
        Assert.That(ResidentMegabytes(server.Process.Pid), Is.LessThan(500));
    }

    [Test]
    public void A_fork_bomb_is_refused_and_the_next_client_served()
    {
        using var server = ServerProcess.With("--multi", "--root", s_guests, "--max-processes", "60");
        using (var client = new RspClient(server.Port))
        {
            Run(client, "limits.O2", "processes");
            Assert.That(client.Request("vCont;c"), Does.StartWith("W00"));
        }
        using var next = new RspClient(server.Port);
        Run(next, "exit.O2", "5");
        Assert.That(next.Request("vCont;c"), Does.StartWith("W05"));
    }

    [TestCase("output")]
    [TestCase("processes")]
    public void Terminate_ends_a_server_whose_guest_never_stops(string what)
    {
        using var server = ServerProcess.Of("limits.O2", what);
        using var client = new RspClient(server.Port);
        client.Handshake();
        client.Send(RspClient.Frame("vCont;c"));
        server.Process.Signal("TERM");
        Assert.That(server.Process.WaitForEnd(), Is.Zero, server.Log);
    }

    private static void Run(RspClient client, string guest, string argument)
    {
        client.Handshake();
        Assert.That(Repository.Guest(guest), Does.Exist);
        Assert.That(client.Request($"vRun;{Hex("/" + guest)};{Hex(argument)}"), Does.StartWith("T05"));
    }

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text));

    private static long ResidentMegabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / Megabyte;
    }
}
