using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Protocol;

/// <summary>A large program from the package registry, unmodified.</summary>
[Platform("Linux")]
public sealed class EsbuildTests
{
    private const int CannotFetch = 77;

    [TestCase("amd64")]
    [TestCase("arm64")]
    public void Bundles_are_byte_for_byte_those_of_linux(string arch)
    {
        using var script = new ChildProcess(
            Repository.File("scripts/test-esbuild.sh"), ["--arch", arch, Path.Combine(AppContext.BaseDirectory, "gdbstub")]);
        int status = script.WaitForEnd();
        if (status == CannotFetch)
            Assert.Ignore(script.Error);
        TestContext.Out.WriteLine(script.Output);
        Assert.That(status, Is.Zero, script.Log);
    }
}
