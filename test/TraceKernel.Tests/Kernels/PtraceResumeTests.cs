using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Kernels;

/// <summary>
/// Letting a tracee go on: PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_KILL, PT_DETACH of FreeBSD 13, and attaching.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceResumeTests
{
    private static readonly int[] s_resuming = [PT_CONTINUE, PT_STEP, PT_DETACH, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL];

    [Test]
    public void A_signal_that_does_not_exist_is_refused_and_changes_nothing(
        [ValueSource(nameof(s_resuming))] int request, [Values(-1, 129, int.MinValue)] int signal)
    {
        using var tracee = new Tracee("exit", "4");
        var events = tracee.Events;
        Assert.That(tracee.Request(request, SamePc, signal), Is.EqualTo(EINVAL));
        Assert.That(tracee.Info().pl_flags, Is.EqualTo(PL_FLAG_EXEC | PL_FLAG_SCX), "still stopped");
        Assert.That(tracee.Events, Is.EqualTo(events));
        tracee.Continue();
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(4)));
    }

    [TestCase(33)]
    [TestCase(64)]
    [TestCase(65)]
    [TestCase(128)]
    public void Every_number_up_to_128_can_be_given_and_kills(int signal)
    {
        using var tracee = new Tracee("exit", "4");
        tracee.Continue(signal);
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.SignalStatus(signal, core: false)));
    }

    [TestCase(PT_CONTINUE, true)]
    [TestCase(PT_TO_SCE, true)]
    [TestCase(PT_TO_SCX, true)]
    [TestCase(PT_SYSCALL, true)]
    [TestCase(PT_STEP, false)]
    [TestCase(PT_DETACH, false)]
    public void The_program_counter_changes(int request, bool changes)
    {
        using var tracee = new Tracee("exit", "4");
        // Nothing is mapped there: whoever goes there dies of SIGSEGV.
        Assert.That(tracee.Request(request, 0x1234_5000, 0), Is.EqualTo(None));
        var status = tracee.Wait();
        if (!changes)
        {
            Assert.That(status, Is.EqualTo(request == PT_STEP ? Abi.Wait.StopStatus(SIGTRAP) : Abi.Wait.ExitStatus(4)));
            return;
        }
        Assert.That(status, Is.EqualTo(Abi.Wait.StopStatus(SIGSEGV)));
        Assert.That(tracee.Info().pl_siginfo.si_addr, Is.EqualTo(0x1234_5000));
        Assert.That(tracee.GetRegs()[Registers.Rip], Is.EqualTo(0x1234_5000));
    }

    [TestCase(PT_TO_SCE, PTRACE_SCE)]
    [TestCase(PT_TO_SCX, PTRACE_SCX)]
    [TestCase(PT_SYSCALL, PTRACE_SCE | PTRACE_SCX)]
    public void System_call_events_stay_until_the_mask_is_set(int request, int added)
    {
        using var tracee = new Tracee("yield");
        Assert.That(tracee.Request(request, SamePc), Is.EqualTo(None));
        var seen = 0;
        for (var i = 0; i < 6; i++)
        {
            Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP));
            var flags = tracee.Info().pl_flags;
            Assert.That(flags, Is.EqualTo(PL_FLAG_SCE).Or.EqualTo(PL_FLAG_SCX));
            seen |= flags == PL_FLAG_SCE ? PTRACE_SCE : PTRACE_SCX;
            Assert.That(tracee.Events, Is.EqualTo(PTRACE_EXEC | added));
            tracee.Continue();
        }
        Assert.That(seen, Is.EqualTo(added));
        tracee.WaitStop();
        tracee.Events = 0;
        tracee.Continue();
        tracee.Machine.Run(100_000);
        tracee.Kill(SIGINT);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGINT), "no more system call stops");
    }

    [Test]
    public void Kill_ignores_its_arguments_and_is_the_last_thing_told([Values(0, -7)] int data)
    {
        using var tracee = new Tracee("yield");
        Assert.That(tracee.Request(PT_KILL, 0x1234_5000, data), Is.EqualTo(None));
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.SignalStatus(SIGKILL, core: false)));
        Assert.That(tracee.Request(PT_KILL), Is.EqualTo(ESRCH));
    }

    [Test]
    public void Step_takes_one_instruction_and_arms_nothing_more()
    {
        using var tracee = new Tracee("exit", "4");
        var before = tracee.Machine.Kernel.Scheduler.Retired;
        Assert.That(tracee.Request(PT_STEP, SamePc), Is.EqualTo(None));
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP));
        Assert.That(tracee.Machine.Kernel.Scheduler.Retired - before, Is.EqualTo(1));
        var info = tracee.Info();
        Assert.That((info.pl_flags, info.pl_siginfo.si_code), Is.EqualTo((PL_FLAG_SI, TRAP_TRACE)));
        Assert.That(info.pl_siginfo.si_addr, Is.EqualTo(tracee.GetRegs()[Registers.Rip]));
        tracee.Continue();
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(4)));
    }

    [Test]
    public void An_armed_step_can_be_disarmed()
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_SETSTEP), Is.EqualTo(None));
        Assert.That(tracee.GetRegs()[Registers.Rflags] & 0x100, Is.EqualTo(0x100), "TF is seen");
        Assert.That(tracee.Request(PT_CLEARSTEP), Is.EqualTo(None));
        tracee.Continue();
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(4)));
    }

    [Test]
    public void An_armed_step_kills_who_is_detached()
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_SETSTEP), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        Assert.That(Abi.Wait.WTERMSIG(tracee.Wait()), Is.EqualTo(SIGTRAP));
    }

    [Test]
    public void Who_is_suspended_does_not_run_until_resumed()
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_SUSPEND), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_SUSPEND), Is.EqualTo(None), "twice is once");
        var before = tracee.Machine.Kernel.Scheduler.Retired;
        tracee.Continue();
        tracee.Machine.Run(1000);
        Assert.That(tracee.Machine.Kernel.Scheduler.Retired, Is.EqualTo(before));
        Assert.That(tracee.Request(PT_RESUME), Is.EqualTo(EBUSY), "it has not stopped");
        var error = tracee.Calls.Wait6(Abi.Wait.P_PID, tracee.Pid, Abi.Wait.WTRAPPED | Abi.Wait.WNOHANG, out var found, out _, out _);
        Assert.That((error, found), Is.EqualTo((None, 0)));
    }

    [TestCase(0, 4, 0)]
    [TestCase(SIGTERM, 0, SIGTERM)]
    public void A_detached_tracee_gets_the_signal(int signal, int exit, int death)
    {
        using var tracee = new Tracee("exit", "4");
        Assert.That(tracee.Request(PT_DETACH, SamePc, signal), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(EPERM), "it is nobody's tracee");
        Assert.That(tracee.Wait(), Is.EqualTo(death == 0 ? Abi.Wait.ExitStatus(exit) : Abi.Wait.SignalStatus(death, core: false)));
    }

    [Test]
    public void A_signal_given_with_a_detach_at_a_signal_stop_arrives_twice()
    {
        using var tracee = Tracee.AtReady("handle");
        tracee.Kill(SIGUSR1);
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGUSR1));
        Assert.That(tracee.Request(PT_DETACH, SamePc, SIGUSR2), Is.EqualTo(None));
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(3)));
        Assert.That(tracee.Machine.Output, Is.EqualTo("31\n31\n15\n"));
    }

    [Test]
    public void Detach_forgets_the_events_and_goes_back_to_the_parent()
    {
        using var machine = new TestMachine();
        using var other = HostProcess.TryCreate(machine.Kernel, "other")!;
        var pid = machine.Start("target.O2", traced: false, "yield");
        Assert.That(other.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        Assert.That(machine.Wait(other.Calls, pid), Is.EqualTo(Abi.Wait.StopStatus(SIGSTOP)));
        var process = machine.Kernel.Find(pid)!;
        Assert.That((process.Parent.Pid, process.OriginalParentPid), Is.EqualTo((other.Pid, machine.Calls.Pid)));
        Assert.That(other.Calls.Ptrace(PT_DETACH, pid, SamePc, 0), Is.EqualTo(None));
        Assert.That((process.Parent.Pid, process.TraceEvents, process.IsTraced), Is.EqualTo((machine.Calls.Pid, 0, false)));
        Assert.That(other.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WEXITED, out _, out _, out _), Is.EqualTo(ECHILD));
        Assert.That(machine.Calls.Kill(pid, SIGTERM), Is.EqualTo(None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.SignalStatus(SIGTERM, core: false)));
    }

    [TestCase("spin")]
    [TestCase("sleep")]
    [TestCase("yield")]
    public void Attaching_reports_SIGSTOP_before_any_other_signal(string what)
    {
        using var machine = new TestMachine();
        var pid = machine.Start("target.O2", traced: false, what);
        machine.Run(1000);
        Assert.That(machine.Calls.Kill(pid, SIGHUP), Is.EqualTo(None));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 12345), Is.EqualTo(None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(SIGSTOP)));
        var info = new byte[ptrace_lwpinfo.Bytes];
        Assert.That(machine.Calls.Ptrace(PT_LWPINFO, pid, info, info.Length), Is.EqualTo(None));
        Assert.That((BitConverter.ToInt32(info, 8), BitConverter.ToInt32(info, 48), BitConverter.ToInt32(info, 56)), Is.EqualTo((PL_FLAG_SI, SIGSTOP, 0)));
        Assert.That(machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, SIGSTOP), Is.EqualTo(None), "SIGSTOP handed back is swallowed");
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(SIGHUP)));
    }

    [Test]
    public void Attaching_to_a_stopped_process_wakes_it_to_report()
    {
        using var machine = new TestMachine();
        var pid = machine.Start("target.O2", traced: false, "sleep");
        Assert.That(machine.Calls.Kill(pid, SIGTSTP), Is.EqualTo(None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(SIGTSTP)));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.StopStatus(SIGSTOP)));
    }

    [Test]
    public void A_debugger_that_exits_takes_its_tracees_along([Values] bool isParent)
    {
        using var machine = new TestMachine();
        var other = HostProcess.TryCreate(machine.Kernel, "other")!;
        var pid = isParent ? 0 : machine.Start("target.O2", traced: false, "sleep");
        if (isParent)
            Assert.That(other.Calls.Spawn(new SpawnRequest(Path(machine), ["target", "sleep"], []) { Terminal = machine.Terminal }, out pid), Is.EqualTo(None));
        else
            Assert.That(other.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        machine.Wait(other.Calls, pid);
        other.Dispose();
        if (isParent)
        {
            machine.Run(1000);
            Assert.That(machine.Kernel.FindAny(pid), Is.Null, "init has reaped it");
        }
        else
        {
            Assert.That(machine.Wait(pid), Is.EqualTo(Abi.Wait.SignalStatus(SIGKILL, core: false)));
        }
    }

    private static string Path(TestMachine machine)
    {
        machine.Kernel.FileSystem.Grant(TestMachine.PathOf("target.O2"), "/bin/target");
        return "/bin/target";
    }
}
