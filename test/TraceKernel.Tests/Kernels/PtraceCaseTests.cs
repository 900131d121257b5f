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

    private static string[] Cases() => [.. Directory.GetFiles(s_sources, "*.c").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    [Test]
    public void Holds([ValueSource(nameof(Cases))] string name, [Values("amd64", "arm64")] string cpu)
    {
        using var machine = new TestMachine(cpu: cpu);
        var status = machine.Wait(machine.Start("ptrace/" + name, traced: false));
        Assert.That((status, machine.Output), Is.EqualTo((0, "")));
    }

    [Test]
    public void Are_counted()
    {
        TestContext.Out.WriteLine($"{Cases().Length} tracing cases");
        Assert.That(Cases(), Has.Length.AtLeast(42));
    }
}
