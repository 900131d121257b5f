using NUnit.Framework;

namespace TraceKernel.Tests.Kernels;

/// <summary>Guests with threads print what is true of every interleaving, and have exactly one.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class ThreadGuestTests
{
    private const int Repetitions = 20;

    private static readonly string[] s_guests = ["threadlocks", "threadshared", "threadevents", "counter"];

    private static IEnumerable<TestCaseData> Guests() =>
        from cpu in TestMachine.Cpus
        from guest in s_guests
        from optimisation in new[] { "O0", "O2" }
        select new TestCaseData(cpu, guest, $"{guest}.{optimisation}").SetArgDisplayNames(cpu, guest, optimisation);

    [TestCaseSource(nameof(Guests))]
    public void Prints_what_its_source_promises(string cpu, string guest, string program)
    {
        var (output, status, _) = Run(program, cpu: cpu);
        Assert.That(output, Is.EqualTo(TestMachine.ExpectedOutput(guest, cpu)));
        Assert.That(status, Is.Zero);
    }

    [TestCase("threadlocks.O0")]
    [TestCase("threadevents.O0")]
    [TestCase("threadrace.O0")]
    public void Every_run_is_the_same(string program)
    {
        var first = Run(program);
        TestContext.Out.WriteLine($"{program}: {first.Retired} instructions");
        for (var repetition = 1; repetition < Repetitions; repetition++) Assert.That(Run(program), Is.EqualTo(first));
    }

    [Test]
    public void A_race_ends_as_the_seed_says()
    {
        ulong[] seeds = [0, 1, 2, 3];
        var outcomes = seeds.Select(seed => Run("threadrace.O0", seed)).ToArray();
        TestContext.Out.WriteLine(string.Concat(outcomes.Select(outcome => outcome.Output)));
        Assert.That(outcomes.Select(outcome => outcome.Output).Distinct().Count(), Is.GreaterThan(1));
        Assert.That(outcomes[0].Output, Is.Not.EqualTo("counter 200000\n"), "something is lost");
        Assert.That(seeds.Select(seed => Run("threadrace.O0", seed)), Is.EqualTo(outcomes));
    }

    [TestCase(1ul)]
    [TestCase(2ul)]
    [TestCase(3ul)]
    public void Locks_hold_under_every_seed(ulong seed) =>
        Assert.That(Run("threadlocks.O0", seed).Output, Is.EqualTo(File.ReadAllText(Path.Combine(TestMachine.GuestDirectory, "..", "expected", "threadlocks.txt"))));

    private static (string Output, int Status, long Retired) Run(string program, ulong seed = 0, string cpu = "amd64")
    {
        using var machine = new TestMachine(seed: seed, cpu: cpu);
        var pid = machine.Start(program, traced: false);
        var status = machine.Wait(pid);
        return (machine.Output, status, machine.Kernel.Scheduler.Retired);
    }
}
