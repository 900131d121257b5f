using System.Runtime.InteropServices;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.Tests.Tracing;
using static TraceKernel.Abi.Errno;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Kernels;

/// <summary>The requests that FreeBSD does not have: docs/personalities.md.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceExtensionTests
{
    private const int NoSuchPid = 4711;

    /// <summary>What the guest's handlers and its sigwaitinfo(2) print of a record that nobody has changed.</summary>
    private const string Queued = "handler: signal 30, code 65538, value 42\n", Fault = "handler: signal 11, code 2, at hole + 100\n",
        Taken = "sigwaitinfo: signal 31, code 65538, value 7\n";

    private static readonly string[] Kernels = ["freebsd-11", "freebsd-13", "freebsd-14"];

    /// <summary>The guest that tells its siginfo, at its SIGUSR1.</summary>
    private static Tracee AtUsr1(string kernel, string cpu = "amd64")
    {
        var tracee = Tracee.In(new TestMachine(kernel: kernel, cpu: cpu), "siginfo.O2");
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGUSR1));
        return tracee;
    }

    private static Errno Set(Tracee tracee, siginfo info) => tracee.Request(PT_X_SETSIGINFO, ref info, siginfo.Bytes);

    /// <summary>Passes on every signal until the program ends.</summary>
    private static string RunToEnd(Tracee tracee)
    {
        for (var status = tracee.Wait(); Wait.WIFSTOPPED(status); status = tracee.Wait()) tracee.Continue(Wait.WSTOPSIG(status));
        return tracee.Machine.Output;
    }

    [TestCaseSource(nameof(Kernels))]
    public void The_handler_is_given_the_siginfo_that_was_set(string kernel)
    {
        foreach (var cpu in TestMachine.Cpus)
        {
            using var tracee = AtUsr1(kernel, cpu);
            var info = tracee.Info().pl_siginfo;
            Assert.That((info.si_code, info.si_value), Is.EqualTo((SI_QUEUE, 42)));
            Assert.That(Set(tracee, info with { si_code = -5, si_value = 99 }), Is.EqualTo(None));
            Assert.That((tracee.Info().pl_flags, tracee.Info().pl_siginfo), Is.EqualTo((PL_FLAG_SI, info with { si_code = -5, si_value = 99 })));
            tracee.Continue(SIGUSR1);
            Assert.That(RunToEnd(tracee), Is.EqualTo("handler: signal 30, code -5, value 99\n" + Fault + Taken), cpu);
        }
    }

    [TestCaseSource(nameof(Kernels))]
    public void So_is_sigwaitinfo(string kernel)
    {
        using var tracee = AtUsr1(kernel);
        tracee.Continue(SIGUSR1);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGSEGV));
        tracee.Continue(SIGSEGV);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGUSR2));
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR2, si_code = 1, si_value = 2 }), Is.EqualTo(None));
        tracee.Continue(SIGUSR2);
        Assert.That(RunToEnd(tracee), Is.EqualTo(Queued + Fault + "sigwaitinfo: signal 31, code 1, value 2\n"));
    }

    /// <summary>The union at the end of the structure too, of which the kernel itself knows one word.</summary>
    [Test]
    public void Every_byte_is_kept()
    {
        using var tracee = AtUsr1("freebsd-14");
        var bytes = new byte[siginfo.Bytes];
        new Random(1).NextBytes(bytes);
        BitConverter.TryWriteBytes(bytes, SIGUSR1);
        Assert.That(tracee.Calls.Ptrace(PT_X_SETSIGINFO, tracee.Pid, (byte[])bytes.Clone(), siginfo.Bytes), Is.EqualTo(None));
        var info = tracee.Info();
        Assert.That(MemoryMarshal.AsBytes(new Span<siginfo>(ref info.pl_siginfo)).ToArray(), Is.EqualTo(bytes));
    }

    [TestCaseSource(nameof(Kernels))]
    public void What_is_discarded_is_gone_whatever_it_said(string kernel)
    {
        using var tracee = AtUsr1(kernel);
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR1, si_value = 99 }), Is.EqualTo(None));
        tracee.Continue();
        Assert.That(RunToEnd(tracee), Is.EqualTo(Fault + Taken));
    }

    /// <summary>What a debugger does that has called a function at a signal's stop: the stop that it goes on from is another.</summary>
    [TestCaseSource(nameof(Kernels))]
    public void Another_signals_siginfo_goes_with_that_signal(string kernel)
    {
        using var tracee = AtUsr1(kernel);
        var saved = tracee.Info().pl_siginfo;
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGSEGV));
        Assert.That(Set(tracee, saved), Is.EqualTo(None));
        Assert.That(tracee.Info().pl_siginfo, Is.EqualTo(saved));
        tracee.Continue(SIGUSR1);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGSEGV), "the fault was discarded, and happens again; nobody is told of SIGUSR1");
        Assert.That(tracee.Machine.Output, Is.EqualTo(Queued));
        tracee.Continue(SIGSEGV);
        Assert.That(RunToEnd(tracee), Is.EqualTo(Queued + Fault + Taken));
    }

    [TestCaseSource(nameof(Kernels))]
    public void The_answer_decides_which_signal_it_is(string kernel)
    {
        using var tracee = AtUsr1(kernel);
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR2, si_value = 99 }), Is.EqualTo(None));
        tracee.Continue(SIGUSR1);
        Assert.That(RunToEnd(tracee), Does.StartWith("handler: signal 30, code 0, value 0\n"), "a signal of the debugger's own says nothing");
    }

    [TestCaseSource(nameof(Kernels))]
    public void A_debugger_that_leaves_gives_it_too(string kernel)
    {
        using var tracee = AtUsr1(kernel);
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR1, si_value = 99 }), Is.EqualTo(None));
        Assert.That(tracee.Request(PT_DETACH, SamePc, SIGUSR1), Is.EqualTo(None));
        Assert.That(RunToEnd(tracee), Does.StartWith("handler: signal 30, code 0, value 99\n").And.Not.Contain("value 42"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(129)]
    public void The_number_must_be_a_signals(int signal)
    {
        using var tracee = AtUsr1("freebsd-14");
        var before = tracee.Info().pl_siginfo;
        Assert.That(Set(tracee, before with { si_signo = signal, si_value = 99 }), Is.EqualTo(EINVAL));
        Assert.That(tracee.Info().pl_siginfo, Is.EqualTo(before));
    }

    [Test]
    public void Only_a_stop_that_shows_a_siginfo_has_one_to_set()
    {
        using var tracee = Tracee.On("freebsd-14", "siginfo.O2");
        var info = new siginfo { si_signo = SIGTRAP };
        Assert.That(Set(tracee, info), Is.EqualTo(EINVAL), "execve's stop");
        Assert.That(tracee.Request(PT_TO_SCE, SamePc), Is.EqualTo(None));
        Assert.That(Set(tracee, info), Is.EqualTo(EBUSY), "it has not been waited for");
        Assert.That(tracee.Next(), Is.EqualTo("SIGTRAP"));
        Assert.That(Set(tracee, info), Is.EqualTo(EINVAL), "a system call's stop");
        tracee.Events = 0;
        tracee.Continue();
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR1"));
        Assert.That(Set(tracee, info), Is.EqualTo(None));
    }

    [Test]
    public void Threads_that_no_signal_has_stopped_have_none()
    {
        using var tracee = Tracee.ReadyOn("freebsd-14", "traced.O2", "threads");
        var info = new siginfo { si_signo = SIGSTOP };
        var image = MemoryMarshal.AsBytes(new Span<siginfo>(ref info));
        Assert.That(tracee.Calls.Ptrace(PT_X_SETSIGINFO, tracee.Process.Threads[1].Tid, image, siginfo.Bytes), Is.EqualTo(EINVAL));
        Assert.That(tracee.Calls.Ptrace(PT_X_SETSIGINFO, tracee.Process.Threads[0].Tid, image, siginfo.Bytes), Is.EqualTo(None));
    }

    [Test]
    public void A_system_call_that_is_made_in_the_stop_leaves_it()
    {
        using var tracee = AtUsr1("freebsd-14");
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR1, si_value = 99 }), Is.EqualTo(None));
        var call = new ptrace_sc_remote { pscr_syscall = 20 };
        Assert.That(tracee.Request(PT_SC_REMOTE, ref call, ptrace_sc_remote.Bytes), Is.EqualTo(None));
        Assert.That(tracee.Next(), Is.EqualTo("SIGUSR1"));
        Assert.That(tracee.Info().pl_siginfo.si_value, Is.EqualTo(99));
        tracee.Continue(SIGUSR1);
        Assert.That(RunToEnd(tracee), Does.StartWith("handler: signal 30, code 0, value 99\n"));
    }

    /// <summary>A kernel without PT_LWPINFO has no siginfo to show, and a strict one has FreeBSD's requests only.</summary>
    [TestCase("freebsd-5", false, EINVAL)]
    [TestCase("dragonfly", false, EINVAL)]
    [TestCase("freebsd-11", false, None)]
    [TestCase("freebsd-13", false, None)]
    [TestCase("freebsd-14", false, None)]
    [TestCase("freebsd-11", true, EINVAL)]
    [TestCase("freebsd-13", true, EINVAL)]
    [TestCase("freebsd-14", true, EINVAL)]
    public void Strict_and_older_kernels_do_not_know_it(string kernel, bool isStrict, Errno expected)
    {
        using var tracee = Tracee.In(new TestMachine(kernel: kernel, isStrict: isStrict), "target.O2", "raise", $"{SIGUSR1}");
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGUSR1));
        Assert.That(Set(tracee, new siginfo { si_signo = SIGUSR1 }), Is.EqualTo(expected));
        Assert.That(tracee.Request(PT_X_SETSIGINFO + 1), Is.EqualTo(EINVAL), "there is no second one");
    }

    /// <summary>As those that came with freebsd-14 do: the size, the structure, the process.</summary>
    [TestCase(false, siginfo.Bytes - 1, DebuggerMemory.Bad, EINVAL)]
    [TestCase(false, siginfo.Bytes, DebuggerMemory.Bad, EFAULT)]
    [TestCase(false, siginfo.Bytes, DebuggerMemory.Good, ESRCH)]
    [TestCase(true, siginfo.Bytes - 1, DebuggerMemory.Bad, ESRCH)]
    [TestCase(true, siginfo.Bytes, DebuggerMemory.Bad, ESRCH)]
    public void Arguments_are_looked_at_before_the_target(bool isStrict, int data, ulong address, Errno expected)
    {
        using var machine = new TestMachine(kernel: "freebsd-14", isStrict: isStrict);
        Assert.That(new GuestDebugger(machine).Ptrace(PT_X_SETSIGINFO, NoSuchPid, address, data), Is.EqualTo(expected));
    }

    [Test]
    public void Guests_may_ask_for_it()
    {
        using var machine = new TestMachine(kernel: "freebsd-14");
        var debugger = new GuestDebugger(machine);
        var pid = debugger.Attach("target.O2", "spin");
        debugger.Memory.Set(DebuggerMemory.Good, new siginfo { si_signo = SIGSTOP, si_value = 99 });
        Assert.That(debugger.Ptrace(PT_X_SETSIGINFO, pid, DebuggerMemory.Good, siginfo.Bytes), Is.EqualTo(None));
        Assert.That(debugger.Ptrace(PT_LWPINFO, pid, DebuggerMemory.Good, ptrace_lwpinfo.Bytes), Is.EqualTo(None));
        Assert.That(debugger.Memory.Get<ptrace_lwpinfo>(DebuggerMemory.Good).pl_siginfo.si_value, Is.EqualTo(99));
    }
}
