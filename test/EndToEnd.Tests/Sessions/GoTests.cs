using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>A Go program: static, with threads that its runtime makes, goroutines that change them, and signals of its own.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class GoTests(Gdb gdb) : GdbFixture(gdb)
{
    /// <summary>Main waits on a channel, its thread sleeps, and others run the goroutines that write there.</summary>
    [Test]
    public void Main_steps_over_switches_of_goroutines()
    {
        var said = DebugGo(
            "handle SIGUSR1 SIGURG nostop noprint pass", "break main.main", "continue", "info threads", "tbreak debugged.go:53", "continue",
            "next", "next", "next", "next", "next",
            "next", "next", "bt 1", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("hit Breakpoint 1, main.main ()"));
            Assert.That(said["info threads"].Split("Thread 3."), Has.Length.GreaterThan(2));
            Assert.That(Enumerable.Range(1, 7).Count(time => said["next", time].Contains("54\t\t\tadd(result)", StringComparison.Ordinal)),
                Is.EqualTo(3));
            Assert.That(said["next", 7], Does.Contain("fmt.Println(\"total\""));
            Assert.That(said["bt 1"], Does.Match(@"#0  main.main \(\) at .*debugged.go:56"));
            Assert.That(said["continue", 3], Does.Contain("total 14\nsignal user defined signal 1\n").And.Contain("exited normally]"));
        });
    }

    [Test]
    public void A_breakpoint_is_hit_on_several_threads()
    {
        var said = DebugGo("break main.locked", "continue", "bt 2", "info threads", "continue", "continue", "delete",
            "handle SIGUSR1 nostop noprint pass", "continue");
        var threads = Enumerable.Range(1, 3)
            .Select(time => System.Text.RegularExpressions.Regex.Match(said["continue", time], "Thread ([0-9]+) .* hit Breakpoint 1")
            .Groups[1].Value);
        Assert.Multiple(() =>
        {
            Assert.That(threads.Distinct().Count(), Is.EqualTo(3), said.Text);
            Assert.That(said["bt 2"], Does.Match(@"#0  main.locked \(number=\d.*\n#1 .* main.main.func1"));
            Assert.That(said["info threads"], Does.Contain("main.locked"));
            Assert.That(said["continue", 4], Does.Contain("total 14\nsignal user defined signal 1\n").And.Contain("exited normally]"));
        });
    }

    [Test]
    public void A_global_is_watched()
    {
        var said = DebugGo("break main.main", "continue", "watch 'main.total'", "continue", "bt 1", "continue", "continue",
            "print 'main.total'", "info watchpoints");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue", 2], Does.Contain("Hardware watchpoint 2: 'main.total'\n\nOld value = 0\n"));
            Assert.That(said["bt 1"], Does.Contain("main.add"));
            Assert.That(said["continue", 4], Does.Contain("New value = 14\n"));
            Assert.That(said["info watchpoints"], Does.Contain("already hit 3 times"));
        });
    }

    [Test]
    public void The_stack_is_shown_in_the_handler_of_a_signal()
    {
        var said = DebugGo("handle SIGUSR1 nostop noprint pass", "break runtime.sigtrampgo if sig == 30", "continue", "bt", "finish",
            "delete", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("runtime.sigtrampgo (sig=30,"));
            Assert.That(said["bt"], Does.Contain("runtime.sigtramp ()"));
            // A gdb without FreeBSD does not know the frame that its kernel makes.
            if (Gdb.KnowsFreeBsd) Assert.That(said["bt"], Does.Contain("<signal handler called>").And.Contain("syscall.Syscall"));
            Assert.That(said["finish"], Does.Contain("runtime.sigtramp ()"));
            Assert.That(said["continue", 2], Does.Contain("signal user defined signal 1").And.Contain("exited normally]"));
        });
    }

    [Test]
    public void A_busy_program_is_interrupted()
    {
        using var server = ServerProcess.With("--", GoGuest.Debugged, "spin");
        using var session = Gdb.Start(
            branded: true, $"target remote {server.Target}", "handle SIGUSR1 SIGURG nostop noprint pass", "continue",
            "print 'main.turns' > 0", "thread apply all bt -1", "kill");
        session.WaitFor("spinning\n");
        session.Interrupt();
        var said = session.End();
        Assert.Multiple(() =>
        {
            Assert.That(said["continue"], Does.Contain("received signal SIGINT"));
            Assert.That(said["thread apply all bt -1"].Split("\nThread "), Has.Length.GreaterThan(3));
            Assert.That(said["kill"], Does.Contain("killed]"));
        });
    }

    private Transcript DebugGo(params string[] commands)
    {
        using var server = ServerProcess.With("--", GoGuest.Debugged);
        return Gdb.Run(branded: true, [$"target remote {server.Target}", .. commands]);
    }
}
