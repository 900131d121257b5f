using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>The same sessions on every kernel: where a request is missing, the server does with what there is.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class PersonalityTests(Gdb gdb) : GdbFixture(gdb)
{
    private static readonly string[] Kernels = ["freebsd-5", "dragonfly", "freebsd-11", "freebsd-13", "freebsd-14"];

    private static ServerProcess Serve(string kernel, string guest) =>
        ServerProcess.With("--kernel", kernel, "--", Repository.Guest(guest));

    [TestCaseSource(nameof(Kernels))]
    public void Breakpoints_steps_and_the_end(string kernel)
    {
        using var server = Serve(kernel, "session.O0");
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "break lines", "continue", "next", "next", "step", "bt", "stepi", "finish",
            "info threads",
            "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Breakpoint 1, lines (start=4)"));
            Assert.That(said["next"], Is.EqualTo("80\t    volatile int b = a + 1;\n"));
            Assert.That(said["next", 2], Is.EqualTo("81\t    volatile int c = f(b);\n"));
            Assert.That(said["step"], Does.Contain("f (n=5) at test/guests/session.c:33\n33\t    return n * n + 1;\n"));
            Assert.That(said["bt"], Does.Contain("#0  f (n=5)").And.Contain("in lines (start=").And.Contain("in main (argc="));
            Assert.That(said["finish"], Does.Contain("Value returned is $1 = 26\n"));
            Assert.That(said["info threads"], Does.Match(@"\* 1 .*Thread \d+\.\d+"));
            Assert.That(said["continue", 2], Does.Contain("exited with code 07]"));
        });
    }

    /// <summary>
    /// arm64's older form: no debug registers, so that gdb has to watch by stepping, and a handler that the kernel starts itself.
    /// </summary>
    [Test]
    public void Before_13_arm64_has_no_debug_registers()
    {
        using var server = Serve("freebsd-11", "arm64/session.O0");
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "hbreak f", "continue", "delete", "set can-use-hw-watchpoints 0", "break write_watched",
            "continue", "watch watched", "continue", "next", "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Cannot insert hardware breakpoint 1").Or.Contain("Could not insert hardware breakpoint"));
            Assert.That(said["continue", 3], Does.Contain("Watchpoint 3: watched\n\nOld value = 1\nNew value = 11\n"));
            Assert.That(said["continue", 4], Does.Contain("exited with code 07]"));
        });
    }

    [TestCase("freebsd-11")]
    [TestCase("freebsd-14")]
    public void Handlers_on_arm64(string kernel)
    {
        using var server = Serve(kernel, "arm64/signals.O0");
        var said = Gdb.Run(
            branded: true, $"target remote {server.Target}", "handle all nostop noprint pass", "tbreak on_usr1", "continue", "bt 1", "finish", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["bt 1"], Does.Contain("#0  on_usr1 (signal=30, "));
            Assert.That(said["continue", 2], Does.Contain("exited normally]"));
        });
    }

    [TestCaseSource(nameof(Kernels))]
    public void Watchpoints_and_kill(string kernel)
    {
        using var server = Serve(kernel, "session.O0");
        var said = Gdb.Run(branded: true, $"target remote {server.Target}", "watch watched", "continue", "continue", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["watch watched"], Does.Contain("Hardware watchpoint 1: watched"));
            Assert.That(said["continue"], Does.Contain("Old value = 1\nNew value = 11\n"));
            Assert.That(said["continue", 2], Does.Contain("Old value = 11\nNew value = 21\n"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    // The exec stop is no signal's stop: freebsd-11 loses what is given there.
    [TestCaseSource(nameof(Kernels))]
    public void Kill_before_the_first_instruction(string kernel)
    {
        using var server = Serve(kernel, "spin.O0");
        var said = Gdb.Run(branded: true, $"target extended-remote {server.Target}", "kill", "info inferiors");
        Assert.That(said["kill"], Does.Contain("killed]"));
    }

    [TestCaseSource(nameof(Kernels))]
    public void An_interrupt_a_step_and_a_detach(string kernel)
    {
        using var server = Serve(kernel, "spin.O0");
        using var session = Gdb.Start(
            branded: true, $"target extended-remote {server.Target}", "continue", "bt", "stepi", "print turns > 0", "detach");
        session.WaitFor("spinning\n");
        session.Interrupt();
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("Program received signal SIGINT, Interrupt."));
            Assert.That(said["bt"], Does.Contain("main () at test/guests/spin.c:"));
            Assert.That(said["stepi"], Does.Not.Contain("SIG"));
            Assert.That(said["detach"], Does.Contain("detached]"));
        });
    }

    [TestCaseSource(nameof(Kernels))]
    public void A_program_that_was_detached_is_attached_to_again(string kernel)
    {
        using var server = Serve(kernel, "spin.O0");
        var said = Gdb.Run(
            branded: true, $"target extended-remote {server.Target}", "tbreak 10", "continue", "python pid = gdb.selected_inferior().pid",
            "detach",
            "python gdb.execute('attach %d' % pid)", "info symbol $pc", "stepi", "kill");
        Assert.Multiple(() =>
        {
            Assert.That(said["detach"], Does.Contain("detached]"));
            Assert.That(said["info symbol $pc"], Does.StartWith("main"));
            Assert.That(said["stepi"], Does.Not.Contain("SIG"));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    // What a kernel cannot carry is not on offer.
    [TestCase("freebsd-5", "qSaveCore+")]
    [TestCase("dragonfly", "qSaveCore+")]
    [TestCase("freebsd-11", "exec-events+ fork-events+ qSaveCore+ qXfer:siginfo:read+ qXfer:siginfo:write+")]
    [TestCase("freebsd-13",
        "QCatchSyscalls+ QNonStop+ QThreadEvents+ QThreadOptions=3 exec-events+ fork-events+ qSaveCore+ qXfer:siginfo:read+ qXfer:siginfo:write+ vfork-events+")]
    [TestCase("freebsd-14",
        "QCatchSyscalls+ QNonStop+ QThreadEvents+ QThreadOptions=3 exec-events+ fork-events+ qSaveCore+ qXfer:siginfo:read+ qXfer:siginfo:write+ vfork-events+")]
    public void Offers(string kernel, string expected)
    {
        using var server = Serve(kernel, "spin.O0");
        using var client = new RspClient(server.Port);
        client.Handshake();
        string[] asked = ["QCatchSyscalls+", "QNonStop+", "QThreadEvents+", "QThreadOptions=3", "exec-events+", "fork-events+", "qSaveCore+", "qXfer:siginfo:read+", "qXfer:siginfo:write+",
            "vfork-events+"];
        var offered = client.Request("qSupported").Split(';');
        Assert.That(string.Join(' ', asked.Where(offered.Contains)), Is.EqualTo(expected));
    }
}
