using GdbStub.Sessions;
using GdbStub.Tracing;
using NUnit.Framework;
using TraceKernel.Abi;
using TraceKernel.User;

namespace GdbStub.Tests.Whole;

/// <summary>Faults injected into a machine: it ends for all its sessions, and the server goes on with others.</summary>
public sealed class PanicTests
{
    [Test]
    public void ABugEndsItsMachineAndNoOther(
        [Values(ProbePoint.Turn, ProbePoint.SystemCall, ProbePoint.HostCall)] ProbePoint where, [Values] bool isShared) => WholeServer.RunAlone(() =>
    {
        var isArmed = false;
        using var system = new Program.SimulatedSystem(new KernelOptions
        {
            Kernel = "freebsd-14", Architecture = "amd64", Time = TimeMode.Fast, MaxMemory = 1L << 30, MaxFiles = 1L << 26, MaxProcesses = 100,
            Probe = (point, _) =>
            {
                if (!isArmed || point != where) return;
                isArmed = false;
                throw new NotImplementedException();
            },
        });
        var (calls, other) = (system.CreateProcess(!isShared), system.CreateProcess(!isShared));
        var tracer = Launch(system, calls);
        isArmed = true;
        Assert.That(() => RunToEnd(tracer), Throws.Exception);
        Assert.That((system.HasEnded(calls), system.HasEnded(other)), Is.EqualTo((true, isShared)));
        if (isShared) Assert.That(() => other.Kill(other.Pid, 0), Throws.InstanceOf<KernelPanicException>());
        else RunToEnd(Launch(system, other));
        var next = system.CreateProcess(!isShared);
        RunToEnd(Launch(system, next));
        foreach (var process in (SystemCalls[])[calls, other, next]) system.End(process);
    });

    private static Tracer Launch(Program.SimulatedSystem system, SystemCalls calls)
    {
        var tracer = new Tracer(calls, system.Target);
        var request = new SpawnRequest(system.DemoProgram, [system.DemoProgram], []) { Terminal = new Terminal() };
        Assert.That(tracer.Launch(request), Is.EqualTo(Errno.None));
        return tracer;
    }

    private static void RunToEnd(Tracer tracer)
    {
        Assert.That(tracer.Resume([new ResumeAction(ResumeKind.Continue, Pid: -1, Lwp: -1)]), Is.EqualTo(Errno.None));
        Assert.That(tracer.Wait(null, out var stop), Is.EqualTo(Errno.None));
        Assert.That(stop.Kind, Is.EqualTo(StopKind.Exited));
    }
}
