using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Breakpoints and watchpoints.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class BreakpointTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCaseSource(nameof(Builds))]
    public void A_breakpoint_stops_where_it_says(string build)
    {
        var said = Debug(build, "break lines", "continue", "break 106", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["break lines"], Does.Contain("file test/guests/session.c, line 79."));
            Assert.That(said["continue"], Does.Contain("arguments: 0\nenvironment: present\n"));
            Assert.That(said["continue"],
                Does.Match(@"Breakpoint 1, lines \(start=(start@entry=)?4\) at test/guests/session.c:79\n79\t    volatile int a = start;"));
            Assert.That(said["continue", 2],
                Does.Contain("Breakpoint 2").And.Contain("test/guests/session.c:106\n106\t    triangle.area = area(&triangle);"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void A_temporary_breakpoint_stops_once(string build)
    {
        var said = Debug(build, "tbreak depth", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Match(@"Temporary breakpoint 1, depth \(n=(n@entry=)?5\) at test/guests/session.c:38\n"));
            Assert.That(said["continue", 2], Does.Contain("exited with code 07"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void A_hardware_breakpoint_stops_each_time(string build)
    {
        var said = Debug(build, "hbreak f", "continue", "info breakpoints", "print f(3)", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["hbreak f"], Does.Contain("Hardware assisted breakpoint 1 at"));
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, f (n=5) at test/guests/session.c:33\n33\t    return n * n + 1;"));
            Assert.That(said["info breakpoints"], Does.Contain("hw breakpoint").And.Contain("already hit 1 time"));
            Assert.That(said["print f(3)"],
                Does.Contain("Breakpoint 1, f (n=3)")
                .And.Contain("The program being debugged stopped while in a function called from GDB."));
            Assert.That(said["continue", 2], Does.Not.Contain("Breakpoint"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void A_condition_is_asked_each_time(string build)
    {
        var said = Debug(build, "break depth if n == 2", "continue", "print n", "info breakpoints", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, depth (n=2) at test/guests/session.c:38\n"));
            Assert.That(said["print n"], Is.EqualTo("$1 = 2\n"));
            Assert.That(said["info breakpoints"], Does.Contain("stop only if n == 2").And.Contain("already hit 1 time"));
            Assert.That(said["continue", 2], Does.Contain("depth: 5, bottoms 1\n").And.Contain("exited with code 07"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void A_watchpoint_shows_old_and_new_value_and_not_its_neighbour(string build)
    {
        var said = Debug(build, "watch watched", "continue", "continue", "continue", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["watch watched"], Is.EqualTo("Hardware watchpoint 1: watched\n"));
            for (var time = 1; time <= 3; time++)
                Assert.That(said["continue", time], Does.Match(
                    $@"Hardware watchpoint 1: watched\n\nOld value = {(10 * time) - 9}\nNew value = {(10 * time) + 1}\n"
                    + @"write_watched \(times=(times@entry=)?3\) at test/guests/session.c:63\n63\t        sum \+= watched;"));
            Assert.That(said["continue", 4], Does.Contain("watched: sum 63, watched 31, beside 2\n"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void An_access_watchpoint_sees_reads_and_writes(string build)
    {
        var said = Debug(build, "break write_watched", "continue", "awatch watched", "continue", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["awatch watched"], Is.EqualTo("Hardware access (read/write) watchpoint 2: watched\n"));
            // A read and a write of line 62, or one instruction that does both, then the read of line 63.
            Assert.That(said["continue", 2], Does.Contain("Hardware access (read/write) watchpoint 2: watched\n\n"));
            Assert.That(said.Text, Does.Contain("Old value = 1\nNew value = 11\n"));
            Assert.That(said.Text, Does.Contain("Value = 11\n"));
        });
    }

    [TestCase("session.O0")]
    [TestCase("session-pie.O0")]
    [TestCase("arm64/session.O0")]
    public void A_read_watchpoint_stops_at_a_read(string build)
    {
        var said = Debug(build, "break write_watched", "continue", "rwatch watched", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["rwatch watched"], Is.EqualTo("Hardware read watchpoint 2: watched\n"));
            Assert.That(said["continue", 2],
                Does.Contain("Hardware read watchpoint 2: watched\n\nValue = 1\n").And.Contain("62\t        watched = watched + 10;"));
        });
    }

    [Test]
    public void A_fifth_watchpoint_is_refused_and_the_session_lives_on()
    {
        var said = Debug(
            "session.O0", "watch table[0]", "watch table[2]", "watch table[4]", "watch watched", "watch bottoms", "continue", "delete 5",
            "continue", "print watched");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Could not insert hardware watchpoint 5."));
            Assert.That(said["continue", 2], Does.Contain("Hardware watchpoint 4: watched\n\nOld value = 1\nNew value = 11\n"));
            Assert.That(said["print watched"], Is.EqualTo("$1 = 11\n"));
        });
    }

    /// <summary>arm64 has sixteen watchpoints: a byte each.</summary>
    [Test]
    public void A_seventeenth_watchpoint_is_refused_on_arm64()
    {
        var bytes = Enumerable.Range(0, 16).Select(number => $"watch *((char *)&table + {number})");
        var said = Debug("arm64/session.O0", [.. bytes, "watch watched", "continue", "delete 3", "continue", "print watched"]);
        Assert.Multiple(() =>
        {
            // gdb inserts by address: the last one is not the last that was made.
            Assert.That(said["continue"], Does.Match(@"Could not insert hardware watchpoint 1\d\."));
            Assert.That(said["continue", 2], Does.Contain("Hardware watchpoint 17: watched\n\nOld value = 1\nNew value = 11\n"));
            Assert.That(said["print watched"], Is.EqualTo("$1 = 11\n"));
        });
    }

    /// <summary>A range of thirty-two bytes, and three bytes in the middle of a doubleword.</summary>
    [TestCase("awatch table")]
    [TestCase("awatch *(char (*)[3])((char *)&table + 9)")]
    public void A_range_is_watched_on_arm64(string watch)
    {
        var said = Debug("arm64/session.O0", "break sum_table", "continue", watch, "continue", "print i", "continue", "print i", "delete", "continue");
        var first = watch == "awatch table" ? 0 : 2;
        Assert.Multiple(() =>
        {
            Assert.That(said[watch], Does.StartWith("Hardware access (read/write) watchpoint 2: "));
            Assert.That(said["continue", 2], Does.Contain("Hardware access (read/write) watchpoint 2: "));
            Assert.That(said["print i"], Is.EqualTo($"$1 = {first}\n"));
            if (first == 0) Assert.That(said["print i", 2], Is.EqualTo("$2 = 1\n"));
            Assert.That(said.Text, Does.Contain("exited with code 07"));
        });
    }
}
