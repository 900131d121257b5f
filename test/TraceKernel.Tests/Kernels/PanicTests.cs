using NUnit.Framework;
using TraceKernel.User;

namespace TraceKernel.Tests.Kernels;

/// <summary>A bug of a kernel ends that kernel, for all who use it, and nothing else.</summary>
public sealed class PanicTests
{
    [Test]
    public void ABugInACalloutEndsTheKernelForEverybody()
    {
        using var machine = new TestMachine();
        using var other = HostProcess.TryCreate(machine.Kernel, "other")!;
        var pid = machine.Start("spin.O2", traced: false);
        machine.Kernel.Scheduler.At(0, () => throw new NotImplementedException());
        Assert.That(() => machine.Wait(pid), Throws.InstanceOf<NotImplementedException>());
        Assert.That(machine.Kernel.HasPanicked, Is.True);
        Assert.That(() => other.Calls.Kill(pid, 0), Throws.InstanceOf<KernelPanicException>().With.InnerException.InstanceOf<NotImplementedException>());
        Assert.That(() => machine.Wait(pid), Throws.InstanceOf<KernelPanicException>());
    }

    /// <summary>On the kernel's own thread nobody but the runtime would catch it.</summary>
    [Test]
    public void ABugOnTheRunnersThreadDoesNotEndTheServer()
    {
        using var kernel = new Kernel(new Arch.Amd64.Amd64(), new KernelOptions { Time = TimeSource.Fast, RunsUnattended = true });
        using var host = HostProcess.TryCreate(kernel, "host")!;
        lock (kernel.Gate)
        {
            kernel.Scheduler.At(0, () => throw new NotImplementedException());
            kernel.Runner.Start();
        }
        Assert.That(SpinWait.SpinUntil(() => kernel.HasPanicked, TimeSpan.FromMinutes(1)), Is.True);
        Assert.That(() => host.Calls.Kill(host.Pid, 0), Throws.InstanceOf<KernelPanicException>());
    }

    [Test]
    public void AnExceptionOfTheWaitingClientIsNoneOfTheKernels()
    {
        using var machine = new TestMachine();
        var pid = machine.Start("spin.O2", traced: false);
        Assert.That(() => machine.Calls.Wait6(Abi.Wait.P_PID, pid, Abi.Wait.WEXITED, out _, out _, out _, _ => throw new NotImplementedException()),
            Throws.InstanceOf<NotImplementedException>());
        Assert.That(machine.Kernel.HasPanicked, Is.False);
        Assert.That(machine.Calls.Kill(pid, 0), Is.EqualTo(Abi.Errno.None));
    }
}
