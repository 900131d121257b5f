using GdbStub.Sessions;
using NUnit.Framework;

namespace GdbStub.Tests.Sessions;

/// <summary>What a guest prints while the client takes less than it prints.</summary>
[TestFixture]
internal sealed class GuestConsoleTests
{
    private const int Limit = 16 << 20;

    private static readonly byte[] s_text = new byte[1 << 20];

    [Test]
    public void A_client_that_reads_nothing_costs_no_more_than_the_limit()
    {
        var console = new GuestConsole { IsWatched = true };
        for (var megabyte = 0; megabyte < 100; megabyte++) console.Terminal.Output(1, s_text);
        Assert.That(Drain(console), Is.EqualTo(Limit));
        Assert.That(console.HasOutput, Is.False);
    }

    [Test]
    public void A_client_that_reads_slowly_costs_no_more_either()
    {
        var console = new GuestConsole { IsWatched = true };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        console.Terminal.Output(1, s_text);
        for (var megabyte = 0; megabyte < 300; megabyte++)
        {
            // There is always something left.
            console.Terminal.Output(1, s_text);
            Assert.That(console.Fetch(new byte[s_text.Length]), Is.EqualTo(s_text.Length));
        }
        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(6L * Limit));
        Assert.That(Drain(console), Is.EqualTo(s_text.Length));
    }

    [Test]
    public void Nobody_there_costs_nothing()
    {
        var console = new GuestConsole();
        console.Terminal.Output(1, s_text);
        Assert.That(console.HasOutput, Is.False);
    }

    private static int Drain(GuestConsole console)
    {
        var (buffer, total, count) = (new byte[65536], 0, 0);
        while ((count = console.Fetch(buffer)) > 0) total += count;
        return total;
    }
}
