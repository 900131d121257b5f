using System.Text.RegularExpressions;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>What lldb stops at beyond breakpoints, and what it calls while other threads stand still.</summary>
[TestFixtureSource(typeof(Lldb), nameof(Lldb.All))]
public sealed class CatchingTests(Lldb lldb) : LldbFixture(lldb)
{
    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void A_signal_stops_when_it_is_to(string guest)
    {
        var said = Debug(guest, "process handle SIGUSR1 -s true -p true -n true", "continue", "thread siginfo", "bt");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("stop reason = signal SIGUSR1"));
            Assert.That(said["thread siginfo"], Does.Contain("si_signo = 30\n"));
            Assert.That(said["bt"], Does.Contain("signals.O0`main"));
        });
    }

    /// <summary>The call's own stop takes the signal's place; what came with the signal comes back with the registers.</summary>
    [TestCase("siginfo.O0")]
    [TestCase("arm64/siginfo.O0")]
    public void A_signal_keeps_its_siginfo_when_a_function_is_called(string guest)
    {
        var said = Debug(
            guest, "continue", "expression twice(5)", "thread siginfo", "continue", "expression twice(6)", "thread siginfo", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["expression twice(5)"], Does.Contain("= 10\n"));
            Assert.That(said["thread siginfo"], Does.Contain("si_signo = 30\n"));
            Assert.That(said["expression twice(6)"], Does.Contain("= 12\n"));
            Assert.That(said["thread siginfo", 2], Does.Contain("si_signo = 11\n"));
            Assert.That(said.Text, Does.Contain("handler: signal 30, code 65538, value 42").And.Contain("handler: signal 11, code 2, at hole + 100"));
            Assert.That(said.Text, Does.Contain("exited with status = 0"));
        });
    }

    /// <summary>Not gdb's, which have no SIGTHR and count otherwise.</summary>
    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void Signals_are_those_of_FreeBSD(string guest)
    {
        var said = Debug(guest, "process handle -s true -p true -n false SIGTHR", "process handle SIGLOST", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["process handle -s true -p true -n false SIGTHR"], Does.Match(@"\nSIGTHR +true +true +false"));
            Assert.That(said["process handle SIGLOST"], Does.Contain("Invalid signal name"));
            Assert.That(said["continue"], Does.Contain("stop reason = signal SIGUSR1"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void The_execution_of_another_program_stops(string guest)
    {
        var said = Debug(guest, "continue", "bt", "target variable vforks", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("parent: works 60, vforks 3").And.Contain("stop reason = exec"));
            Assert.That(said["bt"], Does.Contain("shell.O0`_start"));
            Assert.That(said["target variable vforks"], Does.Contain("vforks = 0"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_function_is_called_while_other_threads_stand_still(string guest)
    {
        const string sum = "expression -a false -- workers[0].turns + workers[1].turns + workers[2].turns";
        var said = Debug(
            guest, "breakpoint set -n begin", "continue", "breakpoint delete -f", sum,
            "expression -a false -- note(&workers[1], 99)", "target variable workers[1].signal", sum, "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["target variable workers[1].signal"], Does.Contain("= 99"));
            Assert.That(Value(said[sum, 2]), Is.EqualTo(Value(said[sum])));
            Assert.That(said.Text, Does.Contain("second: signal 99\n").And.Contain("exited with status = 0"));
        });

        static string Value(string text) => Regex.Match(text, @"= (\d+)").Groups[1].Value;
    }
}
