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
                ("demo", 0), ("exclusives", 0), ("fork", 0), ("identity", 0), ("int3", 0), ("memory", 0), ("profile", 0), ("protfault", Signal(11)),
                ("segv", Signal(11)), ("selfmod", 0), ("session", Exit(7)), ("siginfo", 0), ("signals", 0), ("stack", 0), ("traporder", 0),
                ("threads", 0),
            })
            {
                // About amd64's trace flag, and about arm64's exclusives.
                if ((cpu, guest) is ("amd64", "exclusives") or ("arm64", "traporder")) continue;
                yield return new TestCaseData(cpu, guest, optimisation, status).SetArgDisplayNames(cpu, guest, optimisation);
            }
    }

    private static int Exit(int code) => Abi.Wait.ExitStatus(code);
    private static int Signal(int signal) => Abi.Wait.SignalStatus(signal, core: false);

    /// <summary>A program that belongs to root and says so runs as root, unless a debugger watches.</summary>
    [TestCase(false, "euid 0, tainted 1")]
    [TestCase(true, "euid 1001, tainted 0")]
    public void A_set_user_id_program_runs_as_its_owner_unless_it_is_traced(bool traced, string expected)
    {
        using var machine = new TestMachine();
        machine.Kernel.FileSystem.AddFile("/bin/owned", File.ReadAllBytes(TestMachine.PathOf("identity.O2")), 0);
        Assert.That(machine.Calls.Chmod("/bin/owned", 0x9ed), Is.EqualTo(Abi.Errno.None));
        var request = new User.SpawnRequest("/bin/owned", ["owned", "x"], []) { Terminal = machine.Terminal, Traced = traced };
        Assert.That(machine.Calls.Spawn(request, out var pid), Is.EqualTo(Abi.Errno.None));
        if (traced)
        {
            machine.Wait(pid);
            machine.Calls.Ptrace(Abi.Ptrace.PT_DETACH, pid, 1, 0);
        }
        Assert.That(machine.Wait(pid), Is.Zero);
        Assert.That(machine.Output, Does.Contain(expected));
    }

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
