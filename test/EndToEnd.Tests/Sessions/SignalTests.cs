using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Signals: those that stop gdb, those that go to the program, and what gdb knows of them.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class SignalTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("segv.O0")]
    [TestCase("arm64/segv.O0")]
    public void A_crash_shows_where(string guest)
    {
        var said = Debug(guest, "continue", "bt", "print where", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"],
                Does.Contain("about to write to NULL\n").And.Contain("Program received signal SIGSEGV, Segmentation fault."));
            Assert.That(said["continue"],
                Does.Match(@"0x\w+ in store \(where=0x0, value=42\) at test/guests/segv.c:6\n6\t    \*where = value;"));
            Assert.That(said["bt"],
                Does.Match(@"#0  0x\w+ in store .*segv.c:6\n#1  0x\w+ in middle .*segv.c:11\n#2  0x\w+ in main \(\) at test/guests/segv.c:18\n"));
            Assert.That(said["continue", 2],
                Does.Contain("Program terminated with signal SIGSEGV, Segmentation fault.\nThe program no longer exists.\n"));
        });
    }

    [TestCase("segv.O0", 12, Description = "T_PAGEFLT")]
    [TestCase("arm64/segv.O0", 0x24, Description = "EXCP_DATA_ABORT_L")]
    public void The_siginfo_of_a_crash_is_FreeBSDs(string guest, int trap)
    {
        RequireFreeBsd();
        var said = Debug(guest, "continue", "print $_siginfo.si_signo", "print $_siginfo.si_code", "print $_siginfo.si_addr",
            "print $_siginfo._reason._fault.si_trapno");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Address not mapped to object."));
            Assert.That(said["print $_siginfo.si_signo"], Is.EqualTo("$1 = 11\n"));
            Assert.That(said["print $_siginfo.si_code"], Is.EqualTo("$2 = 1\n"));
            Assert.That(said["print $_siginfo.si_addr"], Is.EqualTo("$3 = (void *) 0x0\n"));
            Assert.That(said["print $_siginfo._reason._fault.si_trapno"], Is.EqualTo($"$4 = {trap}\n"));
        });
    }

    /// <summary>The trampoline is in a page that not even a debugger writes, and the call that ends it restores flags without a step.</summary>
    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void A_handler_is_left_by_finish_and_its_trampoline_by_steps(string guest)
    {
        RequireFreeBsd();
        var said = Debug(guest, "handle SIGUSR1 nostop noprint", "break on_usr1", "continue", "finish", "bt 1", "finish", "info symbol $pc", "stepi",
            "info breakpoints");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, on_usr1"));
            Assert.That(said["finish"], Does.Contain("<signal handler called>"));
            Assert.That(said["bt 1"], Does.Contain("#0  <signal handler called>"));
            Assert.That(said["info symbol $pc"], Does.StartWith("raise"));
            Assert.That(said["stepi"], Does.Contain("in raise ()"));
            Assert.That(said["info breakpoints"], Does.Contain("already hit 1 time"), "the program has not run on");
        });
    }

    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void A_signal_stops_gdb_and_then_reaches_its_handler(string guest)
    {
        var said = Debug(guest, "break on_usr1", "continue", "bt 1", "continue", "bt", "print signal", "print info->si_code",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Program received signal SIGUSR1, User defined signal 1."));
            Assert.That(said["continue", 2],
                Does.Match(@"Breakpoint 1, on_usr1 \(signal=30, info=0x\w+, context=0x\w+\) at test/guests/signals.c:15\n"));
            Assert.That(said["print signal"], Is.EqualTo("$1 = 30\n"));
            Assert.That(said["print info->si_code"], Is.EqualTo("$2 = 65543\n"), "SI_LWP");
            if (Gdb.KnowsFreeBsd)
                Assert.That(said["bt"],
                    Does.Match(@"#1  <signal handler called>\n#2  0x\w+ in raise \(\)\n#3  0x\w+ in asynchronous \(\) at test/guests/signals.c:68\n#4  .* in main \(\)"));
            Assert.That(said["continue", 3],
                Does.Contain("handler: signal 30, thr_kill, from myself\n").And.Contain("Program received signal SIGUSR1"));
        });
    }

    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void The_siginfo_of_a_sent_signal_names_its_sender(string guest)
    {
        RequireFreeBsd();
        var said = Debug(guest, "continue", "print $_siginfo.si_signo", "print $_siginfo.si_code", "info inferiors",
            "print $_siginfo.si_pid");
        Assert.Multiple(() =>
        {
            Assert.That(said["print $_siginfo.si_signo"], Is.EqualTo("$1 = 30\n"));
            Assert.That(said["print $_siginfo.si_code"], Is.EqualTo("$2 = 65543\n"), "SI_LWP");
            var pid = said["print $_siginfo.si_pid"].Split(" = ")[1].Trim();
            Assert.That(said["info inferiors"], Does.Contain($"process {pid} "));
        });
    }

    /// <summary>A function that is called takes the place of the stop, and gdb then puts back what it has found before.</summary>
    [TestCase("siginfo.O0")]
    [TestCase("arm64/siginfo.O0")]
    public void A_siginfo_is_changed_on_its_way_and_outlives_calls(string guest)
    {
        RequireFreeBsd();
        var said = Debug(
            guest, "continue", "print twice(4)", "continue",
            "print $_siginfo.si_addr = hole + 7", "print twice(5)", "set var $_siginfo.si_code = 77", "print twice(6)",
            "print $_siginfo.si_addr == hole + 7", "continue",
            "print $_siginfo.si_value.sival_int = 99", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["print twice(4)"], Is.EqualTo("$1 = 8\n"));
            Assert.That(said["continue", 2], Does.Contain("handler: signal 30, code 65538, value 42\n").And.Contain("received signal SIGSEGV"));
            Assert.That(said["print twice(6)"], Is.EqualTo("$4 = 12\n"));
            Assert.That(said["print $_siginfo.si_addr == hole + 7"], Is.EqualTo("$5 = 1\n"));
            Assert.That(said["continue", 3], Does.Contain("handler: signal 11, code 77, at hole + 7\n").And.Contain("received signal SIGUSR2"));
            Assert.That(said["continue", 4], Does.Contain("sigwaitinfo: signal 31, code 65538, value 99\n").And.Contain("exited normally"));
        });
    }

    [TestCase("siginfo.O0")]
    [TestCase("arm64/siginfo.O0")]
    public void With_strict_a_siginfo_cannot_be_changed(string guest)
    {
        RequireFreeBsd();
        using var server = ServerProcess.With("--strict", Repository.Guest(guest));
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "continue", "print $_siginfo.si_value.sival_int = 99",
            "print $_siginfo.si_value.sival_int", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["print $_siginfo.si_value.sival_int = 99"], Is.EqualTo("Unable to write siginfo\n"));
            Assert.That(said["print $_siginfo.si_value.sival_int"], Is.EqualTo("$1 = 42\n"));
            Assert.That(said["continue", 2], Does.Contain("handler: signal 30, code 65538, value 42\n"));
        });
    }

    [TestCase("signals.O0")]
    [TestCase("signals.O2")]
    [TestCase("arm64/signals.O2")]
    public void Signals_that_gdb_passes_do_not_stop(string guest)
    {
        var said = Debug(guest, "handle all nostop noprint pass", "continue");
        Assert.That(said["continue"], Does.Contain(Repository.Expected("signals", Repository.IsArm64(guest) ? "arm64" : "amd64")).And.Contain("exited normally"));
    }

    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void A_signal_passed_is_printed_and_its_handler_can_be_stepped(string guest)
    {
        var said = Debug(
            guest, "handle SIGUSR1 nostop noprint pass", "handle SIGSEGV nostop print pass", "break on_segv_mend", "continue", "bt",
            "print info->si_addr == hole + 100",
            "next", "info line", "delete", "tbreak 108", "continue", "print hole[100]");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Program received signal SIGSEGV, Segmentation fault."));
            Assert.That(said["continue"],
                Does.Match(@"Breakpoint 1, on_segv_mend \(signal=11, info=0x\w+, context=0x\w+\) at test/guests/signals.c:29\n"));
            Assert.That(said["print info->si_addr == hole + 100"], Is.EqualTo("$1 = 1\n"));
            if (Gdb.KnowsFreeBsd)
                Assert.That(said["bt"], Does.Match(@"#1  <signal handler called>\n#2  0x\w+ in main \(\) at test/guests/signals.c:107\n"));
            Assert.That(said["next"], Does.StartWith("30\t"));
            Assert.That(said["continue", 2], Does.Contain("main () at test/guests/signals.c:108\n"));
            Assert.That(said["print hole[100]"], Is.EqualTo("$2 = 42 '*'\n"));
        });
    }

    [TestCase("signals.O0")]
    [TestCase("arm64/signals.O0")]
    public void A_step_at_the_faulting_instruction_enters_the_handler(string guest)
    {
        var said = Debug(guest, "handle SIGUSR1 nostop noprint pass", "continue", "tbreak on_segv_mend", "stepi", "info symbol $pc",
            "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Program received signal SIGSEGV"));
            Assert.That(said["stepi"], Does.Contain("on_segv_mend"));
            Assert.That(said["info symbol $pc"], Does.StartWith("on_segv_mend"));
        });
    }

    [Test]
    public void A_signal_is_kept_from_the_program_or_sent_to_it()
    {
        var said = Debug("sleeper.O0", "break main", "continue", "handle SIGUSR1 stop print nopass", "break on_usr1", "tbreak 21",
            "continue", "signal SIGUSR1");
        Assert.That(said["signal SIGUSR1"], Does.Match(@"Breakpoint 2, on_usr1 \(signal=30\) at test/guests/sleeper.c:8\n"));
    }

    private void RequireFreeBsd()
    {
        if (!Gdb.KnowsFreeBsd) Assert.Ignore($"{Gdb} is not built for FreeBSD, so it has no layout for $_siginfo");
    }
}
