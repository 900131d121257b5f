using System.Security.Cryptography;
using EndToEnd.Tests.Harness;
using NUnit.Framework;

namespace EndToEnd.Tests.Documents;

/// <summary>The programs inside gdbstub are what their sources and the compiler that is written down make.</summary>
public sealed class DemoTests
{
    private static readonly string Manifest = Repository.File("src/GdbStub/Demo/demo.manifest");

    [Test]
    public void The_sources_are_those_that_the_demo_was_built_from()
    {
        Assert.Multiple(() =>
        {
            foreach (var line in File.ReadLines(Manifest).Where(line => !line.StartsWith('#')))
            {
                var (sum, path) = (line[..64], line[66..]);
                Assert.That(Sum(Repository.File(path)), Is.EqualTo(sum), $"{path} has changed: run scripts/build-guests.sh --demo");
            }
        });
    }

    [Test]
    public void The_demo_is_what_its_compiler_makes()
    {
        var pinned = File.ReadLines(Manifest)
            .Single(line => line.StartsWith("# compiler: ", StringComparison.Ordinal))["# compiler: ".Length..];
        using var asked = new ChildProcess("sh", ["-c", "clang --version || true"]);
        asked.WaitForEnd();
        var compiler = asked.Output.Split('\n')[0];
        if (compiler != pinned) Assert.Ignore($"the demo is built by {pinned}; here is {(compiler.Length > 0 ? compiler : "no clang")}");
        var directory = Directory.CreateTempSubdirectory("gdbstub-demo-").FullName;
        try
        {
            using var build = new ChildProcess(Repository.File("scripts/build-guests.sh"), ["--demo", directory]);
            Assert.That(build.WaitForEnd(), Is.Zero, build.Log);
            foreach (var program in (string[])["demo-amd64", "demo-arm64", "station-amd64", "station-arm64"])
                Assert.That(Sum(Path.Combine(directory, program)), Is.EqualTo(Sum(Repository.File("src/GdbStub/Demo/" + program))), program);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Sum(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
