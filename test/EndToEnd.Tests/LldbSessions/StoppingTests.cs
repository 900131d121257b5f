using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.LldbSessions;

/// <summary>Breakpoints, steps and watchpoints.</summary>
[TestFixtureSource(typeof(Lldb), nameof(LldbSessions.Lldb.All))]
public sealed class StoppingTests(Lldb lldb) : LldbFixture(lldb)
{
    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void A_program_connects_with_its_symbols_and_runs_to_its_end(string guest)
    {
        var said = Debug(guest, "process status", "image list", "continue", "process status");
        Assert.Multiple(() =>
        {
            Assert.That(said["process status"], Does.Match(@"stop reason = signal SIGSTOP\n\s+frame #0: 0x\w+ session.O0`_start\n"));
            Assert.That(said["image list"], Does.Match(@"^\[  0\] [0-9A-F]{8} 0x0000000000200000 \S*/session\.O0 \n$"));
            Assert.That(said.Text, Does.Contain(Repository.Expected("session")).And.Match(@"Process \d+ exited with status = 7 "));
        });
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void Breakpoints_by_name_line_address_and_condition(string guest)
    {
        var said = Debug(
            guest, "breakpoint set -n lines", "breakpoint set -f session.c -l 84", "breakpoint set -n depth -c 'n == 2'",
            "breakpoint set -a `(long)&area`",
            "continue", "register read pc", "continue", "continue", "frame variable n", "bt", "continue", "breakpoint list -b",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["breakpoint set -n lines"],
                Does.Match(@"Breakpoint 1: where = session.O0`lines \+ \d+ at session.c:79:22, address = 0x"));
            Assert.That(said["breakpoint set -f session.c -l 84"],
                Does.Match(@"Breakpoint 2: where = session.O0`lines \+ \d+ at session.c:84:9, address = 0x"));
            Assert.That(said["continue"],
                Does.Match(@"stop reason = breakpoint 1.1\n\s+frame #0: 0x\w+ session.O0`lines\(start=4\) at session.c:79:22"));
            var place = System.Text.RegularExpressions.Regex.Match(said["breakpoint set -n lines"], @"address = (0x\w+)").Groups[1].Value;
            Assert.That(said["register read pc"], Does.Contain($" = {place}"), "the pc at a breakpoint is its address");
            Assert.That(said["continue", 2], Does.Contain("stop reason = breakpoint 2.1"));
            Assert.That(said["continue", 3], Does.Contain("stop reason = breakpoint 3.1").And.Contain("depth(n=2)"));
            Assert.That(said["frame variable n"], Is.EqualTo("(int) n = 2\n"));
            Assert.That(said["bt"],
                Does.Match(@"frame #0: 0x\w+ session.O0`depth\(n=2\).*\n.*frame #1: 0x\w+ session.O0`depth\(n=3\).*\n.*depth\(n=4\).*\n.*depth\(n=5\).*\n.*frame #4: 0x\w+ session.O0`main\(argc=1,"));
            Assert.That(said["continue", 4], Does.Contain("stop reason = breakpoint 4.1").And.Contain("session.O0`area"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void Steps_into_over_out_and_by_instruction(string guest)
    {
        var said = Debug(
            guest, "breakpoint set -f session.c -l 81", "continue", "thread step-in", "thread step-out", "thread step-over",
            "thread step-over",
            "thread step-over", "thread step-inst", "register read pc", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("session.c:81:"));
            Assert.That(said["thread step-in"],
                Does.Match(@"stop reason = step in\n\s+frame #0: 0x\w+ session.O0`f\(n=5\) at session.c:33:"));
            Assert.That(said["thread step-out"],
                Does.Match(@"stop reason = step out\nReturn value: \(int\) \$0 = 26\n\s+frame #0: 0x\w+ session.O0`lines\(start=4\) at session.c:81:"));
            Assert.That(said["thread step-over"], Does.Contain("stop reason = step over").And.Contain("session.c:82:"));
            Assert.That(said["thread step-over", 2], Does.Contain("session.c:83:"));
            Assert.That(said["thread step-over", 3], Does.Contain("session.c:84:"));
            Assert.That(said["thread step-inst"], Does.Contain("stop reason = instruction step into"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }

    // Reads cannot be watched without writes on amd64, which therefore stops for the store to beside.
    [TestCase("session.O0", 4, "write_watched(times=3) at session.c:62:")]
    [TestCase("arm64/session.O0", 16, "session.O0`main(")]
    public void Watchpoints_for_writes_and_accesses(string guest, int slots, string read)
    {
        var said = Debug(
            guest, "breakpoint set -n write_watched", "continue", "watchpoint set variable watched", "continue",
            "watchpoint list -v",
            "watchpoint delete", "watchpoint set expression -w read_write -s 4 -- &table[2]",
            "watchpoint set expression -w read -s 4 -- &beside",
            "continue", "thread siginfo", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["watchpoint set variable watched"],
                Does.Contain("Watchpoint created: Watchpoint 1: addr = 0x").And.Contain("size = 4"));
            Assert.That(said["continue", 2],
                Does.Contain("Watchpoint 1 hit:\nold value: 1\nnew value: 11\n").And.Contain("stop reason = watchpoint 1\n"));
            Assert.That(said["watchpoint list -v"], Does.Contain($"Number of supported hardware watchpoints: {slots}\n"));
            Assert.That(said["watchpoint set expression -w read -s 4 -- &beside"], Does.Contain("Watchpoint created: Watchpoint 3"));
            Assert.That(said["continue", 3], Does.Contain("stop reason = watchpoint 3").And.Contain(read));
            Assert.That(said["thread siginfo"], Does.Contain("si_signo = 5\n"));
        });
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void A_read_of_a_watched_table_stops(string guest)
    {
        var said = Debug(guest, "breakpoint set -n sum_table", "continue",
            "watchpoint set expression -w read_write -s 4 -- &table[2]", "continue", "frame variable i", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue", 2],
                Does.Contain("stop reason = watchpoint 1").And.Match(@"session.O0`sum_table at session.c:7[12]:"));
            Assert.That(said["frame variable i"], Is.EqualTo("(int) i = 2\n"));
            Assert.That(said.Text, Does.Contain("exited with status = 7"));
        });
    }
}
