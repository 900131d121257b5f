using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>The ways to go on a little.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class SteppingTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCaseSource(nameof(Builds))]
    public void Next_steps_over_a_call_and_step_into_it(string build)
    {
        var said = Debug(build, "break lines", "continue", "next", "next", "step", "bt", "next", "next");
        Assert.Multiple(() =>
        {
            Assert.That(said["next"], Is.EqualTo("80\t    volatile int b = a + 1;\n"));
            Assert.That(said["next", 2], Is.EqualTo("81\t    volatile int c = f(b);\n"));
            Assert.That(said["step"], Does.Contain("f (n=5) at test/guests/session.c:33\n33\t    return n * n + 1;\n"));
            Assert.That(said["bt"], Does.Contain("#0  f (n=5)").And.Contain("in lines (start=").And.Contain("in main (argc="));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Next_over_a_function_with_a_breakpoint_stops_in_it(string build)
    {
        var said = Debug(build, "break lines", "continue", "next", "next", "break sum_table", "next", "next");
        Assert.Multiple(() =>
        {
            Assert.That(said["next", 3], Is.EqualTo("82\t    b = c - a;\n"));
            Assert.That(said["next", 4], Is.EqualTo("83\t    a = sum_table();\n"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Finish_shows_the_value(string build)
    {
        var said = Debug(build, "break f", "continue", "finish", "tbreak area", "continue", "finish");
        Assert.Multiple(() =>
        {
            Assert.That(said["finish"],
                Does.Contain("in lines (start=").And.Contain("test/guests/session.c:81\n").And.Contain("Value returned is $1 = 26\n"));
            Assert.That(said["finish", 2], Does.Contain("Value returned is $2 = 9\n"));
        });
    }

    [TestCaseSource(nameof(Builds))]
    public void Until_and_advance_run_to_a_line(string build)
    {
        var said = Debug(build, "break lines", "continue", "until 82", "advance 84", "info locals");
        Assert.Multiple(() =>
        {
            Assert.That(said["until 82"], Does.Contain("test/guests/session.c:82\n82\t    b = c - a;\n"));
            Assert.That(said["advance 84"], Does.Contain("test/guests/session.c:84\n84\t    c = a + b + c;\n"));
            Assert.That(said["info locals"], Is.EqualTo("a = 31\nb = 22\nc = 26\n"));
        });
    }

    [Test]
    public void Until_leaves_a_loop()
    {
        var said = Debug("session.O0", "break 72", "continue", "delete", "next", "until", "print sum");
        Assert.Multiple(() =>
        {
            Assert.That(said["next"], Is.EqualTo("71\t    for (int i = 0; i < 8; i++)\n"));
            Assert.That(said["print sum"], Is.EqualTo("$1 = 31\n"), "the loop has run to its end");
            Assert.That(said["until"], Does.Contain("73\t    return sum;\n"));
        });
    }

    [TestCase("session.O0", "mov", "call", 3)]
    [TestCase("arm64/session.O0", "ldr", "bl", 4)]
    public void Stepi_takes_one_instruction_and_nexti_steps_over_a_call(string guest, string first, string second, int length)
    {
        var said = Debug(
            guest, "break 81", "continue", "set var $start = $pc", "x/2i $pc", "stepi", "print $pc - $start", "stepi",
            "info symbol $pc",
            "finish", "stepi", "info symbol $pc");
        Assert.Multiple(() =>
        {
            Assert.That(said["x/2i $pc"], Does.Match($@"=> 0x\w+ <lines\+\d+>:\s+{first}\s.*\n\s+0x\w+ <lines\+\d+>:\s+{second}"));
            Assert.That(said["stepi"], Does.Match(@"0x\w+\t81\t    volatile int c = f\(b\);"));
            Assert.That(said["print $pc - $start"], Is.EqualTo($"$1 = {length}\n"));
            Assert.That(said["info symbol $pc"], Is.EqualTo("f in section .text\n"));
            Assert.That(said["info symbol $pc", 2], Does.StartWith("lines + "));
        });
    }

    [TestCase("session.O0", "$eax")]
    [TestCase("arm64/session.O0", "$w0")]
    public void Nexti_steps_over_a_call(string guest, string result)
    {
        var said = Debug(guest, "break 81", "continue", "stepi", "nexti", "info symbol $pc", $"print {result}");
        Assert.Multiple(() =>
        {
            Assert.That(said["info symbol $pc"], Does.StartWith("lines + "));
            Assert.That(said[$"print {result}"], Is.EqualTo("$1 = 26\n"));
        });
    }

    [TestCase("session.O0")]
    [TestCase("arm64/session.O0")]
    public void A_backtrace_shows_a_recursion_to_its_bottom(string guest)
    {
        var said = Debug(guest, "break 40", "continue", "bt", "up 3", "print n");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"],
                Does.Contain("Breakpoint 1, depth (n=0) at test/guests/session.c:40\n40\t        bottoms++; // the bottom of the recursion"));
            Assert.That(said["bt"], Does.StartWith("#0  depth (n=0) at test/guests/session.c:40\n"));
            for (var n = 1; n <= 5; n++)
                Assert.That(said["bt"], Does.Match($@"#{n}  0x\w+ in depth \(n={n}\) at test/guests/session.c:43\n"));
            Assert.That(said["bt"],
                Does.Match(@"#6  0x\w+ in main \(argc=1, argv=0x\w+, envp=0x\w+\) at test/guests/session.c:102\n"));
            Assert.That(said["up 3"], Does.Match(@"#3  0x\w+ in depth \(n=3\) at test/guests/session.c:43\n"));
            Assert.That(said["print n"], Is.EqualTo("$1 = 3\n"));
        });
    }
}
