using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;
using static TraceKernel.Signals.StopEvents;

namespace TraceKernel.Tests.Tracing;

/// <summary>stopevent: where a process waits for procfs, and what lets it go on (section 10).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class StopEventRules
{
    private const string No = "ENOTTY";
    private const string Older = "freebsd-5 dragonfly freebsd-11";

    private static string Describe(Process process)
    {
        var (state, events, why, value) = Look(process);
        return state == 1 ? "runs" : $"at {why:x} of {events:x}: {value}";
    }

    /// <summary>A program that has just begun, with a mask; null: there is no such thing.</summary>
    private static Process? Begin(TestMachine machine, string program, string argument, int events)
    {
        var pid = machine.Start(program, traced: false, argument.Split(' '));
        var process = machine.Kernel.Find(pid)!;
        return Set(process, events) == Errno.None ? process : null;
    }

    // target exit: exit(4) is its only call; target yield: sched_yield(2) without arguments, number 331.
    [Rule("10 stopevent: no event is wanted", "runs", "runs", "runs", No, No, "exit 4", 0)]
    [Rule("10 stopevent: S_SCE at a system call, with its number of arguments", "at 4 of 4: 1", "at 4 of 4: 1", "at 4 of 4: 1", No, No, "exit 4", S_SCE)]
    [Rule("10 stopevent: S_EXIT, with the status", "at 20 of 20: 1024", "at 20 of 20: 1024", "at 20 of 20: 1024", No, No, "exit 4", S_EXIT)]
    [Rule("10 stopevent: S_SCX after a system call, with its number", "at 8 of 8: 331", "at 8 of 8: 331", "at 8 of 8: 331", No, No, "yield", S_SCX, Recollected = Older)]
    [Rule("10 stopevent: of several the first to come", "at 4 of 2c: 1", "at 4 of 2c: 1", "at 4 of 2c: 1", No, No, "exit 4", S_SCE | S_SCX | S_EXIT)]
    public object Events(string kernel, string argument, int events)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", argument, events) is not { } process) return No;
        machine.Run(100_000);
        return Describe(process);
    }

    [Rule("10 stopevent: S_SIG at a signal", "at 2 of 2: 30", "at 2 of 2: 30", "at 2 of 2: 30", No, No, SIGUSR1, S_SIG)]
    [Rule("10 stopevent: S_SIG, and S_CORE before a core is dumped", "at 10 of 10: 0", "at 10 of 10: 0", "at 10 of 10: 0", No, No, SIGQUIT, S_CORE)]
    [Rule("10 stopevent: SIGKILL does not stop, and clears the mask", "gone", "gone", "gone", No, No, SIGKILL, S_SIG | S_EXIT)]
    public object Signals(string kernel, int signal, int events)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "spin", events) is not { } process) return No;
        Assert.That(machine.Calls.Kill(process.Pid, signal), Is.EqualTo(Errno.None));
        machine.Run(100_000);
        return process.IsZombie ? "gone" : Describe(process);
    }

    [Rule("10 stopevent: S_EXEC when a program has been executed", "at 1 of 1: 0", "at 1 of 1: 0", "at 1 of 1: 0", No, No)]
    public object Exec(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "traced.O2", "exec", S_EXEC) is not { } process) return No;
        // It raises SIGSTOP when it is ready.
        machine.Run(100_000);
        Assert.That(machine.Calls.Kill(process.Pid, SIGCONT), Is.EqualTo(Errno.None));
        machine.Run(100_000);
        return Describe(process);
    }

    [Rule("10 stopevent: PIOCCONT lets it go on", "exit 4", "exit 4", "exit 4", No, No, "exit 4", S_SCE, 0, 0)]
    [Rule("10 stopevent: PIOCCONT with a signal", "killed by SIGTERM", "killed by SIGTERM", "killed by SIGTERM", No, No, "yield", S_SCX, SIGTERM, 0,
        Recollected = Older)]
    [Rule("10 stopevent: SIGKILL frees who waits at one", "killed by SIGKILL", "killed by SIGKILL", "killed by SIGKILL", No, No, "yield", S_SCX, 0, SIGKILL)]
    [Rule("10 stopevent: other signals do not", "nothing", "nothing", "nothing", No, No, "yield", S_SCX, 0, SIGTERM)]
    public object Goes_on(string kernel, string argument, int events, int given, int sent)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", argument, events) is not { } process) return No;
        machine.Run(100_000);
        if (sent != 0) Assert.That(machine.Calls.Kill(process.Pid, sent), Is.EqualTo(Errno.None));
        else Continue(process, given);
        return Observation.Next(machine, machine.Calls, process.Pid);
    }

    [Rule("10 stopevent: PIOCBIC does not free who waits already", "at 4 of 0: 1", "at 4 of 0: 1", "at 4 of 0: 1", No, No, Recollected = Older)]
    public object Cleared(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "exit", S_SCE) is not { } process) return No;
        machine.Run(100_000);
        Clear(process, S_SCE);
        machine.Run(100_000);
        return Describe(process);
    }

    [Rule("10 stopevent: the last close frees it", "exit 4", "exit 4", "exit 4", No, No, Recollected = Older)]
    public object Closed(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "exit 4", S_SCE | S_EXIT) is not { } process) return No;
        machine.Run(100_000);
        Forget(process);
        return Observation.Next(machine, machine.Calls, process.Pid);
    }

    // dragonfly sets the state once; the others again at every wake-up that lets nobody go.
    [Rule("10 stopevent: the value after a wake-up in vain", "4", "77", "4", No, No)]
    public object Told_again(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        var pid = machine.Start("target.O2", traced: false, "exit");
        var process = machine.Kernel.Find(pid)!;
        if (Set(process, S_SCE) != Errno.None) return No;
        machine.Run(100_000);
        process.StopEvent = 77;
        machine.Kernel.Wakeup(process.StopEventChannel);
        machine.Run(100_000);
        return process.StopEvent.ToString();
    }

    // p_xstat is shared with wait(2); freebsd-11 has p_xsig, and the exit leaves it.
    [Rule("10 stopevent: S_EXIT and the signal that wait shows", 1024, 1024, 0, No, No)]
    public object Exit_status(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "exit 4", S_EXIT) is not { } process) return No;
        machine.Run(100_000);
        return process.XSig;
    }

    [Rule("10 stopevent: S_SCE and the reporting thread", "kept", "kept", "forgotten", No, No)]
    public object Reporter(string kernel)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "exit", S_SCE) is not { } process) return No;
        process.XThread = process.FirstThread;
        machine.Run(100_000);
        return process.XThread is null ? "forgotten" : "kept";
    }

    // p_stops of freebsd-11 holds the stops at system calls too (S_PT_SCE, S_PT_SCX), and PT_DETACH clears it.
    [Rule("10 stopevent: the mask of a tracee that PT_SYSCALL was used on", "20", "20", "30020", No, No, PT_SYSCALL)]
    [Rule("10 stopevent: the mask after PT_DETACH", "20", "20", "0", No, No, PT_DETACH)]
    public object Mask(string kernel, int request)
    {
        using var machine = new TestMachine(kernel: kernel);
        if (Begin(machine, "target.O2", "spin", S_EXIT) is not { } process) return No;
        Assert.That(machine.Calls.Ptrace(PT_ATTACH, process.Pid, 0, 0), Is.EqualTo(Errno.None));
        machine.Wait(process.Pid);
        machine.Calls.Ptrace(request, process.Pid, SamePc, 0);
        return Look(process).Events.ToString("x");
    }

    [Rule("10 stopevent: a stop at system calls that procfs takes away", null, null, "exit 4", null, null)]
    public object Taken_away(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(tracee.Request(PT_SYSCALL, SamePc), Is.EqualTo(Errno.None));
        Assert.That(Clear(tracee.Process, 0x30000), Is.EqualTo(Errno.None));
        return tracee.Next();
    }
}
