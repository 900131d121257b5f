using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>What a tracee reports besides signals, and how that is asked for (sections 5.6, 8 and 16).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class EventRules
{
    [LaterRule("4 CLEARSTEP of one's own", None, PT_CLEARSTEP)]
    [Rule("4 CLEARSTEP of one's own on kernels without it", EINVAL, EINVAL, null, null, null, PT_CLEARSTEP)]
    [LaterRule("4 SETSTEP of one's own", EPERM, PT_SETSTEP)]
    public object Own_thread(string kernel, int request)
    {
        using var machine = new TestMachine(kernel: kernel);
        var guest = new GuestDebugger(machine);
        var byPid = guest.Ptrace(request, guest.Pid);
        if (Column(kernel) >= 2) Assert.That(guest.Ptrace(request, guest.Process.FirstThread.Tid), Is.EqualTo(byPid));
        return byPid;
    }

    private static int Column(string kernel) => RuleAttribute.Kernels.ToList().IndexOf(kernel);

    [LaterRule("5.6 SETSTEP steps at the next resume", "SIGTRAP", true, false)]
    [LaterRule("5.6 CLEARSTEP disarms it", "exit 4", true, true)]
    [LaterRule("5.6 without it nothing steps", "exit 4", false, false)]
    public object Step(string kernel, bool set, bool clear)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        if (set) Assert.That(tracee.Request(PT_SETSTEP), Is.EqualTo(None));
        if (clear) Assert.That(tracee.Request(PT_CLEARSTEP), Is.EqualTo(None));
        tracee.Continue();
        return tracee.Next();
    }

    [LaterRule("5.6 SUSPEND twice is undone by RESUME once", "exit 4")]
    public object Suspend_twice(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        foreach (var request in (int[])[PT_SUSPEND, PT_SUSPEND, PT_RESUME]) Assert.That(tracee.Request(request), Is.EqualTo(None));
        tracee.Continue();
        return tracee.Next();
    }

    // The creating call's, whose end its first stop is.
    [RecentRule("5.6 GET_SC_ARGS and GET_SC_RET at a fork child's first stop", "None None")]
    public object Call_of_a_child(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "fork");
        Assert.That(tracee.Request(PT_FOLLOW_FORK, 0, 1), Is.EqualTo(None));
        tracee.Continue();
        var child = 0;
        while (child == 0)
        {
            Assert.That(tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WTRAPPED | Abi.Wait.WEXITED, out var found, out _, out _), Is.EqualTo(None));
            if (found != tracee.Pid) child = found;
        }
        var image = new byte[64];
        return $"{tracee.Calls.Ptrace(PT_GET_SC_ARGS, child, image, 64)} {tracee.Calls.Ptrace(PT_GET_SC_RET, child, image, 24)}";
    }

    [Rule("16.2 fork that is followed", null, null, "SIGSTOP of the child, SIGTRAP of the parent", "both", "both", PT_FOLLOW_FORK, 1)]
    [Rule("16.2 fork that is not followed any more", null, null, "none", "none", "none", PT_FOLLOW_FORK, 0)]
    public object Follow_fork(string kernel, int request, int on)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "fork");
        Assert.That(tracee.Request(request, 0, 1), Is.EqualTo(None));
        Assert.That(tracee.Request(request, 0, on), Is.EqualTo(None));
        tracee.Continue();
        var found = tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WTRAPPED | Abi.Wait.WEXITED, out var first, out var status, out _);
        Assert.That(found, Is.EqualTo(None));
        if (!Abi.Wait.WIFSTOPPED(status)) return Abi.Wait.WEXITSTATUS(status) == 1 ? "none" : "?";
        tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WTRAPPED | Abi.Wait.WEXITED, out var second, out var next, out _);
        var (child, parent) = first == tracee.Pid ? (next, status) : (status, next);
        Assert.That((Abi.Wait.WSTOPSIG(child), Abi.Wait.WSTOPSIG(parent)), Is.EqualTo((SIGSTOP, SIGTRAP)));
        Assert.That(tracee.Info().pl_child_pid, Is.EqualTo(first == tracee.Pid ? second : first));
        Assert.That(tracee.Info().pl_flags & PL_FLAG_FORKED, Is.Not.Zero);
        // Either may come first since the child is attached when it is made.
        if (Column(kernel) >= 3) return "both";
        return first == tracee.Pid ? "SIGTRAP of the parent, SIGSTOP of the child" : "SIGSTOP of the child, SIGTRAP of the parent";
    }

    [Rule("16.2 flags of a followed fork", null, null, "SCX|FORKED, SCX|CHILD", "SCX|FORKED, SCX|CHILD", "SCX|FORKED, SCX|CHILD", "fork")]
    [Rule("16.2 flags of a followed vfork", null, null, "SCX|FORKED, SCX|CHILD", "SCX|FORKED|VFORKED, SCX|CHILD", "SCX|FORKED|VFORKED, SCX|CHILD", "vfork")]
    public object Fork_flags(string kernel, string what)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", what);
        Assert.That(tracee.Request(PT_FOLLOW_FORK, 0, 1), Is.EqualTo(None));
        tracee.Continue();
        var flags = new Dictionary<bool, int>();
        for (var i = 0; i < 2; i++)
        {
            Assert.That(tracee.Calls.Wait6(Abi.Wait.P_ALL, 0, Abi.Wait.WTRAPPED, out var pid, out _, out _), Is.EqualTo(None));
            var info = new byte[ptrace_lwpinfo.Bytes];
            Assert.That(tracee.Calls.Ptrace(PT_LWPINFO, pid, info, 128), Is.EqualTo(None));
            flags[pid == tracee.Pid] = BitConverter.ToInt32(info, 8) & ~PL_FLAG_SI;
        }
        return $"{Observation.Flags(flags[true])}, {Observation.Flags(flags[false])}";
    }

    // The older ones tell of the child's end, a signal that the program ignores (SignalRules.Ignored).
    [Rule("16.2 fork: nobody asked", "SIGCHLD", "SIGCHLD", "exit 1", "exit 1", "exit 1", "fork")]
    [Rule("16.2 vfork: nobody asked", "SIGCHLD", "SIGCHLD", "exit 1", "exit 1", "exit 1", "vfork")]
    public object Fork_that_nobody_follows(string kernel, string what)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", what);
        tracee.Continue();
        return tracee.Next();
    }

    [Rule("16.4 execve of a tracee", "SIGTRAP", "SIGTRAP", "SIGTRAP SCX|EXEC", "SIGTRAP SCX|EXEC", "SIGTRAP SCX|EXEC", Recollected = "freebsd-5 dragonfly")]
    public object Exec(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "exec");
        tracee.Continue();
        var report = tracee.Next();
        return Column(kernel) < 2 ? report : $"{report} {Observation.Flags(tracee.Info().pl_flags & ~PL_FLAG_SI)}";
    }

    [RecentRule("16.3 threads that are reported", "SIGSTOP SI, SIGTRAP SCX|BORN, SIGTRAP SCX|BORN", true)]
    [RecentRule("16.3 threads that are not", "SIGSTOP SI, nothing", false)]
    public object Thread(string kernel, bool events)
    {
        using var tracee = Tracee.On(kernel, "traced.O2", "threads");
        Assert.That(tracee.Request(PT_LWP_EVENTS, 0, 1), Is.EqualTo(None));
        if (!events) Assert.That(tracee.Request(PT_LWP_EVENTS, 0, 0), Is.EqualTo(None));
        tracee.Continue();
        var seen = new List<string> { tracee.NextEvent() };
        while (seen.Count < 3 && seen[^1] != "nothing")
        {
            tracee.Continue();
            seen.Add(tracee.NextEvent());
        }
        return string.Join(", ", seen);
    }

    [RecentRule("16.2 VFORK_DONE", "SIGTRAP VFORK_DONE, exit 1", PTRACE_VFORK)]
    [RecentRule("16.4 events that nobody wants", "exit 1", 0)]
    public object Vfork_done(string kernel, int mask)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "vfork");
        tracee.Events = mask;
        tracee.Continue();
        return tracee.Events();
    }

    [RecentRule("5.1 the event mask begins with EXEC", "None 1", -1, 4)]
    [RecentRule("5.6 SET_EVENT_MASK of all bits", "None 63", 63, 4)]
    [RecentRule("5.6 SET_EVENT_MASK of none", "None 0", 0, 4)]
    [RecentRule("5.6 SET_EVENT_MASK of an unknown bit", "EINVAL 1", 64, 4)]
    [RecentRule("5.6 SET_EVENT_MASK of an unknown bit among others", "EINVAL 1", 0x41, 4)]
    [RecentRule("5.6 SET_EVENT_MASK of a wrong size", "EINVAL 1", 63, 8)]
    public object Mask(string kernel, int mask, int size)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        var image = new byte[8];
        BitConverter.TryWriteBytes(image, mask);
        var error = mask < 0 ? None : tracee.Calls.Ptrace(PT_SET_EVENT_MASK, tracee.Pid, image, size);
        return $"{error} {tracee.Events}";
    }

    [RecentRule("5.6 FOLLOW_FORK sets FORK", PTRACE_EXEC | PTRACE_FORK, PT_FOLLOW_FORK, 5)]
    [RecentRule("5.6 FOLLOW_FORK 0 clears it", PTRACE_EXEC, PT_FOLLOW_FORK, 0)]
    [RecentRule("5.6 LWP_EVENTS sets LWP", PTRACE_EXEC | PTRACE_LWP, PT_LWP_EVENTS, -1)]
    [RecentRule("5.6 LWP_EVENTS 0 clears it", PTRACE_EXEC, PT_LWP_EVENTS, 0)]
    public object Toggle(string kernel, int request, int on)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        Assert.That(tracee.Request(request, 0, 1), Is.EqualTo(None));
        Assert.That(tracee.Request(request, 0, on), Is.EqualTo(None));
        return tracee.Events;
    }

    [Rule("5.6 LWP_EVENTS", EINVAL, EINVAL, EINVAL, None, None, PT_LWP_EVENTS)]
    [Rule("5.6 FOLLOW_FORK", EINVAL, EINVAL, None, None, None, PT_FOLLOW_FORK)]
    public object Exists(string kernel, int request)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        return tracee.Request(request, 0, 1);
    }

    // getpid; kill(pid, 0); close(99).
    [RecentRule("5.6 GET_SC_ARGS and GET_SC_RET of system calls", "20() = 0, 37(pid, 0) = 0, 6(99) error 9")]
    public object System_calls(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        var calls = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            Assert.That(tracee.Request(PT_TO_SCX, SamePc), Is.EqualTo(None));
            Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
            var info = tracee.Info();
            var arguments = new ulong[8];
            Assert.That(tracee.Calls.Ptrace(PT_GET_SC_ARGS, tracee.Pid, MemoryMarshal.AsBytes(arguments.AsSpan()), 64), Is.EqualTo(None));
            var result = default(ptrace_sc_ret);
            Assert.That(tracee.Request(PT_GET_SC_RET, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(None));
            var shown = arguments.Take((int)info.pl_syscall_narg).Select(value => value == (ulong)tracee.Pid ? "pid" : $"{value}");
            var value = result.sr_retval0 == (ulong)tracee.Pid ? 0 : result.sr_retval0;
            calls.Add($"{info.pl_syscall_code}({string.Join(", ", shown)})" + (result.sr_error != 0 ? $" error {result.sr_error}" : $" = {value}"));
        }
        return string.Join(", ", calls);
    }

    [RecentRule("5.6 GET_SC_ARGS at a signal stop", EINVAL, PT_GET_SC_ARGS, 0)]
    [RecentRule("5.6 GET_SC_RET at a signal stop", EINVAL, PT_GET_SC_RET, 0)]
    [RecentRule("5.6 GET_SC_ARGS at the entry of a call", None, PT_GET_SC_ARGS, PT_TO_SCE)]
    [RecentRule("5.6 GET_SC_RET at the entry of a call", EINVAL, PT_GET_SC_RET, PT_TO_SCE)]
    [RecentRule("5.6 GET_SC_ARGS at the end of a call", None, PT_GET_SC_ARGS, PT_TO_SCX)]
    [RecentRule("5.6 GET_SC_RET at the end of a call", None, PT_GET_SC_RET, PT_TO_SCX)]
    public object Where_system_calls_are_known(string kernel, int request, int resume)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        if (resume != 0)
        {
            Assert.That(tracee.Request(resume, SamePc), Is.EqualTo(None));
            Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        }
        return tracee.Calls.Ptrace(request, tracee.Pid, new byte[64], 24);
    }

    // exit's argument is changed at the entry: what PT_SETREGS writes is fetched again.
    [LaterRule("9 a call whose registers are set at its entry is fetched again", "exit 9", true)]
    [LaterRule("9 a call whose registers are not set goes on as it was", "exit 4", false)]
    public object Fetched_again(string kernel, bool write)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        Assert.That(tracee.Request(PT_TO_SCE, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        var registers = tracee.GetRegs();
        registers[8] = 9;
        if (write) Assert.That(tracee.Request(PT_SETREGS, ref registers), Is.EqualTo(None));
        tracee.Continue();
        return tracee.Next();
    }

    // The program counter is set first: a kernel whose machine cannot do that asks for no event either.
    [Rule("5.3 SYSCALL with an address on arm64", null, null, "EDOOFUS, exit 4", "None, SIGSEGV", "None, SIGSEGV")]
    public object Refused_address(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel, cpu: "arm64");
        using var tracee = Tracee.In(machine, "target.O2", "exit", "4");
        var error = tracee.Request(PT_SYSCALL, 0x1234_5000);
        if (error != None) tracee.Continue();
        return $"{error}, {tracee.Next()}";
    }

    // freebsd-11 has p_stops and P_FOLLOWFORK, which nobody touches; afterwards it is EBUSY.
    [LaterRule("5.1 TRACE_ME of a tracee leaves the events that are asked for", PTRACE_EXEC | PTRACE_SYSCALL | PTRACE_FORK)]
    public object Trace_me_again(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        Assert.That(tracee.Request(PT_FOLLOW_FORK, 0, 1), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_SYSCALL, SamePc), Is.EqualTo(None));
        new GuestDebugger(tracee.Machine, tracee.Pid).Ptrace(PT_TRACE_ME, 0);
        return tracee.Process.TraceEvents;
    }
}
