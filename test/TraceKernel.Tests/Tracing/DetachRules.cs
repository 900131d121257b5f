using NUnit.Framework;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>PT_DETACH: whose the process is then, and what stays behind (section 5.3), and a debugger that ends (section 16.1).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class DetachRules
{
    [CommonRule("5.3 DETACH", "None exit 0", 0)]
    [Rule("5.3 DETACH with a signal", "None exit 0", "None exit 0", "None killed by SIGTERM", "None killed by SIGTERM", "None killed by SIGTERM", SIGTERM)]
    public object Detach(string kernel, int signal)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return $"{tracee.Request(PT_DETACH, SamePc, signal)} {tracee.Next()}";
    }

    [Rule("5.3 DETACH with a signal at the exec stop", "exit 4", "killed by SIGTERM", "exit 4", "killed by SIGTERM", "killed by SIGTERM")]
    public object Detach_at_the_exec_stop(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        Assert.That(tracee.Request(PT_DETACH, SamePc, SIGTERM), Is.EqualTo(None));
        return tracee.Next();
    }

    [CommonRule("5.3 DETACH gives the process back to its parent", "its parent's, not traced")]
    public object Parent(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("target.O2", "sleep");
        return Owner(machine, guest, pid);
    }

    private static string Owner(TestMachine machine, GuestDebugger guest, int pid)
    {
        Assert.That(guest.Ptrace(PT_DETACH, pid, SamePc), Is.EqualTo(None));
        var process = machine.Kernel.Find(pid)!;
        var owner = process.Parent == guest.Process ? "the debugger's" : process.Parent == machine.Kernel.Init ? "init's" : "its parent's";
        return $"{owner}, {(process.IsTraced ? "traced" : "not traced")}";
    }

    [Rule("5.3 DETACH when the parent is gone", "init's, not traced", "the debugger's, not traced", "init's, not traced", "init's, not traced",
        "init's, not traced")]
    public object Parent_is_gone(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        return Owner(machine, guest, StartOrphan(machine, guest));
    }

    /// <summary>A process that the debugger has attached to, and whose parent has exited since.</summary>
    private static int StartOrphan(TestMachine machine, GuestDebugger debugger, Process? reaper = null)
    {
        var mother = HostProcess.TryCreate(machine.Kernel, "mother")!;
        machine.Kernel.FileSystem.Grant(TestMachine.PathOf("target.O2"), "/bin/target");
        var request = new SpawnRequest("/bin/target", ["target", "sleep"], []) { Terminal = machine.Terminal, Traced = false };
        Assert.That(mother.Calls.Spawn(request, out var pid), Is.EqualTo(None));
        if (reaper is not null) machine.Kernel.Find(pid)!.Reaper = reaper;
        machine.Run(100_000);
        Assert.That(debugger.Ptrace(PT_ATTACH, pid), Is.EqualTo(None));
        Assert.That(debugger.Next(pid), Is.EqualTo("SIGSTOP"));
        mother.Dispose();
        return pid;
    }

    [CommonRule("5.3 DETACH of a process that traced itself", "None EPERM")]
    public object Traced_itself(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var error = tracee.Request(PT_DETACH, SamePc);
        Assert.That(tracee.Process.Parent.Pid, Is.EqualTo(tracee.Calls.Pid));
        return $"{error} {tracee.Request(PT_DETACH, SamePc)}";
    }

    [CommonRule("5.3 a step that is armed kills who is detached", "killed by SIGTRAP")]
    public object Armed_step(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        var registers = tracee.GetRegs();
        registers[Registers.Rflags] |= 0x100;
        Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return tracee.Next();
    }

    [LaterRule("5.3 DETACH lets suspended threads run", "exit 0")]
    public object Suspended_thread(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        Assert.That(tracee.Request(PT_SUSPEND), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return tracee.Next();
    }

    [LaterRule("5.3 DETACH forgets the events", "exit 4", PT_SYSCALL)]
    public object Events(string kernel, int request)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(tracee.Request(request, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return tracee.Next();
    }

    // A thread that waits with a report of its own leaves its stop with SIGTRAP; freebsd-11 ignores what such a stop returns.
    [Rule("5.3 DETACH while another thread waits at a system call stop", null, null, "nothing", "killed by SIGTRAP", "killed by SIGTRAP")]
    public object Another_thread_waits(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        Assert.That(tracee.Request(PT_SYSCALL, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        for (var i = 0; i < 10 && tracee.Process.Threads.Count(lwp => lwp.Has(DebugFlags.XSig)) < 2; i++)
        {
            tracee.Continue();
            Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        }
        Assert.That(tracee.Process.Threads.Count(lwp => lwp.Has(DebugFlags.XSig)), Is.GreaterThan(1));
        Assert.That(tracee.Request(PT_DETACH, SamePc), Is.EqualTo(None));
        return tracee.Next();
    }

    // ptracestop queued one, and issignal queues what a detached thread was given once more.
    [Rule("5.3 a signal given with DETACH at a signal stop", "never", "once", "once", "twice", "twice", Recollected = "freebsd-11")]
    public object Given_twice(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "handle");
        tracee.Kill(SIGUSR1);
        tracee.Continue();
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR1"));
        Assert.That(tracee.Request(PT_DETACH, SamePc, SIGUSR2), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("exit 3"));
        return tracee.Machine.Output.Split('\n').Count(line => line == "31") switch { 0 => "never", 1 => "once", _ => "twice" };
    }

    // dragonfly's has always come: it stops the process while it is sent, and the SIGINT is the second stop.
    [Rule("5.3 a SIGSTOP of ATTACH that has not come", "SIGSTOP", "nothing", "SIGSTOP", "nothing", "nothing")]
    public object Attach_signal(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", false, "spin");
        Assert.That(machine.Calls.Kill(pid, SIGINT), Is.EqualTo(None));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        // SIGINT came first in the older ones: the SIGSTOP is still pending, and stops the process that is nobody's tracee.
        Observation.Next(machine, machine.Calls, pid);
        if (machine.Kernel.Find(pid)!.XSig == SIGSTOP)
        {
            machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0);
            Observation.Next(machine, machine.Calls, pid);
        }
        Assert.That(machine.Calls.Ptrace(PT_DETACH, pid, SamePc, 0), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    [CommonRule("16.1 a debugger that ends takes its tracees along", "killed by SIGKILL")]
    public object Debugger_ends(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var other = HostProcess.TryCreate(machine.Kernel, "other")!;
        var pid = machine.Start("target.O2", traced: false, "sleep");
        Assert.That(other.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        machine.Wait(other.Calls, pid);
        other.Dispose();
        return Observation.Next(machine, machine.Calls, pid) is var seen && seen == "ECHILD" ? "killed by SIGKILL" : seen;
    }

    [CommonRule("5.3 DETACH tells the parent nothing", "nothing")]
    public object No_news(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("target.O2", "sleep");
        Assert.That(guest.Ptrace(PT_DETACH, pid, SamePc), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    // p_oppid is recorded at each PT_TRACE_ME, until it is kept at all times.
    [Rule("5.1 TRACE_ME of an attached process, and DETACH", "the debugger's, not traced", "the debugger's, not traced", "the debugger's, not traced",
        "its parent's, not traced", "its parent's, not traced")]
    public object Traced_itself_as_well(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("target.O2", "sleep");
        new GuestDebugger(machine, pid).Ptrace(PT_TRACE_ME, 0);
        return Owner(machine, guest, pid);
    }

    [Rule("5.3 DETACH by a second debugger when the parent is gone", "init's", "the first's", "init's", "init's", "init's")]
    public object Second_debugger(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var (first, second) = (new GuestDebugger(machine), new GuestDebugger(machine));
        var pid = StartOrphan(machine, first);
        Assert.That(first.Ptrace(PT_DETACH, pid, SamePc), Is.EqualTo(None));
        Assert.That(second.Ptrace(PT_ATTACH, pid), Is.EqualTo(None));
        Assert.That(second.Next(pid), Is.EqualTo("SIGSTOP"));
        Assert.That(second.Ptrace(PT_DETACH, pid, SamePc), Is.EqualTo(None));
        var parent = machine.Kernel.Find(pid)!.Parent;
        return parent == machine.Kernel.Init ? "init's" : parent == first.Process ? "the first's" : "the second's";
    }

    [Rule("5.3 DETACH when the parent is gone and the child has a reaper", "init's", "the debugger's", "init's", "the reaper's", "the reaper's")]
    public object Reaper(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var (debugger, reaper) = (new GuestDebugger(machine), new GuestDebugger(machine));
        var pid = StartOrphan(machine, debugger, reaper.Process);
        Assert.That(debugger.Ptrace(PT_DETACH, pid, SamePc), Is.EqualTo(None));
        var parent = machine.Kernel.Find(pid)!.Parent;
        return parent == machine.Kernel.Init ? "init's" : parent == reaper.Process ? "the reaper's" : "the debugger's";
    }
}
