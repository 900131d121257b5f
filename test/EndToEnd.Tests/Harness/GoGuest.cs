using System.ComponentModel;
using NUnit.Framework;

namespace EndToEnd.Tests.Harness;

/// <summary>Programs of test/guests/go, built for FreeBSD by the Go of this machine, once, beside the tests.</summary>
public static class GoGuest
{
    private static readonly string Output = Path.Combine(AppContext.BaseDirectory, "go");

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["GOOS"] = "freebsd", ["GOARCH"] = "amd64", ["CGO_ENABLED"] = "0", ["GO111MODULE"] = "off",
            ["GOCACHE"] = Path.Combine(Output, "cache"),
    };

    private static readonly Lazy<string?> Built = new(() => Build("debugged"));

    /// <summary>The path of debugged.go's program; skips the test when there is no Go.</summary>
    public static string Debugged
    {
        get
        {
            if (Built.Value is null) Assert.Ignore("no go is installed (Debian: golang-go)");
            return Built.Value!;
        }
    }

    private static string? Build(string name)
    {
        var program = Path.Combine(Output, name);
        try
        {
            using var go = new ChildProcess(
                "go", ["build", "-gcflags", "-N -l", "-o", program, $"{name}.go"], Environment, Repository.File("test/guests/go"));
            Assert.That(go.WaitForEnd(), Is.Zero, go.Log);
            return program;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
