using NUnit.Framework;
using TraceKernel.Ptrace;
using TraceKernel.Tests.Tracing;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Debuggers that are guests: each program of test/guests/ptrace holds a child and the process that debugs it, and checks what
/// FreeBSD's own tracing test of that name checks. A case holds from one kernel on, and fails on the older ones.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceCaseTests
{
    private static readonly string s_sources = Path.Combine(TestMachine.GuestDirectory, "..", "ptrace");

    /// <summary>Cases that need nothing but the first requests.</summary>
    private static readonly string[] s_anywhere = ["parent_wait_after_trace_me", "parent_wait_after_attach", "PT_KILL_breakpoint"];

    /// <summary>Cases that need threads' requests and forks that are followed, but no event mask.</summary>
    private static readonly string[] s_since11 =
    [
        "parent_sees_exit_after_child_debugger", "parent_sees_exit_after_unrelated_debugger", "follow_fork_both_attached",
        "follow_fork_child_detached", "follow_fork_parent_detached", "follow_fork_both_attached_unrelated_debugger",
        "follow_fork_child_detached_unrelated_debugger", "follow_fork_parent_detached_unrelated_debugger", "siginfo", "PT_CONTINUE_change_sig",
        "breakpoint_siginfo", "step_siginfo", "step_sigreturn", "killed_with_sigmask",
    ];

    /// <summary>
    /// Cases of newer kernels that older ones pass all the same: a signal is not lost there either when it is given at a signal's stop.
    /// </summary>
    private static readonly (string Case, string Since)[] s_earlier =
    [
        ("PT_CONTINUE_with_signal_full_sigqueue", "freebsd-5"), ("PT_KILL_with_signal_full_sigqueue", "freebsd-5"),
        ("PT_STEP_with_signal", "freebsd-11"), ("trap_full_sigqueue", "freebsd-11"),
        // Descriptors, reapers and what becomes of the tracees of a debugger that exits are system calls, the same everywhere.
        ("parent_terminate_with_pending_sigstop1", "freebsd-5"), ("parent_terminate_with_pending_sigstop2", "freebsd-5"),
        ("procdesc_wait_child", "freebsd-5"), ("procdesc_reparent_wait_child", "freebsd-5"), ("proc_reparent", "freebsd-11"),
        ("debugger_exits_after_continue", "freebsd-11"), ("parent_exits_before_child", "dragonfly"), ("interval_timer_stopped", "freebsd-5"), ("PT_ATTACH_with_SBDRY_thread", "freebsd-11"),
    ];

    /// <summary>
    /// Newer kernels that fail all the same. dragonfly loses what is given at the stop of a SIGSTOP; freebsd-11 gives a detached orphan to
    /// init, where dragonfly leaves it with the debugger and freebsd-13 looks for a reaper.
    /// </summary>
    private static readonly (string Case, string Kernel)[] s_exceptions =
    [
        ("PT_CONTINUE_with_signal_full_sigqueue", "dragonfly"), ("PT_KILL_with_signal_full_sigqueue", "dragonfly"), ("parent_exits_before_child", "freebsd-11"),
    ];

    private static string[] Names() =>
        [.. Directory.GetFiles(s_sources, "*.c").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>The oldest kernel on which a case holds; what includes freebsd14.h asks for what older ones lack.</summary>
    private static string Oldest(string name)
    {
        if (s_earlier.FirstOrDefault(row => row.Case == name) is { Since: { } since }) return since;
        if (s_anywhere.Contains(name)) return "freebsd-5";
        if (s_since11.Contains(name)) return "freebsd-11";
        return File.ReadAllText(Path.Combine(s_sources, name + ".c")).Contains("#include \"freebsd14.h\"", StringComparison.Ordinal) ? "freebsd-14" : "freebsd-13";
    }

    private static IEnumerable<TestCaseData> Cases(bool hold) =>
        from name in Names()
        let oldest = Order(Oldest(name))
        from kernel in RuleAttribute.Kernels
        where (Order(kernel) >= oldest && !s_exceptions.Contains((name, kernel))) == hold
        select new TestCaseData(name, kernel).SetArgDisplayNames(name, kernel);

    private static IEnumerable<TestCaseData> Holding() => Cases(hold: true);

    private static IEnumerable<TestCaseData> Failing() => Cases(hold: false);

    private static int Order(string kernel) => RuleAttribute.Kernels.ToList().IndexOf(kernel);

    /// <summary>arm64 exists from freebsd-11 on, where a step with a signal ends in the handler.</summary>
    private static IEnumerable<TestCaseData> HoldingOnArm64() =>
        Holding().Where(test => (test.Arguments[0], test.Arguments[1]) is not ("PT_STEP_with_signal", "freebsd-11"))
            .Where(test => test.Arguments[1] is "freebsd-11" or "freebsd-13" or "freebsd-14")
            .Select(test => new TestCaseData(test.Arguments).SetArgDisplayNames((string)test.Arguments[0]!, (string)test.Arguments[1]!));

    private static string Run(string name, string kernel, string cpu = "amd64")
    {
        using var machine = new TestMachine(kernel: kernel, cpu: cpu);
        var report = Observation.Next(machine, machine.Calls, machine.Start("ptrace/" + name, traced: false), patience: 20_000_000, sleeps: 50);
        return report == "exit 0" ? machine.Output : $"{report} {machine.Output}";
    }

    [TestCaseSource(nameof(Holding))]
    public void Holds(string name, string kernel) => Assert.That(Run(name, kernel), Is.Empty);

    [TestCaseSource(nameof(HoldingOnArm64))]
    public void Holds_on_arm64(string name, string kernel) => Assert.That(Run(name, kernel, "arm64"), Is.Empty);

    [TestCaseSource(nameof(Failing))]
    public void Fails_on_the_older(string name, string kernel) => Assert.That(Run(name, kernel), Is.Not.Empty);

    // What the older ones are known for.
    [TestCase("PT_LWPINFO_stale_siginfo", "freebsd-11", "pl_flags")]
    [TestCase("getppid", "freebsd-11", "wait_for(child)")]
    [TestCase("siginfo", "freebsd-5", "PT_LWPINFO")]
    public void Fails_there(string name, string kernel, string check) => Assert.That(Run(name, kernel), Does.Contain(check));

    [Test]
    public void A_step_with_a_signal_ends_in_the_handler_on_arm64_once() =>
        Assert.That(Run("PT_STEP_with_signal", "freebsd-11", "arm64"), Does.Contain("wait_for(child) is 1407, not 1663"), "SIGTRAP, not the SIGABRT that the handler sends");

    [Test]
    public void Are_counted()
    {
        foreach (var personality in Personality.All)
            TestContext.Out.WriteLine($"{personality.Name}: {Cases(hold: true).Count(row => Equals(row.Arguments[1], personality.Name))} tracing cases hold, "
                + $"{Cases(hold: false).Count(row => Equals(row.Arguments[1], personality.Name))} fail as they should");
        Assert.That(Names(), Has.Length.AtLeast(64));
    }
}
