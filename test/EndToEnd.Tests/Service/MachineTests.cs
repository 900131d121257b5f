using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>--machine: who shares a process table with whom.</summary>
public sealed class MachineTests
{
    [Test]
    public void Per_connection_each_client_has_the_program_for_itself()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest("session.O0"));
        using var first = new RspClient(server.Port);
        using var second = new RspClient(server.Port);
        first.Handshake();
        second.Handshake();
        var stop = first.Request("?");
        Assert.That(stop, Does.StartWith("T05"));
        Assert.That(second.Request("?"), Is.EqualTo(stop), "the same pid in another machine");

        Assert.That(first.Request("vCont;c"), Does.StartWith("W07"));
        Assert.That(second.Request("?"), Is.EqualTo(stop));
        Assert.That(second.Request("vCont;c"), Does.StartWith("W07"));
    }

    [Test]
    public void Per_connection_nothing_is_left_for_the_next()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--", Repository.Guest("session.O0"));
        string stop;
        using (var first = new RspClient(server.Port))
        {
            first.Handshake();
            stop = first.Request("?");
            first.Request("vCont;s");
        }
        using var next = new RspClient(server.Port);
        next.Handshake();
        Assert.That(next.Request("?"), Is.EqualTo(stop));
    }

    [Test]
    public void Per_connection_the_other_clients_processes_cannot_be_attached_to()
    {
        using var server = ServerProcess.With("--machine", "per-connection", "--multi");
        using var first = new RspClient(server.Port);
        first.Handshake();
        var started = first.Request("vRun;" + Convert.ToHexString("/demo/amd64/demo"u8));
        Assert.That(started, Does.StartWith("T05thread:p").Or.Contains("thread:p"));
        var pid = started[(started.IndexOf("thread:p", StringComparison.Ordinal) + 8)..].Split('.')[0];
        using var second = new RspClient(server.Port);
        second.Handshake();
        // Its own process table has the same number for the host's process, or nothing.
        Assert.That(second.Request($"vAttach;{pid}"), Does.StartWith("E"));
    }

    [Test]
    public void Shared_a_second_client_of_the_program_is_told_that_it_is_taken()
    {
        using var server = ServerProcess.Of("session.O0");
        using var first = new RspClient(server.Port);
        first.Handshake();
        Assert.That(first.Request("?"), Does.StartWith("T05"));
        using var second = new RspClient(server.Port);
        second.Handshake();
        Assert.That(second.Request("?"), Does.StartWith("W00").Or.StartWith("E"));
    }
}
