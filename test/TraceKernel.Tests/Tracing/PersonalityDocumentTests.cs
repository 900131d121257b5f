using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using TraceKernel.Tests.Kernels;

namespace TraceKernel.Tests.Tracing;

/// <summary>docs/personalities.md: every row names a test that shows it.</summary>
public sealed partial class PersonalityDocumentTests
{
    private static readonly string s_document = Path.Combine(TestMachine.GuestDirectory, "..", "..", "..", "docs", "personalities.md");

    [GeneratedRegex(@"^\| (?<from>[a-z0-9-]+) \| (?<to>[a-z0-9-]+) \| (?<what>.+) \| `(?<class>\w+)\.(?<method>\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex(@"\(`(?<class>\w+)\.(?<method>\w+)`\)")]
    private static partial Regex Mention { get; }

    private static IEnumerable<TestCaseData> Rows() =>
        from match in Row.Matches(File.ReadAllText(s_document))
        select new TestCaseData(match.Groups["from"].Value, match.Groups["to"].Value, match.Groups["class"].Value, match.Groups["method"].Value)
            .SetArgDisplayNames(match.Groups["to"].Value, match.Groups["what"].Value);

    private static MethodInfo Find(string type, string method)
    {
        var found = typeof(PersonalityDocumentTests).Assembly.GetTypes().SingleOrDefault(candidate => candidate.Name == type)?.GetMethod(method);
        Assert.That(found, Is.Not.Null, $"there is no test {type}.{method}");
        return found!;
    }

    [TestCaseSource(nameof(Rows))]
    public void A_row_names_a_test_that_tells_the_two_kernels_apart(string from, string to, string type, string method)
    {
        var rules = Find(type, method).GetCustomAttributes<RuleAttribute>().ToArray();
        // The order of checks has rows of its own.
        if (type == nameof(CheckOrderRules)) return;
        var (before, after) = (Column(from), Column(to));
        Assert.That(rules.Count(rule => !Equals(rule.Expected[before], rule.Expected[after])), Is.Positive);
    }

    [Test]
    public void Tests_named_in_the_text_exist()
    {
        foreach (Match match in Mention.Matches(File.ReadAllText(s_document))) Find(match.Groups["class"].Value, match.Groups["method"].Value);
    }

    [Test]
    public void The_table_goes_from_each_kernel_to_the_next()
    {
        var steps = Row.Matches(File.ReadAllText(s_document)).Select(match => (Column(match.Groups["from"].Value), Column(match.Groups["to"].Value))).ToArray();
        Assert.That(steps.Distinct(), Is.EquivalentTo(new[] { (0, 1), (1, 2), (2, 3), (3, 4) }));
        Assert.That(steps, Has.Length.GreaterThan(50));
        var lines = File.ReadLines(s_document).Count(line => line.StartsWith('|'));
        Assert.That(lines, Is.EqualTo(steps.Length + 2), "every line of the table was understood");
    }

    private static int Column(string kernel) => RuleAttribute.Kernels.ToList().IndexOf(kernel);
}
