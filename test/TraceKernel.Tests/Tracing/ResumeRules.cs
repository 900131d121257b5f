using NUnit.Framework;
using TraceKernel.Processes;
using TraceKernel.Signals;
using TraceKernel.Tests.Kernels;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Tracing;

/// <summary>Letting a tracee go on: PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL and PT_KILL (sections 5.3 to 5.5).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class ResumeRules
{
    /// <summary>Nothing is mapped there.</summary>
    private const ulong Nowhere = 0x1234_5000;

    private static string Continue(Tracee tracee, int request, ulong address, int signal)
    {
        var error = tracee.Request(request, address, signal);
        return error == None ? tracee.Next() : error.ToString();
    }

    [CommonRule("5.3 CONTINUE with signal -1", "EINVAL", PT_CONTINUE, -1)]
    [CommonRule("5.3 CONTINUE with signal 129", "EINVAL", PT_CONTINUE, 129)]
    [CommonRule("5.3 CONTINUE with the least number", "EINVAL", PT_CONTINUE, int.MinValue)]
    [CommonRule("5.3 DETACH with signal -1", "EINVAL", PT_DETACH, -1)]
    [CommonRule("5.3 DETACH with signal 129", "EINVAL", PT_DETACH, 129)]
    // What freebsd-5 does with such a number after PT_STEP its source does not say: no signal, here.
    [Rule("5.3 STEP with signal -1", "SIGTRAP", "EINVAL", "EINVAL", "EINVAL", "EINVAL", PT_STEP, -1)]
    [Rule("5.3 STEP with signal 129", "SIGTRAP", "EINVAL", "EINVAL", "EINVAL", "EINVAL", PT_STEP, 129)]
    [LaterRule("5.3 TO_SCE with signal 129", "EINVAL", PT_TO_SCE, 129)]
    [LaterRule("5.3 TO_SCX with signal -1", "EINVAL", PT_TO_SCX, -1)]
    [LaterRule("5.3 SYSCALL with signal 129", "EINVAL", PT_SYSCALL, 129)]
    // dragonfly stands in a stop that no thread went to by itself: the number is looked at, and then lost.
    [Rule("5.3 CONTINUE with signal 33", "killed by SIGLIBRT", "exit 0", "killed by SIGLIBRT", "killed by SIGLIBRT", "killed by SIGLIBRT", PT_CONTINUE, 33)]
    [Rule("5.3 CONTINUE with signal 34", "killed by SIG34", "exit 0", "killed by SIG34", "killed by SIG34", "killed by SIG34", PT_CONTINUE, 34)]
    [Rule("5.3 CONTINUE with signal 64", "killed by SIG64", "exit 0", "killed by SIG64", "killed by SIG64", "killed by SIG64", PT_CONTINUE, 64)]
    [Rule("5.3 CONTINUE with signal 65", "killed by SIGRTMIN", "exit 0", "killed by SIGRTMIN", "killed by SIGRTMIN", "killed by SIGRTMIN", PT_CONTINUE, 65)]
    [Rule("5.3 CONTINUE with signal 128", "killed by SIG128", "exit 0", "killed by SIG128", "killed by SIG128", "killed by SIG128", PT_CONTINUE, 128)]
    [Rule("5.3 DETACH with signal 128", "exit 0", "exit 0", "killed by SIG128", "killed by SIG128", "killed by SIG128", PT_DETACH, 128)]
    [Rule("5.3 STEP with signal 128", "killed by SIG128", "SIGTRAP", "killed by SIG128", "killed by SIG128", "killed by SIG128", PT_STEP, 128)]
    [CommonRule("5.3 CONTINUE with no signal", "exit 0", PT_CONTINUE, 0)]
    public object Signal(string kernel, int request, int signal)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, request, SamePc, signal);
    }

    [CommonRule("5.3 after a bad signal nothing has changed", "EINVAL, still stopped, exit 0", PT_CONTINUE)]
    [CommonRule("5.3 after a bad signal nothing is detached", "EINVAL, still stopped, exit 0", PT_DETACH)]
    [LaterRule("5.3 after a bad signal no event is asked for", "EINVAL, still stopped, exit 0", PT_SYSCALL)]
    public object Refused(string kernel, int request)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        var error = tracee.Request(request, Nowhere, 129);
        var stopped = tracee.Request(PT_READ_D, tracee.GetRegs()[Registers.Rsp]) == None ? "still stopped" : "gone";
        return $"{error}, {stopped}, {Continue(tracee, PT_CONTINUE, SamePc, 0)}";
    }

    [CommonRule("5.3 CONTINUE sets the pc", "SIGSEGV", PT_CONTINUE)]
    [Rule("5.3 STEP sets the pc", "SIGSEGV", "SIGSEGV", "SIGTRAP", "SIGTRAP", "SIGTRAP", PT_STEP)]
    [Rule("5.3 DETACH sets the pc", "killed by SIGSEGV", "killed by SIGSEGV", "exit 0", "exit 0", "exit 0", PT_DETACH)]
    [LaterRule("5.3 TO_SCE sets the pc", "SIGSEGV", PT_TO_SCE)]
    [LaterRule("5.3 TO_SCX sets the pc", "SIGSEGV", PT_TO_SCX)]
    [LaterRule("5.3 SYSCALL sets the pc", "SIGSEGV", PT_SYSCALL)]
    [Rule("5.5 KILL sets no pc", "killed by SIGKILL", "exit 0", "killed by SIGKILL", "killed by SIGKILL", "killed by SIGKILL", PT_KILL)]
    public object Program_counter(string kernel, int request)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, request, Nowhere, 0);
    }

    [Rule("5.3 DETACH to NULL goes there", "killed by SIGSEGV", "killed by SIGSEGV", "exit 0", "exit 0", "exit 0")]
    public object Detach_to_null(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, PT_DETACH, 0, 0);
    }

    [CommonRule("5.3 any pc is taken, and faults later", "SIGSEGV", 0x7ead_0000_0000UL)]
    [CommonRule("5.3 a pc that is no address is taken", "SIGBUS", 0x8000_0000_0000_0000UL)]
    public object Any_program_counter(string kernel, ulong address)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, PT_CONTINUE, address, 0);
    }

    [CommonRule("5.3 STEP takes one instruction", 1L)]
    public object One_instruction(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        var before = tracee.Machine.Kernel.Scheduler.Retired;
        Assert.That(Continue(tracee, PT_STEP, SamePc, 0), Is.EqualTo("SIGTRAP"));
        return tracee.Machine.Kernel.Scheduler.Retired - before;
    }

    [LaterRule("5.3 setting the pc does not count as writing registers", false, PT_CONTINUE)]
    public object No_user_write(string kernel, int request)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(tracee.Request(PT_TO_SCE, SamePc), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        var lwp = tracee.Process.FirstThread;
        Assert.That(tracee.Request(request, tracee.GetRegs()[Registers.Rip]), Is.EqualTo(None));
        return lwp.Has(DebugFlags.UserWrite);
    }

    [LaterRule("5.3 TO_SCE stays", "SCE SCE SCE", PT_TO_SCE)]
    [LaterRule("5.3 TO_SCX stays", "SCX SCX SCX", PT_TO_SCX)]
    [LaterRule("5.3 SYSCALL stays", "SCE SCX SCE", PT_SYSCALL)]
    public object Sticky(string kernel, int request)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        var seen = new List<string>();
        for (var resume = request; seen.Count < 3; resume = PT_CONTINUE)
        {
            Assert.That(Continue(tracee, resume, SamePc, 0), Is.EqualTo("SIGTRAP"));
            seen.Add(Observation.Flags(tracee.Info().pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)));
        }
        return string.Join(' ', seen);
    }

    [Rule("5.5 KILL at the stop of a SIGSTOP", "killed by SIGKILL", "exit 0", "killed by SIGKILL", "killed by SIGKILL", "killed by SIGKILL")]
    public object Kill(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, PT_KILL, 77, 12345);
    }

    [Rule("5.5 KILL at the exec stop", "killed by SIGKILL", "killed by SIGKILL", "exit 4", "killed by SIGKILL", "killed by SIGKILL", PT_KILL, 0)]
    [Rule("5.4 SIGTERM given at the exec stop", "killed by SIGTERM", "killed by SIGTERM", "exit 4", "killed by SIGTERM", "killed by SIGTERM", PT_CONTINUE, SIGTERM)]
    [Rule("5.4 SIGKILL given at the exec stop", "killed by SIGKILL", "killed by SIGKILL", "exit 4", "killed by SIGKILL", "killed by SIGKILL", PT_CONTINUE, SIGKILL)]
    public object At_the_exec_stop(string kernel, int request, int signal)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "exit", "4");
        return Continue(tracee, request, SamePc, signal);
    }

    [LaterRule("5.4 nothing given at a system call stop", "SIGTRAP", PT_CONTINUE, 0)]
    [Rule("5.5 KILL at a system call stop", null, null, "SIGTRAP", "killed by SIGKILL", "killed by SIGKILL", PT_KILL, 0)]
    [Rule("5.4 SIGKILL given at a system call stop", null, null, "SIGTRAP", "killed by SIGKILL", "killed by SIGKILL", PT_CONTINUE, SIGKILL)]
    public object At_a_system_call_stop(string kernel, int request, int signal)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(Continue(tracee, PT_SYSCALL, SamePc, 0), Is.EqualTo("SIGTRAP"));
        return Continue(tracee, request, SamePc, signal);
    }

    // getpid, kill and close, each with a way in and one out; SIGUSR1's handler ends the program with 30.
    [Rule("5.4 a signal given at a system call stop", null, null, "SIGTRAP SCX, SIGTRAP SCE, SIGTRAP SCX, SIGTRAP SCE, SIGTRAP SCX, SIGTRAP SCE, exit 4",
        "SIGTRAP SCX, SIGTRAP SCE, exit 30", "SIGTRAP SCX, SIGTRAP SCE, exit 30")]
    public object Signal_at_a_system_call_stop(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "calls");
        Assert.That(Continue(tracee, PT_SYSCALL, SamePc, 0), Is.EqualTo("SIGTRAP"));
        tracee.Continue(SIGUSR1);
        // A stop of a system call shows no signal, stale or not.
        return tracee.Events().Replace("|SI", "", StringComparison.Ordinal);
    }

    // dragonfly: nobody reads what is given at such a stop (SignalRules.Answer).
    [Rule("5.4 another signal given at the stop of a SIGSTOP", "killed by SIGTERM", "exit 0", "killed by SIGTERM", "killed by SIGTERM", "killed by SIGTERM", SIGTERM)]
    [CommonRule("5.4 SIGSTOP handed back is swallowed", "exit 0", SIGSTOP)]
    [CommonRule("5.4 an ignored signal given at a signal stop is dropped", "exit 0", SIGURG)]
    [Rule("5.4 SIGKILL given at the stop of a SIGSTOP", "killed by SIGKILL", "exit 0", "killed by SIGKILL", "killed by SIGKILL", "killed by SIGKILL", SIGKILL)]
    public object At_a_signal_stop(string kernel, int signal)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        return Continue(tracee, PT_CONTINUE, SamePc, signal);
    }

    // The next stop clears it where the resume does not.
    [Rule("5.4 after a resume the stop counts as waited for", true, true, false, false, false)]
    public object Waited(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        tracee.Continue();
        return tracee.Process.Has(ProcessFlags.Waited);
    }

    [CommonRule("5.4 the next stop must be waited for", EBUSY)]
    public object Not_waited(string kernel)
    {
        using var tracee = Tracee.On(kernel, "target.O2", "spin");
        tracee.Continue();
        tracee.Kill(SIGUSR1);
        tracee.Machine.Run(100_000);
        Assert.That(tracee.Process.Has(ProcessFlags.StoppedTrace));
        return tracee.Request(PT_CONTINUE, SamePc);
    }

    [Rule("5.4 CONTINUE of another thread than the reporting one", null, null, "SIGUSR2 again", "goes on", "goes on")]
    public object Another_thread(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        tracee.Continue();
        tracee.Kill(SIGUSR2);
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR2"));
        var reporter = tracee.Info().pl_lwpid;
        var other = tracee.Process.Threads.First(lwp => lwp.Tid != reporter);
        Assert.That(tracee.Calls.Ptrace(PT_CONTINUE, other.Tid, SamePc, 0), Is.EqualTo(None));
        return tracee.Next() == "SIGUSR2" ? "SIGUSR2 again" : "goes on";
    }

    [Rule("5.3 which thread CONTINUE's pc is for: by pid", "the first", "the first", "the reporter", "the reporter", "the reporter", false)]
    [LaterRule("5.3 which thread CONTINUE's pc is for: by thread id", "the one named", true)]
    public object Which_thread(string kernel, bool byThread)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        tracee.Continue();
        tracee.Machine.Run(10_000);
        // Sent to the thread that is not the first.
        var reporter = tracee.Process.Threads[1];
        reporter.PostSignal(SIGUSR2);
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR2"));
        var named = byThread ? tracee.Process.Threads[2] : null;
        Assert.That(tracee.Calls.Ptrace(PT_CONTINUE, named?.Tid ?? tracee.Pid, Nowhere, 0), Is.EqualTo(None));
        var moved = tracee.Process.Threads.Single(lwp => lwp.Cpu.Pc == Nowhere);
        return moved == named ? "the one named" : moved == reporter ? "the reporter" : "the first";
    }

    [LaterRule("5.6 SUSPEND, CONTINUE: the others run", "others run, it does not", 1)]
    [LaterRule("5.6 SUSPEND, RESUME, CONTINUE: all run", "all run", 2)]
    public object Suspended(string kernel, int steps)
    {
        using var tracee = Tracee.ReadyOn(kernel, "traced.O2", "threads");
        var held = tracee.Process.Threads[1];
        Assert.That(tracee.Calls.Ptrace(PT_SUSPEND, held.Tid, 0, 0), Is.EqualTo(None));
        Assert.That(tracee.Calls.Ptrace(PT_SUSPEND, held.Tid, 0, 0), Is.EqualTo(None), "twice is once");
        if (steps == 2) Assert.That(tracee.Calls.Ptrace(PT_RESUME, held.Tid, 0, 0), Is.EqualTo(None));
        tracee.Continue();
        tracee.Machine.Run(10_000);
        var others = tracee.Process.Threads.Where(lwp => lwp != held).All(lwp => !lwp.Suspended);
        return (others, held.Suspended) switch
        {
            (true, true) => "others run, it does not",
            (true, false) => "all run",
            _ => "nobody runs",
        };
    }

    [LaterRule("5.6 all threads suspended: CONTINUE succeeds and nothing comes", "None nothing")]
    public object All_suspended(string kernel)
    {
        using var tracee = Tracee.ReadyOn(kernel, "target.O2", "map");
        Assert.That(tracee.Request(PT_SUSPEND), Is.EqualTo(None));
        return $"{tracee.Request(PT_CONTINUE, SamePc)} {tracee.Next()}";
    }
}
