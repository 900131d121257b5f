using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Signals;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Processes;

/// <summary>fork(2), vfork(2) and what a debugger sees of them: kern_fork.c.</summary>
internal static class Forking
{
    /// <summary>fork1: a copy of the calling process.</summary>
    /// <param name="isVFork">vfork: the child has the parent's memory, and the parent waits until it executes a program or exits.</param>
    public static Errno Fork(Lwp lwp, bool isVFork, out int childPid)
    {
        var parent = lwp.Process;
        var kernel = parent.Kernel;
        childPid = 0;
        var vm = isVFork ? parent.Vm.Share() : parent.Vm.TryFork();
        if (vm is null) return Errno.ENOMEM;
        if (kernel.TryCreate(parent, parent.Name) is not { } child)
        {
            vm.Dispose();
            return Errno.EAGAIN;
        }
        childPid = child.Pid;
        child.Vm = vm;
        child.InheritFrom(parent);
        var created = kernel.CreateLwp(child);
        created.Name = lwp.Name;
        created.SignalMask = lwp.SignalMask;
        (created.AltStackBase, created.AltStackSize, created.AltStackEnabled) = (lwp.AltStackBase, lwp.AltStackSize, lwp.AltStackEnabled);
        kernel.Architecture.ForkChild(lwp.Cpu, created.Cpu);
        created.Call.Code = lwp.Call.Code;
        created.Call.ArgumentCount = lwp.Call.ArgumentCount;
        lwp.Call.Arguments.CopyTo(created.Call.Arguments);
        if (isVFork)
        {
            child.Flags |= ProcessFlags.ParentWaits;
            lwp.Debug |= DebugFlags.VFork;
        }
        if (parent.IsTraced) Trace(lwp, child, created);
        KqueueProcessFilter.Forked(parent, child);
        UserLoop.Start(created, ForkReturn);
        kernel.Scheduler.MakeReady(created);
        lwp.VForkChild = isVFork ? child : null;
        return Errno.None;
    }

    /// <summary>The tracing half of do_fork.</summary>
    private static void Trace(Lwp lwp, Process child, Lwp created)
    {
        var parent = lwp.Process;
        if ((parent.TraceEvents & PTRACE_FORK) == 0) return;
        lwp.Debug |= DebugFlags.Fork;
        lwp.ForkChild = child.Pid;
        created.Debug |= DebugFlags.StopAtFork;
        child.Flags |= ProcessFlags.Traced;
        child.FirstStop = true;
        child.TraceEvents = PTRACE_DEFAULT;
        Family.Reparent(child, parent.Parent, setOriginalParent: false);
    }

    /// <summary>fork_return: the child's first stop, before its first instruction.</summary>
    public static async ValueTask ForkReturn(Lwp lwp)
    {
        var process = lwp.Process;
        if (lwp.Has(DebugFlags.StopAtFork))
        {
            if (process.IsTraced)
            {
                lwp.Debug |= DebugFlags.Child | DebugFlags.Scx | DebugFlags.FirstStop | DebugFlags.Boundary;
                await Stopping.PtraceStop(lwp, Abi.Signals.SIGSTOP);
                lwp.Debug &= ~(DebugFlags.Child | DebugFlags.Scx | DebugFlags.Boundary);
            }
            else
            {
                lwp.Debug &= ~DebugFlags.StopAtFork;
            }
        }
        else if (process.IsTraced || lwp.Has(DebugFlags.Born))
        {
            // A new thread of a traced process.
            lwp.Debug |= DebugFlags.Scx | DebugFlags.Boundary;
            if ((process.TraceEvents & PTRACE_SCX) != 0 || lwp.Has(DebugFlags.Born)) await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP);
            lwp.Debug &= ~(DebugFlags.Scx | DebugFlags.Born | DebugFlags.Boundary);
        }
    }

    /// <summary>The parent of a vfork waits after its fork stop, and then reports that it may go on.</summary>
    public static async ValueTask WaitForVForkChild(Lwp lwp)
    {
        if (lwp.VForkChild is not { } child) return;
        lwp.VForkChild = null;
        while (child.Has(ProcessFlags.ParentWaits))
        {
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false) != Errno.None) break;
            // Not interruptible; a stop of the process is noticed once a second (cv_timedwait, hz).
            var deadline = lwp.Process.Kernel.Uptime + Clocks.NanosecondsPerSecond;
            if (child.Has(ProcessFlags.ParentWaits)) await lwp.Sleep(child, "ppwait", deadline, interruptible: false);
        }
        if (!lwp.Has(DebugFlags.VFork)) return;
        if (lwp.Process.IsTraced && (lwp.Process.TraceEvents & PTRACE_VFORK) != 0) await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP);
        lwp.Debug &= ~DebugFlags.VFork;
    }

    /// <summary>The vfork child has executed a program, or is gone.</summary>
    public static void ReleaseVForkParent(Process child)
    {
        if (!child.Has(ProcessFlags.ParentWaits)) return;
        child.Flags &= ~(ProcessFlags.ParentWaits | ProcessFlags.ParentTraces);
        child.Kernel.Wakeup(child);
    }
}
