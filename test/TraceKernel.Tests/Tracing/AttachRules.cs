using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using TraceKernel.User;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>Becoming a tracee: PT_TRACE_ME and PT_ATTACH (sections 4, 5.1, 5.2 and 15).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class AttachRules
{
    [CommonRule("4 TRACE_ME", None, 1, "")]
    [Rule("4 TRACE_ME twice", None, None, None, EBUSY, EBUSY, 2, "")]
    [Rule("4 TRACE_ME of a child of init", None, None, None, EPERM, EPERM, 1, "init")]
    [Rule("4 TRACE_ME in execve", None, EAGAIN, None, None, None, 1, "in execve")]
    public object Trace_me(string kernel, int times, string state)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        if (state == "init") Family.Reparent(guest.Process, machine.Kernel.Init, setOriginalParent: true);
        if (state == "in execve") guest.Process.Flags |= ProcessFlags.InExec;
        var error = None;
        for (var i = 0; i < times; i++) error = guest.Ptrace(PT_TRACE_ME, 4711);
        Assert.That(guest.Process.IsTraced, Is.EqualTo(error == None || times > 1));
        return error;
    }

    [Rule("5.1 TRACE_ME of a vfork child: its parent is the debugger, and waits", false, false, true, true, true)]
    public object Trace_me_after_vfork(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        guest.Process.Flags |= ProcessFlags.ParentWaits;
        guest.Ptrace(PT_TRACE_ME, 0);
        return guest.Process.Has(ProcessFlags.ParentTraces);
    }

    [CommonRule("5.1 TRACE_ME changes no parent and stops nothing", "same parent, nothing")]
    public object Trace_me_does_no_more(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        guest.Ptrace(PT_TRACE_ME, 0);
        var parent = guest.Process.Parent.Pid == machine.Calls.Pid ? "same" : "another";
        return $"{parent} parent, {Observation.Next(machine, machine.Calls, guest.Pid)}";
    }

    // The exec of a program that traced itself: an event, or a signal that is queued like any other.
    [Rule("5.1 the first stop of a program that traced itself", "SIGTRAP", "SIGTRAP", "SIGTRAP SCX|EXEC", "SIGTRAP SCX|EXEC", "SIGTRAP SCX|EXEC",
        Recollected = "freebsd-5 dragonfly")]
    public object Exec_stop(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", traced: true, "exit");
        var report = Observation.Next(machine, machine.Calls, pid);
        var info = new byte[ptrace_lwpinfo.Bytes];
        return machine.Calls.Ptrace(PT_LWPINFO, pid, info, 12) == None ? $"{report} {Observation.Flags(BitConverter.ToInt32(info, 8))}" : report;
    }

    [CommonRule("4 ATTACH self", EINVAL)]
    public object Attach_self(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        return guest.Ptrace(PT_ATTACH, guest.Pid);
    }

    [CommonRule("4 ATTACH what the caller itself traces", EBUSY)]
    public object Attach_twice(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        return guest.Ptrace(PT_ATTACH, guest.Attach("target.O2", "sleep"));
    }

    [CommonRule("4 two debuggers: the second is refused", EBUSY)]
    public object Attach_what_another_debugger_traces(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "sleep");
        using var other = HostProcess.TryCreate(tracee.Machine.Kernel, "other")!;
        return other.Calls.Ptrace(PT_ATTACH, tracee.Pid, 0, 0);
    }

    [CommonRule("4 ATTACH one's own debugger", EINVAL)]
    public object Attach_an_ancestor(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var (debugger, child) = (new GuestDebugger(machine), new GuestDebugger(machine));
        Assert.That(debugger.Ptrace(PT_ATTACH, child.Pid), Is.EqualTo(None));
        Assert.That(debugger.Next(child.Pid), Is.EqualTo("SIGSTOP"));
        return child.Ptrace(PT_ATTACH, debugger.Pid);
    }

    [Rule("3 ATTACH by thread id", "ESRCH", "ESRCH", "SIGSTOP", "SIGSTOP", "SIGSTOP")]
    public object Attach_by_thread(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = machine.Start("target.O2", false, "spin");
        var error = guest.Ptrace(PT_ATTACH, machine.Kernel.Find(pid)!.FirstThread.Tid);
        return error == None ? guest.Next(pid) : error.ToString();
    }

    [CommonRule("5.2 ATTACH to a running program", "0 SIGSTOP", "spin")]
    [CommonRule("5.2 ATTACH to a sleeping program", "0 SIGSTOP", "sleep")]
    public object Attach(string kernel, string what)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = machine.Start("target.O2", false, what);
        machine.Run(1000);
        Assert.That(guest.Ptrace(PT_ATTACH, pid, 77, 12345), Is.EqualTo(None), "its address and data are ignored");
        return $"{guest.Value} {guest.Next(pid)}";
    }

    [Rule("5.2 ATTACH while a lower signal is pending", "SIGINT SIGSTOP", "SIGSTOP SIGINT", "SIGINT SIGSTOP", "SIGSTOP SIGINT", "SIGSTOP SIGINT")]
    public object Attach_with_a_signal_pending(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", false, "spin");
        Assert.That(machine.Calls.Kill(pid, SIGINT), Is.EqualTo(None));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        var first = Observation.Next(machine, machine.Calls, pid);
        Assert.That(machine.Calls.Ptrace(PT_CONTINUE, pid, SamePc, 0), Is.EqualTo(None));
        return $"{first} {Observation.Next(machine, machine.Calls, pid)}";
    }

    // freebsd-11 may lose the SIGSTOP to the thread that wakes from its old stop; it is delivered here (section 23).
    [Rule("5.2 ATTACH to a stopped process", "nothing", "nothing", "SIGSTOP", "SIGSTOP", "SIGSTOP")]
    public object Attach_to_a_stopped_process(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", false, "spin");
        machine.Calls.Kill(pid, SIGTSTP);
        Assert.That(Observation.Next(machine, machine.Calls, pid), Is.EqualTo("SIGTSTP"));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    // The process runs on in the older ones; any signal then brings the first stop.
    [Rule("5.2 a signal after ATTACH to a stopped process", "SIGUSR1", "SIGUSR1", "SIGSTOP", "SIGSTOP", "SIGSTOP")]
    public object A_signal_after_attaching_to_a_stopped_process(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", false, "spin");
        machine.Calls.Kill(pid, SIGSTOP);
        Assert.That(Observation.Next(machine, machine.Calls, pid), Is.EqualTo("SIGSTOP"));
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, pid, 0, 0), Is.EqualTo(None));
        Assert.That(machine.Calls.Kill(pid, SIGUSR1), Is.EqualTo(None));
        return Observation.Next(machine, machine.Calls, pid);
    }

    [Rule("5.2 the parent of an attached process waits for it", "ECHILD", "ECHILD", "nothing", "nothing", "nothing", Recollected = "freebsd-5 dragonfly")]
    public object Orphans(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("target.O2", "sleep");
        return Observation.Next(machine, machine.Calls, pid);
    }

    [Rule("15 the end of an attached process: its debugger and its parent", "exit 4, exit 4", "exit 4, exit 4", "exit 4, exit 4", "exit 4, exit 4",
        "exit 4, exit 4", Recollected = "freebsd-5 dragonfly")]
    public object Two_waits(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = machine.Start("target.O2", false, "exit", "4");
        guest.Ptrace(PT_ATTACH, pid);
        Assert.That(guest.Next(pid), Is.EqualTo("SIGSTOP"));
        guest.Ptrace(PT_CONTINUE, pid, SamePc);
        return $"{guest.Next(pid)}, {Observation.Next(machine, machine.Calls, pid)}";
    }

    [Rule("15 getppid of an attached process", "the debugger", "the debugger", "the debugger", "its parent", "its parent",
        Recollected = "freebsd-5 dragonfly freebsd-11")]
    public object Getppid(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var pid = guest.Attach("target.O2", "sleep");
        var call = new TraceKernel.Syscalls.SystemCall(machine.Kernel.Find(pid)!.FirstThread);
        Assert.That(TraceKernel.Syscalls.ProcessCalls.GetParentPid(call), Is.EqualTo(None));
        return (int)call.Value == guest.Pid ? "the debugger" : "its parent";
    }
}
