using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>What gdb shows of FreeBSD itself: system calls, signals, tables of the system, and the server's own commands.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class SystemTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void System_calls_are_caught_by_name_and_shown_with_their_arguments(string guest)
    {
        if (!Gdb.KnowsFreeBsd) Assert.Ignore("this gdb has no system calls of FreeBSD");
        var said = Debug(
            guest, "catch syscall write 59", "continue", "monitor syscalls", "bt 1", "continue", "monitor syscalls", "continue",
            "delete", "catch syscall", "continue", "delete",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["catch syscall write 59"], Does.Contain("syscalls 'write' [4] 'execve' [59]"));
            Assert.That(said["continue"], Does.Match(@"Catchpoint 1 \(call to syscall write\), 0x\w+ in write \(\)"));
            Assert.That(said["monitor syscalls"], Does.Match(@"^thread 100001: write\(0x1, 0x\w+, 0x14\)\n$"));
            Assert.That(said["continue", 2], Does.Contain("work: exited with 3").And.Contain("Catchpoint 1 (returned from syscall write)"));
            Assert.That(said["monitor syscalls", 2], Does.Match(@"^thread 100001: write\(0x1, 0x\w+, 0x14\) = 20\n$"));
            Assert.That(said["continue", 4], Does.Match(@"Catchpoint 2 \((call to|returned from) syscall \w+\)"));
            Assert.That(said["continue", 5], Does.Contain("tool: at last").And.Contain("exited with code 07"));
        });
    }

    [TestCase("shell.O0")]
    [TestCase("arm64/shell.O0")]
    public void A_step_meets_a_system_call_that_is_caught(string guest)
    {
        if (!Gdb.KnowsFreeBsd) Assert.Ignore("this gdb has no system calls of FreeBSD");
        var said = Debug(guest, "break write", "continue", "catch syscall write", "stepi 40", "info breakpoints", "delete",
            "continue");
        Assert.Multiple(() =>
        {
            // gdb goes on with its count, but counts the call and its return as well.
            Assert.That(said["stepi 40"], Does.Contain("work: exited with 3"));
            Assert.That(said["info breakpoints"], Does.Contain("syscall \"write\" \n\tcatchpoint already hit 2 times"));
            Assert.That(said["continue", 2], Does.Contain("exited with code 07"));
        });
    }

    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void Signals_are_caught(string guest)
    {
        var said = Debug(guest, "handle all nostop noprint pass", "catch signal SIGUSR1", "continue", "print $_siginfo.si_signo",
            "info breakpoints", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Catchpoint 1 (signal SIGUSR1)"));
            if (Gdb.KnowsFreeBsd) Assert.That(said["print $_siginfo.si_signo"], Does.Contain("= 30\n"));
            Assert.That(said["info breakpoints"], Does.Contain("catchpoint already hit 1 time"));
            Assert.That(said["continue", 2], Does.Contain("exited "));
        });
    }

    [TestCase("threadsignals.O0")]
    [TestCase("arm64/threadsignals.O0")]
    public void A_function_is_called_while_other_threads_stand_still(string guest)
    {
        var said = Debug(
            guest, "break begin", "continue", "continue", "continue", "delete", "thread find second",
            "set scheduler-locking on", "print workers[0].turns", "print note(&workers[1], 99)",
            "print workers[1].signal", "print workers[0].turns", "bt 1", "set scheduler-locking off", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["print workers[1].signal"], Does.Contain("= 99\n"));
            Assert.That(Value(said["print workers[0].turns", 2]), Is.EqualTo(Value(said["print workers[0].turns"])));
            Assert.That(said["bt 1"], Does.Contain("begin (worker="));
            Assert.That(said["continue", 4], Does.Contain("second: signal 99\n").And.Contain("exited normally]"));
        });

        static string Value(string text) => text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..];
    }

    [Test]
    public void The_system_is_listed()
    {
        var said = Debug(
            "threadsignals.O0", "break begin", "continue", "info os", "info os processes", "info os threads", "info os files",
            "info os vmmap", "info os procgroups", "info os cpus", "info os nonsense");
        Assert.Multiple(() =>
        {
            Assert.That(said["info os"], Does.Contain("processes ").And.Contain("threads ").And.Contain("files ").And.Contain("vmmap "));
            Assert.That(said["info os processes"], Does.Match(@"\n3 +2 +\S+ +\S+ +4 +\S*threadsignals.O0"));
            Assert.That(said["info os threads"], Does.Match(@"\n3 .*100002 .*first").And.Match(@"\n3 .*100004 .*third"));
            Assert.That(said["info os files"], Does.Match(@"\n3 +threadsignals.O0 +cwd "));
            Assert.That(said["info os procgroups"], Does.Match(@"^pgid +leader command +pid +command *\n(.*\n)*\d+ +\S.* +3 +threadsignals.O0 *\n"));
            Assert.That(said["info os cpus"], Does.Match(@"^processor +model name *\n0 +\S"));
            Assert.That(said["info os vmmap"], Does.Match(@"\n3 +0x\w+ +0x\w+ +r-x +\S*threadsignals.O0"));
        });
    }

    [Test]
    public void The_servers_own_commands_tell_of_the_kernel()
    {
        var said = Debug(
            "threadsignals.O0", "break begin", "continue", "monitor ps", "monitor procstat -t", "monitor procstat -v 3",
            "monitor procstat -f", "monitor procstat -i", "monitor procstat -c",
            "monitor procstat -v 99", "monitor procstat", "monitor personality", "monitor stats", "monitor doctor",
            "monitor syscalls write", "monitor trace", "monitor trace on",
            "print $pc", "stepi", "monitor trace", "monitor trace off");
        Assert.Multiple(() =>
        {
            Assert.That(said["monitor ps"],
                Does.Match(@"  PID TT  STAT      TIME COMMAND\n").And.Match(@"\n    3 - +TX +0:00.\d\d \S*threadsignals.O0\n"));
            Assert.That(said["monitor procstat -t"],
                Does.Match(@"\n    3 100001 threadsignals.O0 .*\n    3 100002 threadsignals.O0 +first "));
            Assert.That(said["monitor procstat -v 3"],
                Does.Match(@"\n    3 +0x\w+ +0x\w+ r-x +\d+ +\d+ +\d+ +\d+ [C-][N-]-- vn \S*threadsignals.O0\n"));
            Assert.That(said["monitor procstat -f"], Does.Match(@"\n    3 threadsignals.O0 +cwd v d "));
            Assert.That(said["monitor procstat -i"], Does.Match(@"\n    3 threadsignals.O0 +USR1    --C\n").And.Match(@" HUP +---\n"));
            Assert.That(said["monitor procstat -c"], Does.Match(@"PID COMM +ARGS\n    3 threadsignals.O0 \S*threadsignals.O0\n"));
            Assert.That(said["monitor procstat -v 99"], Is.EqualTo("There is no process 99.\n"));
            Assert.That(said["monitor procstat"], Does.StartWith("monitor procstat -t|"));
            Assert.That(said["monitor personality"], Does.Match(@"FreeBSD (1\d)\.\d[^\n]*\nkern.osreldate \1\d{5}, "));
            Assert.That(said["monitor stats"],
                Does.Match(@"instructions retired: [1-9]\d+\nprocesses debugged: 1\nthreads debugged: \d\n"));
            Assert.That(said["monitor doctor"], Does.Contain(Gdb.KnowsFreeBsd ? "info proc" : "set osabi none"));
            Assert.That(said["monitor syscalls write"], Does.StartWith("4: ssize_t write("));
            Assert.That(said["monitor trace"], Does.Contain("Nothing is kept"));
            Assert.That(said["monitor trace", 2],
                Does.Contain("-> vCont;s:p3.").And.Contain("PT_STEP (address 0x1, data 0) = 0\n").And.Contain("wait6 3 (stopped by SIGTRAP) = 3\n")
                .And.Contain("<- T05"));
        });
    }
}
