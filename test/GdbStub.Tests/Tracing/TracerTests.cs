using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Tracing;

/// <summary>Starting, attaching, resuming, interrupting and leaving.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TracerTests
{
    private readonly FakeKernel _kernel = new();
    private readonly Tracer _tracer;

    public TracerTests() => _tracer = new Tracer(_kernel, new FakeTarget());

    [Test]
    public void LaunchStopsBeforeTheFirstInstruction()
    {
        var process = Launch(Nop, Exit);
        Assert.That(_tracer.LastStop,
            Is.EqualTo(new StopEvent(StopKind.Launched, process.Pid, process.Main.Lwp) { Signal = Signals.SIGTRAP }));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base));
        Assert.That(_tracer.Processes[0].Attached, Is.False);
    }

    [Test]
    public void LaunchReportsExecErrors()
    {
        _kernel.SpawnError = Errno.ENOEXEC;
        Assert.That(_tracer.Launch(Request()), Is.EqualTo(Errno.ENOEXEC));
        Assert.That(_tracer.HasProcesses, Is.False);
    }

    [Test]
    public void AttachIsSignalZero()
    {
        var process = _kernel.Add(Loop);
        Assert.That(_tracer.Attach(process.Pid), Is.EqualTo(Errno.None));
        Assert.That(_tracer.LastStop.Signal, Is.Zero);
        Assert.That(_tracer.Processes[0].Attached, Is.True);
        Assert.That(_tracer.Attach(process.Pid), Is.EqualTo(Errno.EBUSY));
        Assert.That(_tracer.Attach(99999), Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void ExitAndDeathAreReportedAndForgotten()
    {
        var process = Launch(Exit);
        process.Main.Rdi = 0x107;
        Assert.That(Continue(), Is.EqualTo(new StopEvent(StopKind.Exited, process.Pid, 0) { ExitCode = 7 }));
        Assert.That((_tracer.HasProcesses, _tracer.Current), Is.EqualTo((false, (TracedThread?)null)));

        process = Launch(Abort);
        Assert.That(Continue().Signal, Is.EqualTo(Signals.SIGSEGV));
        Assert.That(Continue(Signals.SIGSEGV), Is.EqualTo(new StopEvent(StopKind.Killed, process.Pid, 0) { Signal = Signals.SIGSEGV }));
        Assert.That(_tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]), Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void StepExecutesOneInstruction()
    {
        var process = Launch(Nop, Nop, Nop);
        Assert.That(Resume(ResumeKind.Step), Has.Property(nameof(StopEvent.Kind)).EqualTo(StopKind.Step));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base + 1));
        Assert.That(process.Main.Trap, Is.False);
    }

    [Test]
    public void RangeStepStopsOutsideTheRangeOnly()
    {
        Launch(Nop, Nop, Nop, Nop, Nop);
        _kernel.Requests.Clear();
        var stop = Resume(new ResumeAction(ResumeKind.StepRange, -1, -1, 0, Base, Base + 3));
        Assert.That((stop.Kind, stop.Signal), Is.EqualTo((StopKind.Step, Signals.SIGTRAP)));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base + 3));
        Assert.That(_kernel.Requests.Count(request => request is Ptrace.PT_CONTINUE or Ptrace.PT_STEP), Is.EqualTo(3));
    }

    [Test]
    public void RangeStepEndsAtABreakpointInside()
    {
        Launch(Nop, Nop, Nop, Nop);
        _tracer.Processes[0].InsertBreakpoint(Base + 2);
        var stop = Resume(new ResumeAction(ResumeKind.StepRange, -1, -1, 0, Base, Base + 4));
        Assert.That((stop.Kind, _tracer.Current!.Registers.Pc), Is.EqualTo((StopKind.SoftwareBreakpoint, Base + 2)));
    }

    [Test]
    public void OnlyNamedThreadsRun()
    {
        _kernel.MoreThreads = [Base];
        var process = Launch(Nop, Nop, Nop, Nop);
        var other = process.Threads[1];
        Assert.That(_tracer.Processes[0].Threads, Has.Count.EqualTo(2));
        Resume(new ResumeAction(ResumeKind.Step, process.Pid, process.Main.Lwp));
        Assert.That((process.Main.Pc, other.Pc), Is.EqualTo((Base + 1, Base)));
        Resume(new ResumeAction(ResumeKind.Step, process.Pid, other.Lwp), new ResumeAction(ResumeKind.Stay, -1, -1));
        Assert.That((process.Main.Pc, other.Pc), Is.EqualTo((Base + 1, Base + 1)));
        Resume(new ResumeAction(ResumeKind.Step, process.Pid, process.Main.Lwp), new ResumeAction(ResumeKind.Continue, -1, -1));
        Assert.That((process.Main.Pc, other.Pc), Is.EqualTo((Base + 2, Base + 2)));
    }

    [Test]
    public void ResumingNobodyIsAnError()
    {
        var process = Launch(Loop);
        Assert.That(_tracer.Resume([new ResumeAction(ResumeKind.Continue, process.Pid, 424242)]), Is.EqualTo(Errno.ESRCH));
        Assert.That(_tracer.Resume([new ResumeAction(ResumeKind.Stay, -1, -1)]), Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void InterruptIsReportedOnceAndTheProgramNeverSeesIt()
    {
        var process = Launch(Loop);
        Assert.That(Interrupted(), Has.Property(nameof(StopEvent.Kind)).EqualTo(StopKind.Interrupt));
        Assert.That(Interrupted(), Has.Property(nameof(StopEvent.Kind)).EqualTo(StopKind.Interrupt));
        Assert.That((process.Pending, process.Delivered), Is.EqualTo((new SortedSet<int>(), new List<int>())));
    }

    /// <summary>As gdbserver's SIGINT, which is pending then; but not for a client that takes the other stop for what it has asked for.</summary>
    [Test]
    public void AnInterruptThatWasOvertakenComesNext([Values] bool isForgotten)
    {
        var process = Launch(Nop, Raise, Nop, Nop, Nop, Exit);
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]);
        // SIGUSR1 and SIGSTOP are both pending; the lower number would be SIGSTOP, so let the signal's stop come first by hand.
        process.Main.Stop = new FakeStop(Signals.SIGUSR1, Ptrace.PL_FLAG_SI, Signals.SI_USER);
        _tracer.Interrupt();
        _tracer.Wait(null, out var stop);
        Assert.That((stop.Kind, stop.Signal), Is.EqualTo((StopKind.Signal, Signals.SIGUSR1)));
        Assert.That(process.Pending, Does.Contain(Signals.SIGSTOP));
        if (isForgotten) _tracer.ForgetInterrupt();
        else Assert.That((Resume(ResumeKind.Step).Kind, process.Main.Pc), Is.EqualTo((StopKind.Interrupt, Base)));
        // The step is not lost to the SIGSTOP that comes in between.
        Assert.That(Resume(ResumeKind.Step).Signal, Is.EqualTo(Signals.SIGTRAP));
        Assert.That((process.Pending.Count, process.Main.Pc), Is.EqualTo((0, Base + 1)));
    }

    [Test]
    public void WaitEndsWhenInterruptedAndGoesOn()
    {
        Launch(Loop);
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]);
        Assert.That(_tracer.Wait(_ => true, out _), Is.EqualTo(Errno.EINTR));
        Assert.That(_tracer.Processes[0].Running, Is.True);
    }

    [Test]
    public void WaitingForNobodyIsAnError() => Assert.That(_tracer.Wait(null, out _), Is.EqualTo(Errno.ECHILD));

    [Test]
    public void PassedSignalsDoNotStop()
    {
        var process = Launch(Raise, Nop, Exit);
        _tracer.PassSignals = sigset.Of(Signals.SIGUSR1);
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.Exited));
        Assert.That(process.Delivered, Is.EqualTo(new[] { Signals.SIGUSR1 }));
    }

    [Test]
    public void OtherSignalsStopAndAreDeliveredOnlyWhenAskedFor([Values] bool deliver)
    {
        var process = Launch(Raise, Nop, Exit);
        Assert.That(Continue().Signal, Is.EqualTo(Signals.SIGUSR1));
        Assert.That(_tracer.Current!.ReadSiginfo(out var info), Is.EqualTo(Errno.None));
        Assert.That(info.si_signo, Is.EqualTo(Signals.SIGUSR1));
        Continue(deliver ? Signals.SIGUSR1 : 0);
        Assert.That(process.Delivered, Has.Count.EqualTo(deliver ? 1 : 0));
    }

    [Test]
    public void WithoutASignalThereIsNoSiginfo()
    {
        Launch(Nop);
        Assert.That(_tracer.Current!.ReadSiginfo(out _), Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void DetachLeavesACleanProcess()
    {
        var process = Launch(Nop, Nop, Loop);
        var tracee = _tracer.Processes[0];
        tracee.InsertBreakpoint(Base + 1);
        tracee.InsertPoint(new DebugRegisters.Point(BreakpointKind.Write, Base, 8), null, out _);
        Assert.That(_tracer.Detach(tracee, 0), Is.EqualTo(Errno.None));
        _kernel.Run(10);
        Assert.That((process.Traced, process.End, process.Main.Pc), Is.EqualTo((false, (int?)null, Base + 2)));
        Assert.That(process.Main.DebugRegisters[FakeTarget.KindAt], Is.Zero);
        Assert.That(_tracer.HasProcesses, Is.False);
    }

    [Test]
    public void DetachCollectsAQueuedInterrupt()
    {
        var process = Launch(Loop);
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]);
        process.Main.Stop = new FakeStop(Signals.SIGUSR1, Ptrace.PL_FLAG_SI, Signals.SI_USER);
        _tracer.Interrupt();
        _tracer.Wait(null, out _);
        Assert.That(_tracer.Detach(_tracer.Processes[0], Signals.SIGUSR1), Is.EqualTo(Errno.None));
        _kernel.Run(5);
        Assert.That((process.Stopped, process.Pending.Count), Is.EqualTo((false, 0)));
        Assert.That(process.Delivered, Is.EqualTo(new[] { Signals.SIGUSR1 }));
    }

    [Test]
    public void DetachCollectsOtherThreadsStops()
    {
        _kernel.MoreThreads = [Base + 2];
        var process = Launch(Nop, Nop, Nop, Loop);
        var other = process.Threads[1];
        _tracer.Processes[0].InsertBreakpoint(Base);
        _tracer.Processes[0].InsertBreakpoint(Base + 2);
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.SoftwareBreakpoint));
        Assert.That(other.Stop, Is.Not.Null);
        Assert.That(_tracer.Detach(_tracer.Processes[0], 0), Is.EqualTo(Errno.None));
        Assert.That((other.Pc, process.Main.Pc, process.End), Is.EqualTo((Base + 2, Base, (int?)null)));
        _kernel.Run(10);
        Assert.That((other.Pc, process.End), Is.EqualTo((Base + 3, (int?)null)));
    }

    [Test]
    public void KillEndsAStoppedProcess()
    {
        Launch(Loop);
        Assert.That(_tracer.Kill(_tracer.Processes[0]), Is.EqualTo(Errno.None));
        Assert.That((_tracer.HasProcesses, _tracer.LastStop.Kind, _kernel.Processes.Count), Is.EqualTo((false, StopKind.None, 0)));
    }

    [Test]
    public void HoldStopsWhatWasStartedAndLeavesWhatWasAttached()
    {
        var attached = _kernel.Add(Loop);
        _tracer.Attach(attached.Pid);
        var started = Launch(Nop, Loop);
        _tracer.Processes[1].InsertBreakpoint(Base + 5);
        _tracer.Events = ReportedEvents.Fork;
        _tracer.PassSignals = sigset.Full;
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]);
        _tracer.Hold();
        Assert.That((attached.Traced, started.Traced, started.Stopped), Is.EqualTo((false, true, true)));
        Assert.That(started.Memory[5], Is.EqualTo(Nop));
        Assert.That((_tracer.Events, _tracer.PassSignals.IsEmpty), Is.EqualTo((ReportedEvents.None, true)));
    }

    [Test]
    public void OneProcessesEventStopsTheOthersAndTheirEventsAreKept()
    {
        var first = Launch(Nop, Loop);
        var second = Launch(Nop, Nop, Loop);
        _tracer.Processes[0].InsertBreakpoint(Base + 1);
        _tracer.Processes[1].InsertBreakpoint(Base + 1);
        var stop = Continue();
        Assert.That((first.Stopped, second.Stopped), Is.EqualTo((true, true)));
        var next = Continue();
        Assert.That(new[] { stop.Pid, next.Pid }, Is.EquivalentTo(new[] { first.Pid, second.Pid }));
        Assert.That((stop.Kind, next.Kind), Is.EqualTo((StopKind.SoftwareBreakpoint, StopKind.SoftwareBreakpoint)));
    }

    [Test]
    public void AKeptBreakpointThatWasRemovedIsNotReported()
    {
        Launch(Nop, Loop);
        Launch(Nop, Nop, Loop);
        foreach (var process in _tracer.Processes) process.InsertBreakpoint(Base + 1);
        Continue();
        foreach (var process in _tracer.Processes) process.RemoveBreakpoint(Base + 1);
        Assert.That(Interrupted().Kind, Is.EqualTo(StopKind.Interrupt));
        Assert.That(_kernel.Processes.Select(process => process.Main.Pc), Is.EqualTo(new[] { Base + 1, Base + 2 }));
    }

    private static SpawnRequest Request() => new("/bin/program", ["/bin/program"], []) { Terminal = new Terminal() };

    private FakeProcess Launch(params byte[] code)
    {
        _kernel.ExecutedProgram = code;
        Assert.That(_tracer.Launch(Request()), Is.EqualTo(Errno.None));
        return _kernel.Processes[^1];
    }

    private StopEvent Continue(int signal = 0) => Resume(new ResumeAction(ResumeKind.Continue, -1, -1, signal));

    private StopEvent Resume(ResumeKind kind) => Resume(new ResumeAction(kind, -1, -1));

    private StopEvent Resume(params ResumeAction[] actions)
    {
        Assert.That(_tracer.Resume(actions), Is.EqualTo(Errno.None));
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        return stop;
    }

    private StopEvent Interrupted()
    {
        Assert.That(_tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]), Is.EqualTo(Errno.None));
        var rounds = 0;
        while (_tracer.Wait(_ => ++rounds == 5, out var stop) is var error)
        {
            if (error == Errno.None) return stop;
            _tracer.Interrupt();
        }
        throw new AssertionException("unreachable");
    }
}
