using NUnit.Framework;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Debuggers that are guests: each program of test/guests/ptrace holds a child and the process that debugs it, and checks what
/// FreeBSD's own tracing test of that name checks.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceCaseTests
{
    private static readonly string s_sources = Path.Combine(TestMachine.GuestDirectory, "..", "ptrace");

    private static readonly string[] s_personalities = ["freebsd-13", "freebsd-14"];

    private static string[] Names() =>
        [.. Directory.GetFiles(s_sources, "*.c").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>Every case under every personality; what includes freebsd14.h asks for what older ones lack.</summary>
    private static IEnumerable<TestCaseData> Cases() =>
        from name in Names()
        let isNew = File.ReadAllText(Path.Combine(s_sources, name + ".c")).Contains("#include \"freebsd14.h\"", StringComparison.Ordinal)
        from personality in s_personalities
        where !isNew || personality == "freebsd-14"
        select new TestCaseData(name, personality).SetArgDisplayNames(name, personality);

    [TestCaseSource(nameof(Cases))]
    public void Holds(string name, string personality)
    {
        using var machine = new TestMachine(personality: personality);
        var status = machine.Wait(machine.Start("ptrace/" + name, traced: false));
        Assert.That((status, machine.Output), Is.EqualTo((0, "")));
    }

    [Test]
    public void Are_counted()
    {
        foreach (var personality in s_personalities)
            TestContext.Out.WriteLine($"{personality}: {Cases().Count(row => Equals(row.Arguments[1], personality))} tracing cases");
        Assert.That(Names(), Has.Length.AtLeast(54));
    }
}
