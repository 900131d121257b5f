using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Tracing;

/// <summary>A process whose vfork child is held: only the thread that made the child waits for it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VforkTests
{
    private const ulong Elsewhere = Base + 8, Breakpoint = Base + 12;

    private readonly FakeKernel _kernel = new();
    private readonly Tracer _tracer;
    private FakeProcess _parent = null!;

    public VforkTests() => _tracer = new Tracer(_kernel, new FakeTarget());

    private FakeThread Other => _parent.Threads[1];

    private Tracee Child => _tracer.Processes[1];

    /// <summary>Stops at the vfork of the first of two threads; the other has a breakpoint before it.</summary>
    private void Vfork()
    {
        _kernel.MoreThreads = [Elsewhere];
        var memory = FakeKernel.Memory([FakeProcess.Vfork, Exec]);
        memory[Breakpoint + 2 - Base] = Loop;
        _kernel.ExecutedProgram = memory;
        Assert.That(_tracer.Launch(new SpawnRequest("/bin/program", ["/bin/program"], []) { Terminal = new Terminal() }), Is.EqualTo(Errno.None));
        _parent = _kernel.Processes[0];
        _kernel.ExecutedProgram = FakeKernel.Memory([Loop]);
        _tracer.Events = ReportedEvents.Vfork | ReportedEvents.Exec;
        _tracer.Processes[0].InsertBreakpoint(Breakpoint);
        Assert.That(Resume(new ResumeAction(ResumeKind.Continue, -1, -1)).Kind, Is.EqualTo(StopKind.Vfork));
    }

    [Test]
    public void AnotherThreadIsResumedAlone()
    {
        Vfork();
        var stop = Resume(new ResumeAction(ResumeKind.Continue, _parent.Pid, Other.Lwp));
        Assert.That((stop.Kind, stop.Lwp, Other.Pc), Is.EqualTo((StopKind.SoftwareBreakpoint, Other.Lwp, Breakpoint)));
    }

    [Test]
    public void TheOthersRunAndAreInterruptedWhileOneWaits()
    {
        Vfork();
        _tracer.Processes[0].RemoveBreakpoint(Breakpoint);
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, _parent.Pid, -1)]);
        Assert.That(_tracer.Wait(_ => Other.Pc == Breakpoint + 2, out _), Is.EqualTo(Errno.EINTR));
        _tracer.Interrupt();
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        Assert.That((stop.Kind, stop.Lwp, _parent.Main.Pc), Is.EqualTo((StopKind.Interrupt, Other.Lwp, Base + 1)));
        Assert.That(Resume(new ResumeAction(ResumeKind.Continue, Child.Pid, -1)).Kind, Is.EqualTo(StopKind.Exec));
        Assert.That(Resume(new ResumeAction(ResumeKind.Continue, _parent.Pid, -1)).Kind, Is.EqualTo(StopKind.VforkDone));
    }

    [Test]
    public void WhenOnlyThatThreadIsResumedAnInterruptEndsTheWait()
    {
        Vfork();
        _tracer.Resume([new ResumeAction(ResumeKind.Continue, _parent.Pid, _parent.Main.Lwp)]);
        Assert.That(_tracer.Wait(_ => true, out _), Is.EqualTo(Errno.EINTR));
        _tracer.Interrupt();
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        Assert.That((stop.Kind, _parent.Main.Pc), Is.EqualTo((StopKind.Interrupt, Base + 1)));
    }

    [Test]
    public void InNonStopModeTheOthersRunAndTheThreadGoesOnWhenTheChildHasDone()
    {
        Vfork();
        _tracer.NonStop.Set(isOn: true);
        _tracer.NonStop.Resume([new ResumeAction(ResumeKind.Continue, _parent.Pid, -1)]);
        Assert.That(Next().Kind, Is.EqualTo(StopKind.SoftwareBreakpoint));
        _tracer.Processes[0].RemoveBreakpoint(Breakpoint);
        _tracer.NonStop.Resume([new ResumeAction(ResumeKind.Continue, _parent.Pid, Other.Lwp)]);
        _tracer.NonStop.Wait(_ => Other.Pc == Breakpoint + 2);
        Assert.That((Other.Pc, _parent.Main.Pc), Is.EqualTo((Breakpoint + 2, Base + 1)));
        _tracer.NonStop.Resume([new ResumeAction(ResumeKind.Continue, Child.Pid, -1)]);
        Assert.That(Next().Kind, Is.EqualTo(StopKind.Exec));
        Assert.That(Next().Kind, Is.EqualTo(StopKind.VforkDone));
    }

    private StopEvent Next()
    {
        StopEvent stop;
        while (!_tracer.NonStop.TryTell(out stop)) _tracer.NonStop.Wait(_ => false);
        _tracer.NonStop.TryAcknowledge(out _);
        return stop;
    }

    private StopEvent Resume(params ResumeAction[] actions)
    {
        Assert.That(_tracer.Resume(actions), Is.EqualTo(Errno.None));
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        return stop;
    }
}
