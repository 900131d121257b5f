using EndToEnd.Tests.Harness;
using EndToEnd.Tests.LldbSessions;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Several debuggers at one process table.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class TwoClientsTests(Gdb gdb) : GdbFixture(gdb)
{
    [Test]
    public void A_process_that_has_a_debugger_is_refused_to_another()
    {
        using var server = ServerProcess.Of("session.O0");
        using var first = new RspClient(server.Port);
        first.Handshake();
        Assert.That(first.Request("qC"), Does.StartWith("QCp3."));
        // The second would otherwise be told that the program is taken.
        var said = Gdb.Run(branded: true, $"target extended-remote {server.Target}", "attach 3");
        using var plain = new RspClient(server.Port);
        plain.Handshake();
        Assert.Multiple(() =>
        {
            // gdb before 16 shows no reason of any server's.
            Assert.That(said["attach 3"],
                Does.Contain(Gdb.KnowsFreeBsd ? "another debugger, process 2 (gdbstub), debugs it already"
                : "Attaching to process 3 failed"));
            Assert.That(plain.Request("vAttach;3"), Is.EqualTo("E10"), "EBUSY");
            Assert.That(plain.Request("vAttach;99"), Is.EqualTo("E03"), "ESRCH");
        });
        Assert.That(first.Request("D"), Is.EqualTo("OK"));
    }

    [Test]
    public void Lldb_is_told_why_it_may_not_attach()
    {
        using var server = ServerProcess.Of("session.O0");
        using var first = new RspClient(server.Port);
        first.Handshake();
        Assert.That(first.Request("qC"), Does.StartWith("QCp3."));
        using var session = new LldbSession(
            Lldb.Newer.Require(), ["platform select remote-freebsd", $"platform connect connect://{server.Target}", "process attach -p 3"]);
        Assert.That(session.End()["process attach -p 3"], Does.Contain("another debugger, process 2 (gdbstub), debugs it already"));
    }

    /// <summary>
    /// One table: each client runs its own program of it, neither waits for the other, and each sees the other's in the list.
    /// </summary>
    [Test]
    public void Two_clients_debug_their_own_processes_at_the_same_time()
    {
        using var root = new GuestRoot("spin.O0", "session.O0");
        using var server = ServerProcess.With("--multi", "--root", root.Path);
        using var spinning = Gdb.Start(
            branded: true, $"target extended-remote {server.Target}", $"file {Repository.Guest("spin.O0")}",
            "set remote exec-file /bin/spin.O0", "run", "print turns > 0", "info inferiors", "kill");
        spinning.WaitFor("spinning\n");
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", $"file {Repository.Guest("session.O0")}",
            "set remote exec-file /bin/session.O0", "break depth", "run", "bt 1", "delete",
            "continue");
        spinning.Interrupt();
        var other = spinning.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["run"], Does.Contain("depth (n=5)"));
            Assert.That(said["continue"], Does.Contain("exited with code 07"));
            Assert.That(other["run"], Does.Contain("received signal SIGINT"));
            Assert.That(other["print turns > 0"], Does.Contain("= 1"));
            Assert.That(other["kill"], Does.Contain("killed]"));
        });
    }
}
