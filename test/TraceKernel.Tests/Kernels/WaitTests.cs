using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Abi.Wait;

namespace TraceKernel.Tests.Kernels;

/// <summary>wait6(2): options, id types, what is reported once and what again (kern_exit.c of FreeBSD 13).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class WaitTests
{
    [TestCase(0, EINVAL)]
    [TestCase(WNOHANG, EINVAL)]
    [TestCase(WNOWAIT, EINVAL)]
    [TestCase(WEXITED | 0x40, EINVAL)]
    [TestCase(WEXITED | WNOHANG, None)]
    [TestCase(WTRAPPED | WNOHANG, None)]
    public void Options(int options, Errno expected)
    {
        using var tracee = new Tracee("yield");
        Assert.That(tracee.Calls.Wait6(P_ALL, 0, options, out var pid, out _, out _), Is.EqualTo(expected));
        Assert.That(pid, Is.Zero);
    }

    [TestCase(P_ALL, 0, true)]
    [TestCase(P_UID, 1001, true)]
    [TestCase(P_UID, 0, false)]
    [TestCase(P_GID, 1001, true)]
    [TestCase(P_PPID, 0, false)]
    [TestCase(P_CID, 0, false)]
    [TestCase(8, 0, false)]
    [TestCase(9, 0, false)]
    [TestCase(15, 0, false)]
    public void Id_types(int type, long id, bool matches)
    {
        using var tracee = new Tracee("yield");
        Assert.That(tracee.Calls.Wait6(type, id, WEXITED | WNOHANG, out _, out _, out _), Is.EqualTo(matches ? None : ECHILD));
    }

    [Test]
    public void Ids_of_the_child_itself()
    {
        using var tracee = new Tracee("yield");
        foreach (var (type, id, expected) in new[]
        {
            (P_PID, tracee.Pid, None), (P_PID, tracee.Pid + 1, ECHILD), (P_PGID, tracee.Calls.Pid, None), (P_PGID, tracee.Pid, ECHILD),
            (P_SID, tracee.Calls.Pid, None),
        })
            Assert.That(tracee.Calls.Wait6(type, id, WEXITED | WNOHANG, out _, out _, out _), Is.EqualTo(expected), $"{type} {id}");
    }

    [TestCase(WTRAPPED, CLD_TRAPPED)]
    [TestCase(WTRAPPED | WUNTRACED, CLD_TRAPPED)]
    [TestCase(WUNTRACED, CLD_STOPPED)]
    public void A_traced_stop_is_reported_once(int options, int code)
    {
        using var tracee = new Tracee("yield");
        tracee.Continue();
        tracee.Kill(SIGUSR1);
        tracee.Machine.Run(100_000);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(tracee.Calls.Wait6(P_ALL, 0, options | WNOWAIT, out var seen, out _, out _), Is.EqualTo(None));
            Assert.That((seen, tracee.Request(PT_GETNUMLWPS)), Is.EqualTo((tracee.Pid, EBUSY)), "only looked at");
        }
        Assert.That(tracee.Calls.Wait6(P_ALL, 0, options, out var pid, out var status, out var info), Is.EqualTo(None));
        Assert.That((pid, status), Is.EqualTo((tracee.Pid, StopStatus(SIGUSR1))));
        Assert.That((info.si_signo, info.si_code, info.si_status, info.si_pid, info.si_uid), Is.EqualTo((SIGCHLD, code, SIGUSR1, tracee.Pid, 1001u)));
        Assert.That(tracee.Calls.Wait6(P_ALL, 0, options | WNOHANG, out pid, out _, out _), Is.EqualTo(None));
        Assert.That(pid, Is.Zero);
    }

    [Test]
    public void A_traced_stop_needs_its_option()
    {
        using var tracee = new Tracee("yield");
        tracee.Continue();
        tracee.Kill(SIGUSR1);
        tracee.Machine.Run(100_000);
        Assert.That(tracee.Calls.Wait6(P_ALL, 0, WEXITED | WCONTINUED | WNOHANG, out var pid, out _, out _), Is.EqualTo(None));
        Assert.That(pid, Is.Zero);
    }

    [TestCase("exit", "5", CLD_EXITED, 5, 5 << 8)]
    [TestCase("exit", "261", CLD_EXITED, 5, 5 << 8)]
    [TestCase("raise", "15", CLD_KILLED, SIGTERM, SIGTERM)]
    public void An_end_is_reported_and_reaped(string what, string number, int code, int value, int word)
    {
        using var machine = new TestMachine();
        var child = machine.Start("target.O2", traced: false, what, number);
        Assert.That(machine.Calls.Wait6(P_PID, child, WEXITED | WNOWAIT, out var pid, out var status, out _), Is.EqualTo(None));
        Assert.That((pid, status), Is.EqualTo((child, word)));
        Assert.That(machine.Calls.Wait6(P_PID, child, WTRAPPED | WNOHANG, out _, out _, out _), Is.EqualTo(ECHILD), "a zombie has no stops to come");
        Assert.That(machine.Calls.Wait6(P_PID, child, WEXITED, out pid, out status, out var info), Is.EqualTo(None));
        Assert.That((pid, status, info.si_code, info.si_status), Is.EqualTo((child, word, code, value)));
        Assert.That(machine.Calls.Wait6(P_PID, child, WEXITED, out _, out _, out _), Is.EqualTo(ECHILD));
    }

    [Test]
    public void Job_control_stop_and_continue()
    {
        using var machine = new TestMachine();
        var child = machine.Start("target.O2", traced: false, "spin");
        machine.Calls.Kill(child, SIGSTOP);
        machine.Run(1000);
        Assert.That(machine.Calls.Wait6(P_PID, child, WEXITED | WTRAPPED | WNOHANG, out var pid, out _, out _), Is.EqualTo(None));
        Assert.That(pid, Is.Zero, "not traced: WUNTRACED is needed");
        Assert.That(machine.Calls.Wait6(P_PID, child, WUNTRACED, out _, out var status, out var info), Is.EqualTo(None));
        Assert.That((status, info.si_code), Is.EqualTo((StopStatus(SIGSTOP), CLD_STOPPED)));
        machine.Calls.Kill(child, SIGCONT);
        Assert.That(machine.Calls.Wait6(P_PID, child, WCONTINUED, out _, out status, out info), Is.EqualTo(None));
        Assert.That((status, info.si_code, info.si_status), Is.EqualTo((0x13, CLD_CONTINUED, SIGCONT)));
        machine.Calls.Kill(child, SIGKILL);
        Assert.That(machine.Wait(child), Is.EqualTo(SIGKILL));
    }

    [Test]
    public void Most_recently_started_child_is_found_first()
    {
        using var machine = new TestMachine();
        var children = new[] { machine.Start("target.O2", false, "exit"), machine.Start("target.O2", false, "exit") };
        machine.Run(1_000_000);
        var found = new int[2];
        for (var i = 0; i < 2; i++) Assert.That(machine.Calls.Wait6(P_ALL, 0, WEXITED, out found[i], out _, out _), Is.EqualTo(None));
        Assert.That(found, Is.EqualTo(children.Reverse()));
    }
}
