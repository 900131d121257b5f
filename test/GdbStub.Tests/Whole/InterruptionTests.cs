using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tests.Whole;

/// <summary>The SIGSTOP by which a running program is interrupted, on each kernel.</summary>
public sealed class InterruptionTests
{
    private static readonly string[] s_kernels = ["freebsd-5", "dragonfly", "freebsd-11", "freebsd-13", "freebsd-14"];

    /// <summary>SIGCONT takes it away; the interrupt that is asked for again sends another.</summary>
    [TestCaseSource(nameof(s_kernels))]
    public void OneThatIsTakenAwayIsSentAgain(string kernel) => RunDemo(kernel, (tracer, other) =>
    {
        var pid = tracer.Processes[0].Pid;
        tracer.PassSignals = default(sigset).With(Signals.SIGCONT);
        Resume(tracer);
        tracer.Interrupt();
        Assert.That(other.Kill(pid, Signals.SIGCONT), Is.EqualTo(Errno.None));
        tracer.Interrupt();
        Assert.That(Wait(tracer).Kind, Is.EqualTo(StopKind.Interrupt));
        Resume(tracer);
        Assert.That(Wait(tracer).Kind, Is.EqualTo(StopKind.Exited), "the program sees none of it");
    });

    /// <summary>Asked for again while it is on its way, it stops the program once.</summary>
    [TestCaseSource(nameof(s_kernels))]
    public void OneThatIsOnItsWayIsEnough(string kernel) => RunDemo(kernel, (tracer, _) =>
    {
        Resume(tracer);
        for (var time = 0; time < 3; time++) tracer.Interrupt();
        Assert.That(Wait(tracer).Kind, Is.EqualTo(StopKind.Interrupt));
        Resume(tracer);
        Assert.That(Wait(tracer).Kind, Is.EqualTo(StopKind.Exited));
    });

    private static void RunDemo(string kernel, Action<Tracer, SystemCalls> act) => WholeServer.RunAlone(() =>
    {
        using var system = WholeServer.CreateSystem(kernel: kernel);
        var (calls, other) = (system.CreateProcess(isolated: false), system.CreateProcess(isolated: false));
        var tracer = new Tracer(calls, system.Target);
        var request = new SpawnRequest(system.DemoProgram, [system.DemoProgram], []) { Terminal = new Terminal() };
        Assert.That(tracer.Launch(request), Is.EqualTo(Errno.None));
        act(tracer, other);
    });

    private static void Resume(Tracer tracer) => Assert.That(tracer.Resume([new ResumeAction(ResumeKind.Continue, Pid: -1, Lwp: -1)]), Is.EqualTo(Errno.None));

    private static StopEvent Wait(Tracer tracer)
    {
        Assert.That(tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        return stop;
    }
}
