using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Tests.Kernels;

/// <summary>Processes that have had enough of the processor: the operator's limit, and RLIMIT_CPU (lim_cb of kern_resource.c).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class ProcessorLimitTests
{
    private const long Million = 1_000_000, Second = 1_000_000_000, Turn = 20_000;

    [Test]
    public void At_the_limit_there_is_SIGXCPU_which_kills()
    {
        using var machine = new TestMachine(instructions: Million);
        var pid = machine.Start("target.O2", traced: false, "spin");
        var status = machine.Wait(pid);
        Assert.That(WTERMSIG(status), Is.EqualTo(SIGXCPU));
        Assert.That(machine.Kernel.Scheduler.Retired, Is.InRange(Million, Million + Turn));
        Assert.That(machine.Said, Has.One.StartsWith($"pid {pid} (target.O2), jid 0, uid 1001, has used 10"));
        Assert.That(machine.Output, Does.EndWith("its limit: SIGXCPU\n"));
    }

    [Test]
    public void A_debugger_sees_it_and_a_tenth_later_the_process_is_killed_whatever_it_did()
    {
        using var machine = new TestMachine(instructions: Million);
        var tracee = Tracee.In(machine, "target.O2", "spin");
        tracee.Continue();
        Assert.That(WSTOPSIG(machine.Wait(tracee.Pid)), Is.EqualTo(SIGXCPU));
        tracee.Continue();
        var status = machine.Wait(tracee.Pid);
        Assert.That(WTERMSIG(status), Is.EqualTo(SIGKILL));
        Assert.That(machine.Kernel.Scheduler.Retired, Is.InRange(Million * 11 / 10, (Million * 11 / 10) + Turn));
        Assert.That(machine.Said[^1], Does.EndWith("was killed: exceeded maximum CPU limit"));
    }

    [Test]
    public void The_same_program_ends_at_the_same_instruction()
    {
        var ends = Enumerable.Range(0, 2).Select(_ =>
        {
            using var machine = new TestMachine(instructions: Million, seed: 7);
            machine.Wait(machine.Start("target.O2", traced: false, "spin"));
            return machine.Kernel.Scheduler.Retired;
        });
        Assert.That(ends.Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue)]
    [TestCase(long.MaxValue, 3, 9, 3 * Second)]
    [TestCase(Million, long.MaxValue, long.MaxValue, Million)]
    [TestCase(5 * Second, 3, 9, 3 * Second)]
    [TestCase(Second, 3, 9, Second)]
    public void The_nearest_limit_counts(long instructions, long soft, long hard, long expected)
    {
        using var machine = new TestMachine(instructions: instructions);
        var process = machine.Kernel.Find(machine.Start("target.O2", traced: false, "spin"))!;
        process.Limits[Resources.RLIMIT_CPU] = new rlimit(soft, hard);
        Assert.That(ProcessorLimits.First(process), Is.EqualTo(expected));
    }

    [Test]
    public void RLIMIT_CPU_signals_every_five_seconds_until_it_kills()
    {
        using var machine = new TestMachine();
        var tracee = Tracee.In(machine, "target.O2", "spin");
        tracee.Process.Limits[Resources.RLIMIT_CPU] = new rlimit(3, 10);
        tracee.Process.ProcessorLimit = ProcessorLimits.First(tracee.Process);
        var signals = new List<int>();
        foreach (var seconds in (int[])[3, 8, 10])
        {
            // As if another thread had used the time.
            tracee.Process.ExitedThreadsTime = (seconds * Second) - Million;
            tracee.Continue();
            var status = machine.Wait(tracee.Pid);
            signals.Add(WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
        }
        Assert.That(signals, Is.EqualTo(new[] { SIGXCPU, SIGXCPU, SIGKILL }));
    }
}
