using NUnit.Framework;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Tests.Kernels;

/// <summary>Which signals a debugger is told of, in which order, and what becomes of its answers (kern_sig.c of FreeBSD 13).</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class PtraceSignalTests
{
    /// <summary>The signals that a tracee reports, each discarded, until it ends.</summary>
    private static List<int> Report(Tracee tracee, int answer = 0)
    {
        var told = new List<int>();
        for (tracee.Continue(); ; tracee.Continue(answer == 0 ? 0 : told[^1]))
        {
            var status = tracee.Wait();
            if (!Abi.Wait.WIFSTOPPED(status)) return told;
            told.Add(Abi.Wait.WSTOPSIG(status));
        }
    }

    [TestCase(new[] { SIGUSR1, SIGUSR1, SIGUSR1 }, new[] { SIGUSR1, SIGUSR1, SIGUSR1, SIGTERM }, TestName = "Each kill of a number is a stop")]
    [TestCase(new[] { SIGSTOP, SIGSTOP, SIGSTOP }, new[] { SIGSTOP, SIGTERM }, TestName = "SIGSTOPs merge")]
    [TestCase(new[] { SIGKILL, SIGKILL }, new[] { SIGKILL, SIGTERM }, TestName = "SIGKILLs merge, and are told")]
    [TestCase(new[] { SIGUSR2, SIGINT, SIGUSR1, SIGALRM }, new[] { SIGINT, SIGALRM, SIGUSR1, SIGUSR2, SIGTERM }, TestName = "Lowest number first")]
    [TestCase(new[] { SIGHUP, SIGCHLD, SIGURG, SIGWINCH, SIGINFO, SIGIO }, new[] { SIGTERM }, TestName = "Ignored signals vanish, traced or not")]
    [TestCase(new[] { SIGCONT }, new[] { SIGCONT, SIGTERM }, TestName = "SIGCONT is never ignored")]
    [TestCase(new[] { SIGTSTP, SIGSTOP, SIGCONT }, new[] { SIGCONT, SIGTERM }, TestName = "SIGCONT deletes stop signals")]
    [TestCase(new[] { SIGCONT, SIGTTIN }, new[] { SIGTERM, SIGTTIN }, TestName = "A stop signal deletes SIGCONT")]
    [TestCase(new[] { 65, 126, 40 }, new[] { SIGTERM, 40, 65, 126 }, TestName = "Real-time signals")]
    public void Told(int[] sent, int[] told)
    {
        using var tracee = Tracee.AtReady("handle");
        foreach (var signal in sent) tracee.Kill(signal);
        // SIGTERM is the program's own, to its thread: numbers above 15 that were sent before are pending by then too.
        Assert.That(Report(tracee).Order(), Is.EqualTo(told.Order()));
    }

    [Test]
    public void Pending_signals_are_told_lowest_number_first()
    {
        using var tracee = Tracee.AtReady("handle");
        foreach (var signal in (int[])[SIGUSR2, SIGINT, 126, SIGUSR1, SIGALRM, 65]) tracee.Kill(signal);
        Assert.That(Report(tracee), Is.EqualTo(new[] { SIGINT, SIGALRM, SIGUSR1, SIGUSR2, 65, 126, SIGTERM }));
    }

    [Test]
    public void A_blocked_signal_waits()
    {
        using var tracee = Tracee.AtReady("handle", $"{SIGUSR1}");
        tracee.Kill(SIGUSR1);
        Assert.That(Report(tracee, answer: 1), Is.EqualTo(new[] { SIGTERM, SIGUSR1 }));
        Assert.That(tracee.Machine.Output, Is.EqualTo("15\n30\n"));
    }

    [Test]
    public void What_is_passed_on_is_handled_without_another_stop()
    {
        using var tracee = Tracee.AtReady("handle");
        foreach (var signal in (int[])[SIGUSR1, SIGUSR2, SIGUSR1]) tracee.Kill(signal);
        Assert.That(Report(tracee, answer: 1), Is.EqualTo(new[] { SIGUSR1, SIGUSR2, SIGUSR1, SIGTERM }), "its handler blocks SIGUSR1");
        Assert.That(tracee.Machine.Output, Is.EqualTo("31\n30\n30\n15\n"), "the last frame is the first to run");
    }

    [TestCase(SIGSTOP)]
    [TestCase(SIGTSTP)]
    [TestCase(SIGHUP)]
    [TestCase(SIGURG)]
    public void Stop_signals_and_ignored_ones_that_are_given_at_a_signal_stop_are_swallowed(int signal)
    {
        using var tracee = Tracee.AtReady("handle");
        tracee.Continue(signal);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTERM));
    }

    [Test]
    public void SIGSTOP_that_is_given_at_another_stop_is_told()
    {
        using var tracee = new Tracee("exit", "4");
        tracee.Continue(SIGSTOP);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGSTOP));
        Assert.That(tracee.Info().pl_flags, Is.EqualTo(PL_FLAG_SI));
        tracee.Continue();
        Assert.That(tracee.Wait(), Is.EqualTo(Abi.Wait.ExitStatus(4)));
    }

    [TestCase(SIGUSR1, SI_USER, true)]
    [TestCase(SIGKILL, 0, false)]
    [TestCase(SIGSTOP, 0, false)]
    public void Siginfo_of_kill(int signal, int code, bool hasSender)
    {
        using var tracee = new Tracee("sleep");
        tracee.Continue();
        tracee.Kill(signal);
        Assert.That(tracee.WaitStop(), Is.EqualTo(signal));
        var info = tracee.Info();
        Assert.That(info.pl_flags, Is.EqualTo(PL_FLAG_SI));
        Assert.That((info.pl_siginfo.si_signo, info.pl_siginfo.si_code, info.pl_siginfo.si_pid),
            Is.EqualTo((signal, code, hasSender ? tracee.Calls.Pid : 0)));
    }

    [TestCase(SIGSEGV)]
    [TestCase(SIGILL)]
    public void A_fault_that_is_discarded_happens_again(int expected)
    {
        using var tracee = new Tracee("exit", "4");
        if (expected == SIGSEGV) Assert.That(tracee.Request(PT_CONTINUE, 0x1234_5000), Is.EqualTo(Errno.None));
        else
        {
            // ud2
            Assert.That(tracee.Request(PT_WRITE_I, tracee.GetRegs()[Registers.Rip], 0x0b0f), Is.EqualTo(Errno.None));
            tracee.Continue();
        }
        for (var i = 0; i < 3; i++)
        {
            Assert.That(tracee.WaitStop(), Is.EqualTo(expected));
            tracee.Continue();
        }
        Assert.That(tracee.WaitStop(), Is.EqualTo(expected));
        tracee.Continue(expected);
        Assert.That(Abi.Wait.WTERMSIG(tracee.Wait()), Is.EqualTo(expected));
    }

    [Test]
    public void A_sleep_that_a_discarded_signal_interrupted_ends_with_EINTR_only_with_a_handler()
    {
        using var tracee = new Tracee("sleep");
        tracee.Events = PTRACE_SCX;
        tracee.Continue();
        tracee.Machine.Run(10_000);
        tracee.Kill(SIGUSR1);
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGTRAP), "the sleep was aborted: its end comes first");
        var result = default(ptrace_sc_ret);
        Assert.That(tracee.Request(PT_GET_SC_RET, ref result, ptrace_sc_ret.Bytes), Is.EqualTo(Errno.None));
        Assert.That(result.sr_error, Is.EqualTo((int)Errno.EINTR), "nanosleep never restarts");
        tracee.Continue();
        Assert.That(tracee.WaitStop(), Is.EqualTo(SIGUSR1));
    }

    [Test]
    public void Mask_and_pending_set_are_shown()
    {
        using var tracee = Tracee.AtReady("handle", $"{SIGUSR1}");
        tracee.Kill(SIGUSR1);
        var info = tracee.Info();
        Assert.That(info.pl_sigmask.ToSet(), Is.EqualTo(sigset.Of(SIGUSR1)));
        Assert.That(info.pl_siglist.ToSet().IsEmpty, Is.True, "what is sent to the process is not the thread's");
    }
}
