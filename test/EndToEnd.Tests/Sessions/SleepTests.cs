using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Sessions;

/// <summary>Functions are called in threads that sleep in system calls, and the calls go on or end with EINTR afterwards.</summary>
[TestFixtureSource(typeof(Gdb), nameof(Gdb.All))]
public sealed class SleepTests(Gdb gdb) : GdbFixture(gdb)
{
    [TestCase("blocked.O0")]
    [TestCase("arm64/blocked.O2")]
    public void A_function_is_called_in_a_thread_that_sleeps(string guest)
    {
        var said = Debug(guest,
            "break checkpoint", "continue", "thread 2", "set scheduler-locking on", "print twice(21)", "print nap(5) + twice(4)", "thread 3",
            "print twice(7)", "set scheduler-locking off", "continue", "continue");
        Assert.Multiple(() =>
        {
            Assert.That(said["print twice(21)"], Does.Contain("= 42"));
            Assert.That(said["print nap(5) + twice(4)"], Does.Contain("= 8"));
            Assert.That(said["print twice(7)"], Does.Contain("= 14"));
            // read(2) is made again, with the arguments that it had.
            Assert.That(said.Text, Does.Contain("read: 1, 'x', twice called 4 times\n"));
            // nanosleep(2) is not: FreeBSD ends it.
            Assert.That(said.Text, Does.Contain("sleep: error 4\n"));
        });
    }

    [TestCase("blocked.O0")]
    public void The_other_threads_may_run_meanwhile(string guest)
    {
        var said = Debug(guest, "break checkpoint", "continue", "delete", "thread 3", "print twice(7)", "continue");
        Assert.That(said["print twice(7)"], Does.Contain("= 14"));
        Assert.That(said.Text, Does.Contain("read: 1, 'x', twice called 1 times\n"));
    }
}
