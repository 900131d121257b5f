using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;
using static GdbStub.Tests.Tracing.FakeProcess;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tests.Tracing;

/// <summary>A kernel with the requests of FreeBSD 5: which ones do the work of those that it lacks.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OlderKernelTests
{
    private readonly FakeKernel _kernel = new()
    {
        Missing =
        [
            PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST, PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_FOLLOW_FORK, PT_SET_EVENT_MASK,
            PT_VM_ENTRY, PT_GETFSBASE, PT_GETGSBASE,
        ],
    };

    private readonly Tracer _tracer;

    public OlderKernelTests() => _tracer = new Tracer(_kernel, new FakeTarget());

    private FakeProcess Launch(params byte[] code)
    {
        _kernel.ExecutedProgram = code;
        Assert.That(_tracer.Launch(new SpawnRequest("/bin/program", ["program"], []) { Terminal = new Terminal() }),
            Is.EqualTo(Errno.None));
        _kernel.Requests.Clear();
        return _kernel.Processes[0];
    }

    private StopEvent Resume(ResumeKind kind, int signal = 0)
    {
        Assert.That(_tracer.Resume([new ResumeAction(kind, -1, -1) { Signal = signal }]), Is.EqualTo(Errno.None));
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        return stop;
    }

    [Test]
    public void The_process_shows_one_thread_by_its_pid()
    {
        var process = Launch(Nop, Exit);
        Assert.That(_tracer.Processes[0].Threads.Select(thread => thread.Lwp), Is.EqualTo(new[] { process.Pid }));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base));
    }

    [Test]
    public void A_step_is_made_by_PT_STEP()
    {
        Launch(Nop, Nop, Nop);
        Assert.That(Resume(ResumeKind.Step).Kind, Is.EqualTo(StopKind.Step));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base + 1));
        Assert.That(_kernel.Requests, Does.Contain(PT_STEP).And.No.Member(PT_CONTINUE));
        _kernel.Requests.Clear();
        Assert.That(Resume(ResumeKind.Step).Kind, Is.EqualTo(StopKind.Step));
        Assert.That(_kernel.Requests, Does.Contain(PT_STEP).And.No.Member(PT_CONTINUE));
    }

    [Test]
    public void A_breakpoint_is_known_by_the_pc()
    {
        Launch(Nop, Nop, Nop, Exit);
        Assert.That(_tracer.Processes[0].InsertBreakpoint(Base + 2), Is.EqualTo(Errno.None));
        var stop = Resume(ResumeKind.Continue);
        Assert.That((stop.Kind, stop.Address), Is.EqualTo((StopKind.SoftwareBreakpoint, Base + 2)));
        Assert.That(_tracer.Current!.Registers.Pc, Is.EqualTo(Base + 2));
        Assert.That(_kernel.Requests, Does.Contain(PT_CONTINUE));
    }

    [Test]
    public void A_step_that_ends_behind_a_breakpoint_is_a_step()
    {
        Launch(Nop, Nop, Nop, Exit);
        Resume(ResumeKind.Step);
        // Inserted where the last instruction was: the next step begins after it.
        Assert.That(_tracer.Processes[0].InsertBreakpoint(Base), Is.EqualTo(Errno.None));
        Assert.That(Resume(ResumeKind.Step).Kind, Is.EqualTo(StopKind.Step));
    }

    [Test]
    public void A_step_from_a_breakpoint_that_is_there_stops_at_it()
    {
        Launch(Nop, Nop, Exit);
        Assert.That(_tracer.Processes[0].InsertBreakpoint(Base), Is.EqualTo(Errno.None));
        var stop = Resume(ResumeKind.Step);
        Assert.That((stop.Kind, stop.Address), Is.EqualTo((StopKind.SoftwareBreakpoint, Base)));
    }

    [Test]
    public void An_interrupt_and_a_detach()
    {
        var process = Launch(Loop);
        Assert.That(_tracer.Resume([new ResumeAction(ResumeKind.Continue, -1, -1)]), Is.EqualTo(Errno.None));
        _tracer.Interrupt();
        Assert.That(_tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        Assert.That(stop.Kind, Is.EqualTo(StopKind.Interrupt));
        Assert.That(_tracer.Detach(_tracer.Processes[0], 0), Is.EqualTo(Errno.None));
        Assert.That((process.Traced, process.Pending, process.End), Is.EqualTo((false, Array.Empty<int>(), (int?)null)));
    }
}
