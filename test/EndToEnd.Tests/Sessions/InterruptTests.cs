using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>^C in gdb.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class InterruptTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("spin.O0", "spinning\n", "main () at test/guests/spin.c:")]
    [TestCase("spin.O2", "spinning\n", "main () at test/guests/spin.c:")]
    [TestCase("spinignore.O0", "spinning, deaf to SIGINT\n", "main () at test/guests/spinignore.c:")]
    [TestCase("sleeper.O0", "sleeping\n", "nanosleep")]
    [TestCase("arm64/spin.O2", "spinning\n", "main () at test/guests/spin.c:")]
    [TestCase("arm64/sleeper.O0", "sleeping\n", "nanosleep")]
    public void An_interrupt_stops_a_program_that_never_ends(string guest, string greeting, string place)
    {
        using var server = ServerProcess.Of(guest);
        using var session = Gdb.Start(branded: true, $"target remote {server.Target}", "continue", "bt", "stepi", "kill");
        session.WaitFor(greeting);
        session.Interrupt();
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Program received signal SIGINT, Interrupt."));
            Assert.That(said["bt"], Does.Contain(place));
            Assert.That(said["stepi"], Does.Not.Contain("SIG"), "the interrupt is no signal of the program's");
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    /// <summary>What gdb sends over TCP for ^C: 3, or one of two telnet sequences.</summary>
    [TestCase("spin.O0", "Ctrl-C")]
    [TestCase("arm64/spin.O0", "BREAK")]
    [TestCase("spin.O0", "BREAK-g")]
    public void A_program_goes_on_after_an_interrupt(string guest, string sequence)
    {
        using var server = ServerProcess.Of(guest);
        using var session = Gdb.Start(
            branded: true, $"set remote interrupt-sequence {sequence}", $"target remote {server.Target}", "continue", "set var $before = turns", "tbreak 10", "continue",
            "print turns > $before");
        session.WaitFor("spinning\n");
        session.Interrupt();
        var said = session.End();
        Assert.That(said["print turns > $before"], Is.EqualTo("$1 = 1\n"));
    }
}
