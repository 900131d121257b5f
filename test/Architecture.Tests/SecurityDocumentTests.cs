using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Architecture.Tests;

/// <summary>SECURITY.md names a test for each promise, and the tests exist.</summary>
public sealed partial class SecurityDocumentTests
{
    private static readonly string[] s_sources =
        [.. Directory.EnumerateFiles(Path.Combine(Product.Root, "test"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];

    private static IEnumerable<string> Named => TestName().Matches(File.ReadAllText(Path.Combine(Product.Root, "SECURITY.md")))
        .Select(match => match.Groups[1].Value).Distinct();

    [TestCaseSource(nameof(Named))]
    public void A_named_test_exists(string name)
    {
        var parts = name.Split('.');
        Assert.That(
            s_sources.Any(source => source.Contains($"class {parts[0]}", StringComparison.Ordinal) && (parts.Length == 1 || source.Contains($" {parts[1]}(", StringComparison.Ordinal))),
            $"{name} is a test");
    }

    [GeneratedRegex(@"`(\w+Tests(\.\w+)?)`")]
    private static partial Regex TestName();
}
