using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;
using TraceKernel.Ptrace;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// One rule of ptrace: what each kernel answers, written from the specification. The method makes the experiment on the kernel whose name
/// it is given and returns what was observed: an error or a few words. Null stands where a kernel has nothing that could be observed.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal class RuleAttribute : NUnitAttribute, ITestBuilder, IImplyFixture
{
    private static readonly NUnitTestCaseBuilder s_builder = new();

    private readonly object?[] _arguments;

    public RuleAttribute(
        string title, object? freeBsd5, object? dragonFly, object? freeBsd11, object? freeBsd13, object? freeBsd14, params object?[] arguments)
    {
        Title = title;
        Expected = [freeBsd5, dragonFly, freeBsd11, freeBsd13, freeBsd14];
        _arguments = arguments;
    }

    /// <summary>The columns, oldest first.</summary>
    public static IReadOnlyList<string> Kernels { get; } = ["freebsd-5", "dragonfly", "freebsd-11", "freebsd-13", "freebsd-14"];

    /// <summary>Section of the specification and what the rule is about.</summary>
    public string Title { get; }

    /// <summary>What is observed on each kernel, in the order of <see cref="Kernels"/>.</summary>
    public IReadOnlyList<object?> Expected { get; }

    /// <summary>Columns whose rule no source that could be read proves.</summary>
    public string Recollected { get; init; } = "";

    public bool IsRecollected(string kernel) => Recollected.Split(' ').Contains(kernel);

    public IEnumerable<TestMethod> BuildFrom(IMethodInfo method, Test? suite)
    {
        for (var column = 0; column < Kernels.Count; column++)
        {
            if (Expected[column] is not { } expected || Personality.Named(Kernels[column]) is null) continue;
            var test = s_builder.BuildTestMethod(method, suite, new TestCaseParameters([Kernels[column], .. _arguments]) { ExpectedResult = expected });
            var mark = IsRecollected(Kernels[column]) ? " (recollection)" : "";
            test.Name = $"{Kernels[column]}: {Title}{mark}: {expected}";
            yield return test;
        }
    }
}

/// <summary>A rule that is the same on every kernel.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CommonRuleAttribute(string title, object expected, params object?[] arguments)
    : RuleAttribute(title, expected, expected, expected, expected, expected, arguments);

/// <summary>A rule of what came after FreeBSD 5 and has not changed since freebsd-11.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class LaterRuleAttribute(string title, object expected, params object?[] arguments)
    : RuleAttribute(title, null, null, expected, expected, expected, arguments);

/// <summary>A rule of what came after freebsd-11.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RecentRuleAttribute(string title, object expected, params object?[] arguments)
    : RuleAttribute(title, null, null, null, expected, expected, arguments);
