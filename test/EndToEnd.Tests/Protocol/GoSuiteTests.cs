using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>A short sample of Go's own test suites, built for FreeBSD; scripts/go-suites.sh runs any of them.</summary>
[Platform("Linux")]
public sealed class GoSuiteTests
{
    [TestCase("amd64", "container/heap")]
    [TestCase("amd64", "encoding/hex")]
    [TestCase("amd64", "io/fs", Description = "directories and files of the host")]
    [TestCase("amd64", "os/exec", Description = "processes, pipes, connections over lo0")]
    [TestCase("arm64", "math/bits")]
    [TestCase("arm64", "sync/atomic", Description = "exclusives and atomics between threads")]
    public void A_suite_passes(string arch, string package)
    {
        if (!HasGo()) Assert.Ignore("go is not installed: scripts/test.sh installs it (Debian: golang-go)");
        using var suites = new ChildProcess(
            "bash", [Repository.File("scripts/go-suites.sh"), "--arch", arch, package],
            new Dictionary<string, string> { ["GDBSTUB"] = Repository.Program });
        Assert.That(suites.WaitForEnd(), Is.Zero, suites.Log);
        Assert.That(suites.Output, Does.EndWith("1 passed, 0 failed\n"));
    }

    private static bool HasGo() =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, "go")));
}
