using System.Reflection;
using NUnit.Framework;
using TraceKernel.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>The rules as a whole: how many there are, and that each says something of its own.</summary>
public sealed class RuleTests
{
    internal static IEnumerable<(MethodInfo Method, RuleAttribute Rule)> Rules() =>
        from type in typeof(RuleTests).Assembly.GetTypes()
        from method in type.GetMethods()
        from rule in method.GetCustomAttributes<RuleAttribute>()
        select (method, rule);

    [Test]
    public void Every_kernel_is_there() => Assert.That(Personality.All.Select(personality => personality.Name), Is.EqualTo(RuleAttribute.Kernels));

    [Test]
    public void Are_counted()
    {
        var least = new Dictionary<string, int> { ["freebsd-5"] = 200, ["dragonfly"] = 200, ["freebsd-11"] = 280, ["freebsd-13"] = 320, ["freebsd-14"] = 330 };
        foreach (var (kernel, column) in RuleAttribute.Kernels.Select((kernel, column) => (kernel, column)))
        {
            var count = Rules().Count(row => row.Rule.Expected[column] is not null);
            var recollected = Rules().Count(row => row.Rule.Expected[column] is not null && row.Rule.IsRecollected(kernel));
            TestContext.Out.WriteLine($"{kernel}: {count} rules, {recollected} of them recollections; {CheckOrderRules.Count} rows of the order of checks");
            Assert.That(count, Is.GreaterThanOrEqualTo(least[kernel]), kernel);
        }
    }

    [Test]
    public void Titles_are_unique() =>
        Assert.That(Rules().GroupBy(row => row.Rule.Title).Where(group => group.Count() > 1).Select(group => group.Key), Is.Empty);

    [Test]
    public void Titles_begin_with_their_section() =>
        Assert.That(Rules().Select(row => row.Rule.Title).Where(title => !char.IsAsciiDigit(title[0])), Is.Empty);
}
