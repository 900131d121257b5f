using NUnit.Framework;

namespace TraceKernel.Tests.Kernels;

/// <summary>Whole programs, from execve to wait6, print what their sources promise.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class GuestRunTests
{
    /// <summary>Guests with a file of expected output, and the status word they end with.</summary>
    private static IEnumerable<TestCaseData> Expected()
    {
        foreach (var optimisation in new[] { "O0", "O2" })
            foreach (var (guest, status) in new[]
            {
                ("demo", 0), ("fork", 0), ("int3", 0), ("memory", 0), ("protfault", Signal(11)), ("segv", Signal(11)), ("selfmod", 0),
                ("session", Exit(7)), ("signals", 0), ("stack", 0), ("traporder", 0),
                ("threads", 0),
            })
                yield return new TestCaseData(guest, optimisation, status).SetArgDisplayNames(guest, optimisation);
    }

    private static int Exit(int code) => Abi.Wait.ExitStatus(code);
    private static int Signal(int signal) => Abi.Wait.SignalStatus(signal, core: false);

    [TestCaseSource(nameof(Expected))]
    public void Prints_what_its_source_promises(string guest, string optimisation, int status)
    {
        using var machine = new TestMachine();
        var pid = machine.Start($"{guest}.{optimisation}", traced: false);
        var actual = machine.Wait(pid);
        var expected = File.ReadAllText(Path.Combine(TestMachine.GuestDirectory, "..", "expected", guest + ".txt"));
        Assert.That(machine.Output, Is.EqualTo(expected));
        Assert.That(actual, Is.EqualTo(status));
    }
}
