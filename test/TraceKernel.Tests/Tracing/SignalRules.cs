using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>
/// Signals of a tracee, and what becomes of the debugger's answer (sections 13 and 14): psignal and issignal of 5.2, lwpsignal and issignal of
/// DragonFly, tdsendsignal and ptracestop of the later ones.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class SignalRules
{
    private static Tracee Spinning(string kernel)
    {
        var tracee = Tracee.On(kernel, "target.O2", "spin");
        tracee.Continue();
        return tracee;
    }

    [Rule("13.2 a signal that is ignored by default is sent to a tracee", "SIGURG", "SIGURG", "nothing", "nothing", "nothing", SIGURG)]
    [Rule("13.2 SIGCHLD is sent to a tracee without a handler", "SIGCHLD", "SIGCHLD", "nothing", "nothing", "nothing", SIGCHLD)]
    [Rule("13.2 SIGCONT is sent to a running tracee", "SIGCONT", "nothing", "SIGCONT", "SIGCONT", "SIGCONT", SIGCONT)]
    [CommonRule("13.2 a signal to stop is sent to a running tracee", "SIGSTOP", SIGSTOP)]
    [CommonRule("13.2 a signal that kills is sent to a tracee", "SIGTERM", SIGTERM)]
    public object Sent(string kernel, int signal)
    {
        using var tracee = Spinning(kernel);
        tracee.Kill(signal);
        return tracee.Next();
    }

    // "handle" ignores SIGHUP, and raises SIGTERM next.
    [Rule("13.2 a signal that a tracee ignores", "SIGHUP", "SIGHUP", "SIGTERM", "SIGTERM", "SIGTERM")]
    public object Ignored(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "handle");
        tracee.Kill(SIGHUP);
        tracee.Continue();
        return tracee.Next();
    }

    [CommonRule("13.2 a signal that nobody debugs and that is ignored", "nothing", SIGURG)]
    [CommonRule("13.2 SIGCONT to a running process that nobody debugs", "nothing", SIGCONT)]
    public object Untraced(string kernel, int signal)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", traced: false, "spin");
        Assert.That(machine.Calls.Kill(pid, signal), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    [Rule("13.2 a caught SIGTSTP to a tracee of an orphaned group", "nothing", "nothing", "SIGTSTP", "SIGTSTP", "SIGTSTP")]
    public object Terminal_stop_of_an_orphan(string kernel)
    {
        using var tracee = Spinning(kernel);
        tracee.Process.Signals[SIGTSTP] = new SignalAction(0x1000, 0, default);
        (tracee.Process.Group, tracee.Process.Session) = (tracee.Pid, tracee.Process.Parent.Session);
        tracee.Machine.Kernel.Jobs.Exited(tracee.Process.Parent);
        Assert.That(tracee.Machine.Kernel.Jobs.IsOrphaned(tracee.Process.Group), Is.True);
        tracee.Kill(SIGTSTP);
        return tracee.Next();
    }

    // A stop signal stops dragonfly's tracee while it is sent: no thread has gone to a stop of its own, and none looks for the answer.
    [CommonRule("13.3 a signal given at the stop of a signal that kills", "killed by SIGTERM", SIGINT, PT_CONTINUE)]
    [Rule("13.3 a signal given at the stop of a stop signal", "killed by SIGTERM", "nothing", "killed by SIGTERM", "killed by SIGTERM", "killed by SIGTERM", SIGTSTP, PT_CONTINUE)]
    [Rule("13.3 a signal given with DETACH at the stop of a signal that kills", "nothing", "killed by SIGTERM", "killed by SIGTERM", "killed by SIGTERM",
        "killed by SIGTERM", SIGINT, PT_DETACH)]
    [Rule("13.3 a signal given with DETACH at the stop of a stop signal", "nothing", "nothing", "killed by SIGTERM", "killed by SIGTERM", "killed by SIGTERM",
        SIGTSTP, PT_DETACH)]
    public object Answer(string kernel, int signal, int request)
    {
        using var tracee = Spinning(kernel);
        tracee.Kill(signal);
        Assert.That(tracee.Next(), Is.EqualTo(signal == SIGINT ? "SIGINT" : "SIGTSTP"));
        Assert.That(tracee.Request(request, SamePc, SIGTERM), Is.EqualTo(None));
        return tracee.Next();
    }

    [CommonRule("13.3 the signal of the stop is gone after DETACH without one", "nothing")]
    public object Nothing_is_left(string kernel)
    {
        using var tracee = Spinning(kernel);
        tracee.Kill(SIGINT);
        Assert.That(tracee.Next(), Is.EqualTo("SIGINT"));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return tracee.Next();
    }

    // Traced by the parent that waits in vfork(2), it would never go on; P_PPTRACE came after dragonfly, which spares every vfork child.
    [CommonRule("13.3 a vfork child that traces itself gets a signal", "exit 1")]
    public object Vfork_child(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        return Observation.Next(machine, machine.Calls, machine.Start("traced.O2", traced: false, "vfork-trace"));
    }

    [Rule("13.3 a vfork child that another process attaches to gets a signal", "killed by SIGUSR1", "killed by SIGUSR1", "SIGUSR1", "SIGSTOP", "SIGSTOP")]
    public object Attached_vfork_child(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", traced: false, "spin");
        machine.Kernel.Find(pid)!.Flags |= ProcessFlags.ParentWaits;
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        Assert.That(machine.Calls.Kill(pid, SIGUSR1), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    [Rule("14 SIGCHLD for a tracee's stop in spite of SA_NOCLDSTOP", true, false, false, false, false, SA_NOCLDSTOP, false)]
    [CommonRule("14 SIGCHLD for a tracee's stop", true, 0, false)]
    [Rule("15 SIGCHLD after the stop was waited for", true, true, false, false, false, 0, true)]
    public object Child_signal(string kernel, int flags, bool isWaitedFor)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        guest.Process.Signals[SIGCHLD] = new SignalAction(0x1000, flags, default);
        guest.Process.FirstThread.SignalMask = sigset.Of(SIGCHLD);
        var pid = machine.Start("target.O2", traced: false, "spin");
        Assert.That(guest.Ptrace(PT_ATTACH, pid), Is.EqualTo(None));
        machine.Run(10_000);
        Assert.That(machine.Kernel.Find(pid)!.Has(ProcessFlags.StoppedSignal), Is.True);
        if (isWaitedFor) Assert.That(guest.Next(pid), Is.EqualTo("SIGSTOP"));
        return guest.Process.Queue.Pending.Contains(SIGCHLD);
    }

    private static Process Alone(TestMachine machine, string what)
    {
        var process = machine.Kernel.Find(machine.Start("traced.O2", traced: false, what))!;
        machine.Run(100_000);
        return process;
    }

    private static void EndVforkChild(TestMachine machine, Process process) =>
        Assert.That(machine.Calls.Kill(process.Children[0].Pid, SIGKILL), Is.EqualTo(None));

    // P_STOPPED_SINGLE: freebsd-5 counts it as a stop, so that PT_ATTACH sends no signal. The first stop there is the vfork child's SIGCHLD.
    [Rule("16 ATTACH while a thread waits to be alone", "SIGCHLD", "SIGSTOP", "SIGSTOP", "SIGSTOP", "SIGSTOP")]
    public object Attach_while_single_threading(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var process = Alone(machine, "alone");
        Assert.That(process.Has(ProcessFlags.StoppedSingle), Is.True);
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, process.Pid, 0, 0), Is.EqualTo(None));
        EndVforkChild(machine, process);
        return Observation.Next(machine, machine.Calls, process.Pid);
    }

    // dragonfly marks execve(2) before it ends the other threads.
    [Rule("16.4 ATTACH while execve waits for the other threads", None, EAGAIN, None, None, None)]
    public object Attach_in_execve(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        return machine.Calls.Ptrace(PT_ATTACH, Alone(machine, "exec-alone").Pid, 0, 0);
    }

    [Rule("16.4 ATTACH while execve waits, and its first stop", "SIGTRAP", null, "SIGTRAP", "SIGSTOP", "SIGSTOP")]
    public object Attach_in_execve_stops(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var process = Alone(machine, "exec-alone");
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, process.Pid, 0, 0), Is.EqualTo(None));
        EndVforkChild(machine, process);
        return Observation.Next(machine, machine.Calls, process.Pid);
    }

    [CommonRule("16.4 nothing is left of a thread that was alone", "None", "exec-alone")]
    [CommonRule("16 nothing is left of a thread that was alone for rfork", "None", "alone")]
    public object Alone_no_longer(string kernel, string what)
    {
        using var machine = new TestMachine(kernel: kernel);
        var process = Alone(machine, what);
        EndVforkChild(machine, process);
        machine.Run(100_000);
        return (process.Flags & (ProcessFlags.StoppedSingle | ProcessFlags.InExec | ProcessFlags.SingleExit)).ToString();
    }
}
