using NUnit.Framework;
using TraceKernel.Ptrace;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Families of processes as programs see them: each of test/guests/process checks what kern_fork.c, kern_exit.c, kern_procctl.c and
/// sys_procdesc.c promise, prints nothing and exits with 0 when all of it holds.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class ProcessCaseTests
{
    private static readonly string s_sources = Path.Combine(TestMachine.GuestDirectory, "..", "process");

    private static IEnumerable<TestCaseData> Cases() =>
        from source in Directory.GetFiles(s_sources, "*.c").Order(StringComparer.Ordinal)
        from personality in new[] { Personality.FreeBsd13, Personality.FreeBsd14 }
        let name = Path.GetFileNameWithoutExtension(source)
        select new TestCaseData(name, personality.Name).SetArgDisplayNames(name, personality.Name);

    [TestCaseSource(nameof(Cases))]
    public void Holds(string name, string personality)
    {
        using var machine = new TestMachine(kernel: personality);
        var status = machine.Wait(machine.Start("process/" + name, traced: false));
        Assert.That((status, machine.Output), Is.EqualTo((0, "")));
    }
}
