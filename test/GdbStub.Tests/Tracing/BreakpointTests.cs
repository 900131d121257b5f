using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static GdbStub.Tests.Tracing.FakeProcess;

namespace GdbStub.Tests.Tracing;

/// <summary>Breakpoints, comparators, memory and what forks and threads do to them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BreakpointTests
{
    private readonly FakeKernel _kernel = new();
    private readonly Tracer _tracer;

    public BreakpointTests() => _tracer = new Tracer(_kernel, new FakeTarget());

    private Tracee Tracee => _tracer.Processes[0];

    [Test]
    public void ABreakpointIsReportedAtItsAddress()
    {
        Launch(Nop, Nop, Loop);
        Tracee.InsertBreakpoint(Base + 1);
        var stop = Continue();
        Assert.That((stop.Kind, stop.Address, stop.Signal), Is.EqualTo((StopKind.SoftwareBreakpoint, Base + 1, Signals.SIGTRAP)));
        Assert.That(_kernel.Processes[0].Main.Pc, Is.EqualTo(Base + 1), "written back to the thread");
        Tracee.RemoveBreakpoint(Base + 1);
        Step();
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base + 2));
    }

    [Test]
    public void ResumingAtAnInsertedBreakpointHitsItAgain([Values(ResumeKind.Continue, ResumeKind.Step)] ResumeKind kind)
    {
        Launch(Nop, Nop, Loop);
        Tracee.InsertBreakpoint(Base);
        var stop = Resume(new ResumeAction(kind, -1, -1));
        Assert.That((stop.Kind, _tracer.Current!.Registers.Pc), Is.EqualTo((StopKind.SoftwareBreakpoint, Base)));
        Assert.That(_kernel.Processes[0].Main.Trap, Is.False, "the step is disarmed");
    }

    [Test]
    public void TheProgramsOwnTrapKeepsThePcBehindIt()
    {
        Launch(Int3, Nop, Loop);
        var stop = Continue();
        Assert.That((stop.Kind, stop.Signal, _tracer.Current!.Registers.Pc), Is.EqualTo((StopKind.Signal, Signals.SIGTRAP, Base + 1)));
    }

    /// <summary>As when a library is unloaded and loaded again: gdb takes nothing out of the one that is gone.</summary>
    [Test]
    public void ABreakpointWhoseMemoryWasReplacedIsPutInAgain()
    {
        var process = Launch(Nop, Nop, Loop);
        Tracee.InsertBreakpoint(Base + 1);
        process.Memory[1] = Raise;
        Assert.That(Tracee.InsertBreakpoint(Base + 1), Is.EqualTo(Errno.None));
        Assert.That(process.Memory[1], Is.EqualTo(Int3));
        Tracee.RemoveBreakpoint(Base + 1);
        Assert.That(process.Memory[1], Is.EqualTo(Raise));
    }

    [Test]
    public void InsertAndRemoveAreIdempotent()
    {
        var process = Launch(Loop);
        for (var i = 0; i < 2; i++) Assert.That(Tracee.InsertBreakpoint(Base), Is.EqualTo(Errno.None));
        Assert.That(process.Memory[0], Is.EqualTo(Int3));
        for (var i = 0; i < 2; i++) Tracee.RemoveBreakpoint(Base);
        Assert.That(process.Memory[0], Is.EqualTo(Loop));
        Assert.That(Tracee.InsertBreakpoint(0x10), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void WhatTheProgramWroteOverABreakpointStays()
    {
        var process = Launch(Loop);
        Tracee.InsertBreakpoint(Base);
        process.Memory[0] = Raise;
        Tracee.RemoveBreakpoint(Base);
        Assert.That(process.Memory[0], Is.EqualTo(Raise));
    }

    [Test]
    public void MemoryNeverShowsOrLosesBreakpoints()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var process = Launch();
        var expected = process.Memory.ToArray();
        var sites = new HashSet<int>();
        for (var round = 0; round < 2000; round++)
        {
            var at = random.Next(200);
            var bytes = new byte[1 + random.Next(40)];
            switch (random.Next(4))
            {
                case 0:
                    Tracee.InsertBreakpoint(Base + (ulong)at);
                    sites.Add(at);
                    break;
                case 1:
                    Tracee.RemoveBreakpoint(Base + (ulong)at);
                    sites.Remove(at);
                    break;
                case 2:
                    // Never the breakpoint instruction itself, which a removal could not tell from ours.
                    for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(Int3);
                    Assert.That(Tracee.Memory.Write(Base + (ulong)at, bytes), Is.EqualTo(Errno.None));
                    bytes.CopyTo(expected, at);
                    break;
                default:
                    Assert.That(Tracee.Memory.Read(Base + (ulong)at, bytes, out var count), Is.EqualTo(Errno.None));
                    Assert.That(bytes.AsSpan(0, count).SequenceEqual(expected.AsSpan(at, bytes.Length)), Is.True);
                    break;
            }
        }
        for (var i = 0; i < 300; i++) Assert.That(process.Memory[i], Is.EqualTo(sites.Contains(i) ? Int3 : expected[i]), $"byte {i}");
        Tracee.Breakpoints.RemoveAll(process.Pid);
        Assert.That(process.Memory, Is.EqualTo(expected));
    }

    [Test]
    public void AReadStopsAtTheFirstUnreadablePage()
    {
        Launch(Loop);
        var bytes = new byte[64];
        var end = Base + (ulong)_kernel.Processes[0].Memory.Length;
        Assert.That(Tracee.Memory.Read(end - 10, bytes, out var count), Is.EqualTo(Errno.None));
        Assert.That(count, Is.EqualTo(10));
        Assert.That(Tracee.Memory.Read(end, bytes, out count), Is.EqualTo(Errno.EFAULT));
        Assert.That(count, Is.Zero);
        Assert.That(Tracee.Memory.Write(end - 10, bytes), Is.EqualTo(Errno.EFAULT));
    }

    [Test]
    public void AWatchpointTellsKindAndAddressAndEveryThreadHasIt()
    {
        _kernel.MoreThreads = [Base + 2];
        var process = Launch(Nop, Store, Loop);
        var other = process.Threads[1];
        process.Main.Rdi = Base + 100;
        Assert.That(Watch(BreakpointKind.Write, Base + 100), Is.EqualTo(DebugSlotResult.Inserted));
        Assert.That(Watch(BreakpointKind.Write, Base + 100), Is.EqualTo(DebugSlotResult.Inserted), "idempotent");
        Assert.That((process.Main.DebugRegisters[FakeTarget.KindAt], other.DebugRegisters[FakeTarget.KindAt]),
            Is.EqualTo(((byte)2, (byte)2)));
        Assert.That(process.Main.DebugRegisters[FakeTarget.KindAt + 1], Is.Zero);
        var stop = Continue();
        Assert.That((stop.Kind, stop.Watch, stop.Address), Is.EqualTo((StopKind.Watchpoint, BreakpointKind.Write, Base + 100)));
        Assert.That((stop.Lwp, process.Main.Pc), Is.EqualTo((process.Main.Lwp, Base + 2)));
        Tracee.RemovePoint(new DebugRegisters.Point(BreakpointKind.Write, Base + 100, 8));
        Assert.That(other.DebugRegisters[FakeTarget.KindAt], Is.Zero);
    }

    [Test]
    public void AHardwareBreakpointStopsAtItsAddress()
    {
        Launch(Nop, Nop, Loop);
        Watch(BreakpointKind.Execute, Base + 1);
        var stop = Continue();
        Assert.That((stop.Kind, _tracer.Current!.Registers.Pc), Is.EqualTo((StopKind.HardwareBreakpoint, Base + 1)));
    }

    [Test]
    public void TheFifthComparatorIsRefusedAndReadWatchesAreUnsupported()
    {
        Launch(Loop);
        Assert.That(Watch(BreakpointKind.Read, Base), Is.EqualTo(DebugSlotResult.Unsupported));
        for (var i = 0UL; i < 4; i++) Assert.That(Watch(BreakpointKind.Access, Base + 8 * i), Is.EqualTo(DebugSlotResult.Inserted));
        Assert.That(Watch(BreakpointKind.Write, Base + 64), Is.EqualTo(DebugSlotResult.Full));
        Assert.That(Tracee.DebugRegisters.Points, Has.Count.EqualTo(4));
    }

    [Test]
    public void NewThreadsInheritWatchpointsAndAreListed()
    {
        var process = Launch(Spawn, Loop, Nop, Loop);
        process.Main.Rdi = Base + 2;
        Watch(BreakpointKind.Write, Base + 100);
        Tracee.InsertBreakpoint(Base + 3);
        var stop = Continue();
        Assert.That(stop.Kind, Is.EqualTo(StopKind.SoftwareBreakpoint));
        Assert.That(Tracee.Threads.Select(thread => thread.Lwp), Is.EqualTo(process.Threads.Select(thread => thread.Lwp)));
        Assert.That(process.Threads[1].DebugRegisters[FakeTarget.KindAt], Is.EqualTo(2));
    }

    [Test]
    public void BirthsAndEndsOfThreadsAreReportedWhenWanted()
    {
        var process = Launch(Spawn, Loop, ThreadExit);
        process.Main.Rdi = Base + 2;
        _tracer.Events = ReportedEvents.Threads;
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.ThreadCreated));
        var created = process.Threads[1].Lwp;
        var stop = Continue();
        Assert.That((stop.Kind, stop.Lwp), Is.EqualTo((StopKind.ThreadExited, created)));
        Assert.That(Tracee.Threads, Has.Count.EqualTo(1));
    }

    [Test]
    public void WhenTheOnlyResumedThreadEndsSomethingIsReported([Values] bool knowsNoResumed)
    {
        _kernel.MoreThreads = [Base + 1];
        var process = Launch(Loop);
        var other = process.Threads[1];
        process.Memory[1] = ThreadExit;
        _tracer.Events = knowsNoResumed ? ReportedEvents.NoResumed : ReportedEvents.None;
        var stop = Resume(new ResumeAction(ResumeKind.Continue, process.Pid, other.Lwp));
        Assert.That((stop.Kind, stop.Signal), Is.EqualTo((knowsNoResumed ? StopKind.NoResumed : StopKind.Signal, 0)));
    }

    [Test]
    public void ASecondThreadAtABreakpointIsShownThereAndReportedNext()
    {
        _kernel.MoreThreads = [Base];
        var process = Launch(Nop, Loop);
        var other = process.Threads[1];
        Tracee.InsertBreakpoint(Base);
        Assert.That(Continue().Lwp, Is.EqualTo(process.Main.Lwp));
        Assert.That(other.Pc, Is.EqualTo(Base), "backed up before it is reported");
        var stop = Continue();
        Assert.That((stop.Kind, stop.Lwp), Is.EqualTo((StopKind.SoftwareBreakpoint, other.Lwp)));
    }

    [Test]
    public void AStaleTrapIsConsumedAndTheThreadGoesOnFromTheBreakpoint()
    {
        _kernel.MoreThreads = [Base];
        var process = Launch(Store, Nop, Loop);
        var other = process.Threads[1];
        other.Rdi = Base + 50;
        Tracee.InsertBreakpoint(Base);
        Continue();
        Tracee.RemoveBreakpoint(Base);
        process.Main.Pc = Base + 2;
        Tracee.InsertBreakpoint(Base + 1);
        var stop = Continue();
        Assert.That((stop.Lwp, stop.Address, process.Memory[50]), Is.EqualTo((other.Lwp, Base + 1, (byte)(Nop ^ 0xff))));
    }

    [Test]
    public void AnUnwantedForkChildIsCleanedAndLetGo([Values] bool childFirst)
    {
        _kernel.ChildFirst = childFirst;
        var parent = Launch(Fork, Nop, Loop);
        Tracee.InsertBreakpoint(Base + 1);
        Watch(BreakpointKind.Write, Base + 100);
        var stop = Continue();
        var child = _kernel.Processes.Single(process => process != parent);
        Assert.That((stop.Kind, stop.Pid), Is.EqualTo((StopKind.SoftwareBreakpoint, parent.Pid)));
        Assert.That((child.Traced, child.Memory[1], child.Main.DebugRegisters[FakeTarget.KindAt]), Is.EqualTo((false, Nop, (byte)0)));
        Assert.That(parent.Memory[1], Is.EqualTo(Int3));
        _kernel.Run(5);
        Assert.That((child.End, child.Main.Pc), Is.EqualTo((null as int?, Base + 2)));
        Assert.That(_tracer.Processes, Has.Count.EqualTo(1));
    }

    [Test]
    public void AWantedForkChildIsKept([Values] bool childFirst)
    {
        _kernel.ChildFirst = childFirst;
        var parent = Launch(Fork, Nop, Loop);
        Tracee.InsertBreakpoint(Base + 1);
        _tracer.Events = ReportedEvents.Fork;
        var stop = Continue();
        var child = _kernel.Processes.Single(process => process != parent);
        Assert.That((stop.Kind, stop.Child, stop.ChildLwp), Is.EqualTo((StopKind.Fork, child.Pid, child.Main.Lwp)));
        var tracee = _tracer.FindProcess(child.Pid)!;
        Assert.That(tracee.Breakpoints.Contains(Base + 1), Is.True);
        tracee.RemoveBreakpoint(Base + 1);
        Assert.That((child.Memory[1], parent.Memory[1]), Is.EqualTo((Nop, Int3)));
        Assert.That(_tracer.Detach(tracee, 0), Is.EqualTo(Errno.None));
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.SoftwareBreakpoint));
    }

    [Test]
    public void BreakpointsLeaveTheMemoryThatAVforkChildUsesAndReturn()
    {
        var parent = Launch(Vfork, Nop, Exec, Loop);
        _kernel.ExecutedProgram = FakeKernel.Memory([Loop]);
        Tracee.InsertBreakpoint(Base + 1);
        var stop = Continue();
        // The child has run the nop at the breakpoint's address, and executed a program, before the parent came there.
        Assert.That((stop.Kind, stop.Pid, stop.Address), Is.EqualTo((StopKind.SoftwareBreakpoint, parent.Pid, Base + 1)));
        var child = _kernel.Processes.Single(process => process != parent);
        Assert.That((child.Traced, child.End, child.Memory[0]), Is.EqualTo((false, null as int?, Loop)));
    }

    [Test]
    public void VforkAndItsEndAreReportedWhenWanted()
    {
        var parent = Launch(Vfork, Exec, Loop);
        _kernel.ExecutedProgram = FakeKernel.Memory([Loop]);
        _tracer.Events = ReportedEvents.Vfork | ReportedEvents.Exec;
        Tracee.InsertBreakpoint(Base + 2);
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.Vfork));
        var child = _tracer.Processes[1];
        Assert.That(child.Breakpoints, Is.SameAs(Tracee.Breakpoints), "one memory, one table");
        Assert.That(_tracer.Detach(child, 0), Is.EqualTo(Errno.None));
        Assert.That(parent.Memory[2], Is.EqualTo(Loop), "the child must not meet a breakpoint");
        Assert.That(Continue().Kind, Is.EqualTo(StopKind.VforkDone));
        Assert.That(parent.Memory[2], Is.EqualTo(Int3));
    }

    [Test]
    public void ExecForgetsBreakpointsAndIsReported([Values] bool wanted)
    {
        var process = Launch(Nop, Exec);
        _tracer.Events = wanted ? ReportedEvents.Exec : ReportedEvents.None;
        Tracee.InsertBreakpoint(Base + 5);
        Watch(BreakpointKind.Write, Base);
        _kernel.ExecutedProgram = FakeKernel.Memory([Loop]);
        var stop = Continue();
        Assert.That((stop.Kind, stop.Signal), Is.EqualTo((wanted ? StopKind.Exec : StopKind.Signal, Signals.SIGTRAP)));
        Assert.That((Tracee.Breakpoints.Count, Tracee.DebugRegisters.Points.Count, process.Memory[5]), Is.EqualTo((0, 0, Nop)));
    }

    private DebugSlotResult Watch(BreakpointKind kind, ulong address)
    {
        var result = Tracee.InsertPoint(new DebugRegisters.Point(kind, address, 8), null, out var error);
        Assert.That(error, Is.EqualTo(Errno.None));
        return result;
    }

    private FakeProcess Launch(params byte[] code)
    {
        _kernel.ExecutedProgram = code;
        var request = new SpawnRequest("/bin/program", ["/bin/program"], []) { Terminal = new Terminal() };
        Assert.That(_tracer.Launch(request), Is.EqualTo(Errno.None));
        return _kernel.Processes[^1];
    }

    private StopEvent Continue() => Resume(new ResumeAction(ResumeKind.Continue, -1, -1));

    private StopEvent Step() => Resume(new ResumeAction(ResumeKind.Step, -1, -1));

    private StopEvent Resume(params ResumeAction[] actions)
    {
        Assert.That(_tracer.Resume(actions), Is.EqualTo(Errno.None));
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        return stop;
    }
}
