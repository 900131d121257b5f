using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>A sample of scripts/test-load.sh: enough that a session which leaks, starves or mixes up others is seen.</summary>
public sealed class LoadTests
{
    [Test]
    public void Many_clients_at_once_and_many_that_come_and_go()
    {
        using var script = new ChildProcess("bash", ["scripts/test-load.sh", "--no-build", "40", "2", "300"]);
        Assert.That(script.WaitForEnd(), Is.Zero, script.Log);
        Assert.That(script.Output, Does.Contain("the server holds"));
        TestContext.Out.WriteLine(script.Output);
    }
}
