using GdbStub.CommandLine;
using NUnit.Framework;

namespace GdbStub.Tests.CommandLine;

[CancelAfter(60_000)]
public class EndLimitTests
{
    [Test]
    public async Task AProcessThatDoesNotEndInGoodOrderIsEnded()
    {
        var ended = new TaskCompletionSource();
        using var limit = new EndLimit(TimeSpan.FromMilliseconds(1), ended.SetResult);
        limit.Begin();
        await ended.Task;
    }

    [Test]
    public void NothingHappensBeforeItIsToldToEnd()
    {
        var isEnded = false;
        using (new EndLimit(TimeSpan.Zero, () => isEnded = true))
        {
            // A timer that was never started cannot fire.
        }
        Assert.That(isEnded, Is.False);
    }
}
