using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.FreeBsd;

/// <summary>A sample of scripts/test-programs.sh: programs of the package registry write the bytes that their Linux builds write.</summary>
[Platform("Linux")]
public sealed class RegistryProgramTests
{
    private const int Skipped = 77;

    [TestCase("lightningcss-amd64")]
    [TestCase("turbo-amd64")]
    [TestCase("turbo-arm64")]
    public void Output_is_that_of_linux(string program)
    {
        using var script = new ChildProcess(
            Repository.File("scripts/test-programs.sh"), [program],
            new Dictionary<string, string> { ["GDBSTUB"] = Path.Combine(AppContext.BaseDirectory, "gdbstub") });
        int status = script.WaitForEnd();
        if (status == Skipped) Assert.Ignore(script.Log);
        Assert.That(status, Is.Zero, script.Log);
        Assert.That(script.Output, Does.Match($"^{program} .* same"));
    }
}
