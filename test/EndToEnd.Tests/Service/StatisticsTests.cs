using System.Globalization;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary><c>gdbstub stats</c>: numbers that are right.</summary>
public sealed class StatisticsTests
{
    [Test]
    public void What_a_session_did_is_counted()
    {
        using var server = ServerProcess.Of("session.O0");
        using (var client = new RspClient(server.Port))
        {
            client.Handshake();
            client.Request("?");
            for (var step = 0; step < 10; step++) client.Request("vCont;s");
            Assert.That(client.Request("mffffffffffffffff,1"), Does.StartWith("E"));
        }
        var numbers = Ask(server);
        Assert.Multiple(() =>
        {
            // The one that asks is the second.
            Assert.That(numbers["sessions"], Is.EqualTo(2));
            Assert.That(numbers["packets"], Is.EqualTo(3 + 1 + 10 + 1 + 2));
            Assert.That(numbers["stops"], Is.EqualTo(11));
            Assert.That(numbers["errors"], Is.EqualTo(1));
            Assert.That(numbers["faults"], Is.Zero);
            Assert.That(numbers["instructions"], Is.EqualTo(10));
            Assert.That(numbers["ptrace.requests"], Is.GreaterThan(10));
            Assert.That(numbers["processes"], Is.GreaterThanOrEqualTo(2));
            Assert.That(numbers["guest.memory"], Is.GreaterThan(0));
        });
    }

    [Test]
    public void Translations_are_counted()
    {
        using var server = ServerProcess.Of("spin.O0");
        using var client = new RspClient(server.Port);
        client.Handshake();
        client.Send(RspClient.Frame("vCont;c"));
        // A loop without end is hot sooner or later.
        Assert.That(() => Ask(server)["translations"], Is.Positive.After((int)ChildProcess.Patience.TotalMilliseconds, 100));
    }

    [Test]
    public void What_ended_machines_did_is_counted_too()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest("session.O0"));
        for (var round = 1; round <= 2; round++)
        {
            using var client = new RspClient(server.Port);
            client.Handshake();
            for (var step = 0; step < 10; step++) client.Request("vCont;s");
        }
        Assert.That(Ask(server)["instructions"], Is.EqualTo(20));
    }

    [Test]
    public void Monitor_stats_shows_them_too()
    {
        using var server = ServerProcess.Of("session.O0");
        using var child = ServerProcess.Start("stats", server.Endpoint);
        Assert.That(child.WaitForEnd(), Is.Zero, child.Log);
        Assert.That(child.Output, Does.Match(@"(?m)^sessions\.open +1 "));
    }

    [Test]
    public void Who_does_not_answer_is_named()
    {
        using var child = ServerProcess.Start("stats", "127.0.0.1:1");
        Assert.That(child.WaitForEnd(), Is.EqualTo(1));
        Assert.That(child.Error, Does.StartWith("gdbstub: 127.0.0.1:1 does not answer"));
    }

    private static Dictionary<string, long> Ask(ServerProcess server)
    {
        using var child = ServerProcess.Start("stats", server.Endpoint);
        Assert.That(child.WaitForEnd(), Is.Zero, child.Log);
        return Regex.Matches(child.Output, @"(?m)^([a-z.]+) +(\d+) ")
            .ToDictionary(line => line.Groups[1].Value, line => long.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture));
    }
}
