using NUnit.Framework;
using TraceKernel.Tests.Syscalls;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// The virtual clock while nobody can run: it moves from callout to callout, so that what guests read depends on the order of input and
/// callouts and not on how long the host waited for either.
/// </summary>
[TestFixture]
internal sealed class IdleTimeTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private Scheduler _scheduler = null!;

    [SetUp]
    public void Boot() => _scheduler = new World().Kernel.Scheduler;

    [TestCase(1)]
    [TestCase(1000)]
    public void Waiting_for_input_takes_no_time(int milliseconds)
    {
        var before = _scheduler.Clock;
        _scheduler.PassTime(TimeSpan.FromMilliseconds(milliseconds));
        Assert.That(_scheduler.Clock, Is.EqualTo(before));
    }

    [Test]
    public void Input_before_a_callout_finds_the_clock_where_it_was()
    {
        var before = _scheduler.Clock;
        _scheduler.At(before + 1_000_000_000, () => { });
        _scheduler.PassTime(s_second * 0.6);
        Assert.That(_scheduler.Clock, Is.EqualTo(before));
    }

    [Test]
    public void A_callout_comes_after_its_time_on_the_host_however_often_input_came_before()
    {
        var due = _scheduler.Clock + 1_000_000_000;
        _scheduler.At(due, () => { });
        for (var piece = 0; piece < 9; piece++) _scheduler.PassTime(s_second / 10);
        Assert.That(_scheduler.UntilNextTimer()!.Value.TotalSeconds, Is.EqualTo(0.1).Within(0.001));
        _scheduler.PassTime(s_second / 10);
        Assert.That(_scheduler.Clock, Is.EqualTo(due));
        Assert.That(_scheduler.UntilNextTimer()!.Value.TotalSeconds, Is.EqualTo(0).Within(0.001));
    }

    [Test]
    public void The_host_waits_for_a_callout_from_when_it_was_set()
    {
        _scheduler.At(_scheduler.Clock + 10_000_000_000, () => { });
        _scheduler.PassTime(s_second * 3);
        _scheduler.At(_scheduler.Clock + 1_000_000_000, () => { });
        Assert.That(_scheduler.UntilNextTimer()!.Value.TotalSeconds, Is.EqualTo(1).Within(0.001));
    }

    /// <summary>Callouts that arm each other, the host's waits cut into pieces at random: always the same readings.</summary>
    [Test]
    public void Readings_do_not_depend_on_how_the_host_waits([Range(1, 20)] int seed)
    {
        Assert.That(Readings(new Random(seed)), Is.EqualTo(Readings(null)), $"seed {seed}");
    }

    private static List<long> Readings(Random? host)
    {
        var scheduler = new World().Kernel.Scheduler;
        var guest = new Random(7);
        var readings = new List<long>();
        Arm();
        Arm();
        while (readings.Count < 200)
        {
            var wait = scheduler.UntilNextTimer()!.Value;
            scheduler.PassTime(host is null ? wait : wait * host.NextDouble() * 1.5);
            scheduler.RunTurn();
        }
        return readings;

        void Arm() => scheduler.At(scheduler.Clock + guest.Next(1, 1_000_000_000), () =>
        {
            readings.Add(scheduler.Clock);
            Arm();
        });
    }
}
