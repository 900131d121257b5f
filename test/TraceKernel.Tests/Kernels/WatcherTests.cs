using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.User.ProgramEventKind;

namespace TraceKernel.Tests.Kernels;

/// <summary>Who watches a program is told what it does, and the program cannot find out.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class WatcherTests
{
    /// <summary>Guests that debug, are debugged, and ask who their debugger is hold all their checks, at the same instructions.</summary>
    [Test]
    public void A_watched_program_runs_as_an_unwatched_one(
        [Values("ptrace/parent_wait_after_attach", "ptrace/follow_fork_both_attached_unrelated_debugger", "process/controls", "process/job_control",
            "process/wait_handler", "threads.O2", "signals.O2")] string guest)
    {
        var (alone, watched) = (Run(guest, null), Run(guest, _ => { }));
        Assert.That(watched, Is.EqualTo(alone));
    }

    private static (int Status, string Output, long Retired) Run(string guest, Action<ProgramEvent>? watcher)
    {
        using var machine = new TestMachine();
        var status = machine.Wait(machine.Start(guest, traced: false, watcher));
        return (status, machine.Output, machine.Kernel.Scheduler.Retired);
    }

    [Test]
    public void It_is_told_of_calls_children_signals_and_ends()
    {
        var told = new List<ProgramEvent>();
        Run("fork.O2", told.Add);
        var first = told[0];
        Assert.That((first.Kind, first.Path), Is.EqualTo((Exec, "/bin/fork.O2")));
        var fork = told.FindIndex(happened => happened.Kind == Fork);
        Assert.That((told[fork - 1].Kind, told[fork - 1].Number, told[fork - 1].Value), Is.EqualTo((Return, 2, (long)told[fork].Number)));
        var child = told.Where(happened => happened.Pid == told[fork].Number).ToList();
        Assert.That(child[0].Kind, Is.EqualTo(Start));
        Assert.That(child[^1].Kind, Is.EqualTo(Exit).Or.EqualTo(Killed));
        Assert.That((told[^1].Kind, told[^1].Pid), Is.EqualTo((Exit, first.Pid)));
        foreach (var call in told.Where(happened => happened.Kind == Call && happened.Number == 4))
            Assert.That(call.Arguments, Has.Count.EqualTo(3), "write takes three");
    }

    [TestCase("threads.O2", ProgramEventKind.Thread)]
    [TestCase("threads.O2", ThreadExit)]
    [TestCase("signals.O2", Signal)]
    [TestCase("segv.O2", Killed)]
    public void It_is_told_of_the_rest(string guest, ProgramEventKind kind)
    {
        var told = new List<ProgramEvent>();
        Run(guest, told.Add);
        Assert.That(told.Select(happened => happened.Kind), Does.Contain(kind));
    }

    [Test]
    public void A_failed_call_is_told_with_its_error()
    {
        var told = new List<ProgramEvent>();
        Run("process/controls", told.Add);
        Assert.That(told.Where(happened => happened.Kind == Return).Select(happened => happened.Error), Does.Contain(Errno.EINVAL).And.Contain(Errno.EPERM));
    }
}
