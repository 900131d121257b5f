using NUnit.Framework;

namespace TraceKernel.Tests.Kernels;

/// <summary>Whole programs, from execve to wait6, print what their sources promise.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class GuestRunTests
{
    /// <summary>Guests with a file of expected output, and the status word they end with.</summary>
    private static IEnumerable<TestCaseData> Expected()
    {
        foreach (var (cpu, optimisation) in from cpu in TestMachine.Cpus from level in new[] { "O0", "O2" } select (cpu, level))
            foreach (var (guest, status) in new[]
            {
                ("demo", 0), ("fork", 0), ("int3", 0), ("memory", 0), ("protfault", Signal(11)), ("segv", Signal(11)), ("selfmod", 0),
                ("session", Exit(7)), ("signals", 0), ("stack", 0),
                ("threads", 0),
            })
                yield return new TestCaseData(cpu, guest, optimisation, status).SetArgDisplayNames(cpu, guest, optimisation);
    }

    private static int Exit(int code) => Abi.Wait.ExitStatus(code);
    private static int Signal(int signal) => Abi.Wait.SignalStatus(signal, core: false);

    [TestCaseSource(nameof(Expected))]
    public void Prints_what_its_source_promises(string cpu, string guest, string optimisation, int status)
    {
        using var machine = new TestMachine(cpu: cpu);
        var pid = machine.Start($"{guest}.{optimisation}", traced: false);
        var actual = machine.Wait(pid);
        Assert.That(machine.Output, Is.EqualTo(TestMachine.ExpectedOutput(guest, cpu)));
        Assert.That(actual, Is.EqualTo(status));
    }
}
