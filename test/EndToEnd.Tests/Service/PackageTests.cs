using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Service;

/// <summary>The packed tool.</summary>
public sealed class PackageTests
{
    [Test]
    public void The_tool_is_packed_installed_from_a_folder_and_runs()
    {
        using var script = new ChildProcess("bash", ["scripts/test-package.sh", "--no-build"]);
        Assert.That(script.WaitForEnd(), Is.Zero, script.Log);
        Assert.That(script.Output, Does.Contain("is packed, installed and runs"));
    }
}
