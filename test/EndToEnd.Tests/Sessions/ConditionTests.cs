using System.Text.RegularExpressions;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>
/// Conditions and agent-style dprintfs, which gdb hands over with the breakpoint: the server answers them without asking back.
/// </summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed partial class ConditionTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    [TestCase("session-pie.O0")]
    public void Only_hits_that_count_are_reported(string build)
    {
        using var server = ServerProcess.With("--log-level", "verbose", "--", Repository.Guest(build));
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "break depth if n == 2", "continue", "info breakpoints", "condition 1 n == 0", "continue",
            "info breakpoints", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, depth (n=2)"));
            Assert.That(said["info breakpoints"], Does.Contain("already hit 1 time"));
            Assert.That(said["continue", 2], Does.Contain("Breakpoint 1, depth (n=0)"));
            Assert.That(said["info breakpoints", 2], Does.Contain("already hit 2 times"));
            Assert.That(said["continue", 3], Does.Contain("exited with code 07"));
            Assert.That(Swbreaks().Count(server.Log), Is.EqualTo(2), "hits that gdb was told of");
        });
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    [TestCase("session-pie.O0")]
    public void A_dprintf_of_the_agent_prints_and_goes_on(string build)
    {
        using var server = ServerProcess.With("--log-level", "verbose", "--", Repository.Guest(build));
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "set dprintf-style agent",
            "dprintf write_watched,\"%d times, %s, 0x%08lx\\n\",times,square.name,(long)times+15", "dprintf session.c:61,\"i is %d\\n\",i", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("3 times, square, 0x00000012\ni is 0\ni is 1\ni is 2\n").And.Contain("exited with code 07"));
            Assert.That(Swbreaks().Count(server.Log), Is.Zero, "hits that gdb was told of");
        });
    }

    /// <summary>Each hit stops the process, and what runs after a stop may be at its next hit before it has used up its turn.</summary>
    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_thread_is_stepped_while_others_hit_what_does_not_count(string guest)
    {
        const string third = "python [t.switch() for t in gdb.selected_inferior().threads() if t.name == 'third']";
        using var server = ServerProcess.Of(guest);
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "tbreak begin", "continue", "break turn if worker->turns < 0", third, "stepi 20",
            third, "print workers[0].turns + workers[1].turns < 1000", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["stepi 20"], Does.Not.Contain("signal 0"), "no other thread has come to its end meanwhile");
            Assert.That(said["print workers[0].turns + workers[1].turns < 1000"], Is.EqualTo("$1 = 1\n"));
        });
    }

    /// <summary>A thread that was in the kernel when another stopped the process has its turn still to come.</summary>
    [TestCase("threadyield.O0")]
    [TestCase("arm64/threadyield.O0")]
    public void A_thread_in_a_system_call_is_stepped_while_another_hits_what_does_not_count(string guest)
    {
        using var server = ServerProcess.Of(guest);
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "tbreak begin", "continue", "break turn if turns < 0", "stepi 200",
            "print turns > 1 && turns < 1000", "kill");
        Assert.That(said["print turns > 1 && turns < 1000"], Is.EqualTo("$1 = 1\n"));
    }

    [GeneratedRegex("<- T05swbreak")]
    private static partial Regex Swbreaks();
}
