using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Signals;
using static TraceKernel.Abi.Forks;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Processes;

/// <summary>struct fork_req: what kind of fork it is.</summary>
/// <param name="Flags">RF*, RFPROC among them.</param>
/// <param name="DropsHandlers">Signals that the parent handles have their default action in the child (RFSPAWN).</param>
/// <param name="Descriptor">What will hold the child (pdfork).</param>
internal readonly record struct ForkRequest(int Flags, bool DropsHandlers = false, ProcessDescriptor? Descriptor = null)
{
    public static readonly ForkRequest Fork = new(RFFDG | RFPROC);
    public static readonly ForkRequest VFork = new(RFFDG | RFPROC | RFPPWAIT | RFMEM);

    /// <summary>RFTSIGNUM.</summary>
    public int ParentSignal => Flags >> RFTSIGSHIFT & RFTSIGMASK;

    public bool Has(int flag) => (Flags & flag) != 0;

    /// <summary>The judgement of fork1 on flags that a program chose.</summary>
    public bool IsValid
    {
        get
        {
            if ((Flags & ~(RFFLAGS | RFTSIGMASK << RFTSIGSHIFT)) != 0 || (Has(RFFDG) && Has(RFCFDG))) return false;
            return Has(RFTSIGZMB) ? ParentSignal <= Abi.Signals.MaximumSignal : ParentSignal == 0;
        }
    }
}

/// <summary>fork(2) and its kin, and what a debugger sees of them: kern_fork.c.</summary>
internal static class Forking
{
    /// <summary>fork1: a new process. ENOMEM, EAGAIN when the process table is full.</summary>
    public static Errno Fork(Lwp lwp, in ForkRequest request, out int childPid)
    {
        var parent = lwp.Process;
        var kernel = parent.Kernel;
        childPid = 0;
        var vm = request.Has(RFMEM) ? parent.Vm.Share() : parent.Vm.TryFork();
        if (vm is null) return Errno.ENOMEM;
        if (kernel.TryCreate(parent, parent.Name, forReaper: request.Has(RFNOWAIT)) is not { } child)
        {
            vm.Dispose();
            return Errno.EAGAIN;
        }
        childPid = child.Pid;
        child.Vm = vm;
        Count(parent, request);
        child.InheritFrom(parent, request.Flags);
        SetUp(child, parent, request);
        var created = CreateThread(lwp, child);
        if (request.Has(RFPPWAIT))
        {
            child.Flags |= ProcessFlags.ParentWaits;
            lwp.Debug |= DebugFlags.VFork;
        }
        if (parent.IsTraced) Trace(lwp, child, created);
        KqueueProcessFilter.Forked(parent, child);
        UserLoop.Start(created, self =>
        {
            Watching.Tell(self, User.ProgramEventKind.Start);
            return ForkReturn(self);
        });
        Watching.Forked(lwp, child);
        KernelTracing.Forked(parent, child);
        kernel.Scheduler.MakeReady(created);
        lwp.VForkChild = request.Has(RFPPWAIT) ? child : null;
        return Errno.None;
    }

    // do_fork: fork(2), vfork(2) and everything else have counters.
    private static void Count(Process parent, in ForkRequest request)
    {
        var (meter, pages) = (parent.Kernel.Meter, (long)(parent.Vm.Map.Size / Machine.Memory.Frame.Size));
        if (request == ForkRequest.VFork) (meter.VForks, meter.VForkPages) = (meter.VForks + 1, meter.VForkPages + pages);
        else if (request == ForkRequest.Fork) (meter.Forks, meter.ForkPages) = (meter.Forks + 1, meter.ForkPages + pages);
        else (meter.RForks, meter.RForkPages) = (meter.RForks + 1, meter.RForkPages + pages);
    }

    /// <summary>What do_fork hands on beside memory, files and signal actions.</summary>
    private static void SetUp(Process child, Process parent, in ForkRequest request)
    {
        if (request.DropsHandlers) child.Signals.DropCaught();
        child.ParentSignal = request.Has(RFTSIGZMB) ? request.ParentSignal
            : request.Has(RFLINUXTHPN) ? Abi.Signals.SIGUSR1 : Abi.Signals.SIGCHLD;
        child.Flags2 = parent.Flags2 & ProcessFlags2.Inherited;
        child.AddressWidth = parent.AddressWidth;
        if (parent.Has(ProcessFlags2.InheritProtected))
        {
            child.Flags |= ProcessFlags.Protected;
            child.Flags2 |= ProcessFlags2.InheritProtected;
        }
        request.Descriptor?.Hold(child);
        if (!request.Has(RFTHREAD)) return;
        child.Leader = parent.Leader;
        child.Leader.Peers.Add(child);
        if (child.Leader.Has(ProcessFlags.Exiting)) Posting.Send(child, Abi.Signals.SIGKILL);
    }

    private static Lwp CreateThread(Lwp lwp, Process child)
    {
        var kernel = child.Kernel;
        var created = kernel.CreateLwp(child);
        created.SignalMask = lwp.SignalMask;
        created.InheritScheduling(lwp);
        (created.AltStackBase, created.AltStackSize, created.AltStackEnabled) = (lwp.AltStackBase, lwp.AltStackSize, lwp.AltStackEnabled);
        kernel.Architecture.ForkChild(lwp.Cpu, created.Cpu);
        created.IsBornStepping = kernel.Architecture.IsSingleStepping(created.Cpu);
        created.Call.Code = lwp.Call.Code;
        created.Call.ArgumentCount = lwp.Call.ArgumentCount;
        lwp.Call.Arguments.CopyTo(created.Call.Arguments);
        return created;
    }

    /// <summary>
    /// fork_norfproc, rfork(2) without RFPROC: the process itself gets memory, or descriptors, that it shares with no other.
    /// </summary>
    public static async ValueTask<Errno> Divorce(Lwp lwp, ForkRequest request)
    {
        var process = lwp.Process;
        var isAlone = request.Has(RFCFDG | RFFDG) || !request.Has(RFMEM);
        if (isAlone && await SingleThreading.Begin(lwp, SingleThreadingMode.Boundary)) return Errno.ERESTART;
        var error = request.Has(RFMEM) ? Errno.None : UnshareMemory(process);
        if (error == Errno.None && request.Has(RFCFDG))
        {
            process.Files.Release();
            process.Files = new FileTable();
        }
        if (error == Errno.None && request.Has(RFFDG)) process.Files = process.Files.Unshare();
        if (error == Errno.None && request.Has(RFCFDG | RFFDG)) process.Directory = process.Directory.Copy();
        if (isAlone) SingleThreading.End(process);
        return error;
    }

    /// <summary>vmspace_unshare.</summary>
    private static Errno UnshareMemory(Process process)
    {
        if (process.Vm.References == 1) return Errno.None;
        if (process.Vm.TryFork() is not { } vm) return Errno.ENOMEM;
        process.Vm.Dispose();
        process.Vm = vm;
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
        child.FirstStop = child.Kernel.Personality.Attaching.StopsFirst;
        child.TraceEvents = PTRACE_DEFAULT;
        Family.Reparent(child, parent.Parent, setOriginalParent: false);
    }

    /// <summary>The child of a followed fork has come to its first stop: its parent need wait no longer.</summary>
    public static void ChildStops(Lwp child)
    {
        child.Debug &= ~DebugFlags.StopAtFork;
        child.Process.Kernel.Wakeup(child.Process);
    }

    /// <summary>Where the child of a followed fork attaches itself (p_dbgwait), its parent reports after it.</summary>
    public static async ValueTask WaitForFollowedChild(Lwp lwp)
    {
        var kernel = lwp.Process.Kernel;
        if (!lwp.Has(DebugFlags.Fork) || !kernel.Personality.Stops.ChildReportsFirst) return;
        while (kernel.Find(lwp.ForkChild) is { } child && child.FirstThread.Has(DebugFlags.StopAtFork))
            await lwp.Sleep(child, "dbgwait", kernel.Uptime + Clocks.NanosecondsPerSecond, interruptible: false);
    }

    /// <summary>SYS_fork.</summary>
    private const uint ForkNumber = 2;

    /// <summary>fork_return: the child's first stop, before its first instruction.</summary>
    public static async ValueTask ForkReturn(Lwp lwp)
    {
        var process = lwp.Process;
        if (lwp.Has(DebugFlags.StopAtFork))
        {
            if (process.IsTraced)
            {
                lwp.Debug |= DebugFlags.Child | DebugFlags.Scx | DebugFlags.FirstStop | DebugFlags.Boundary;
                await Stopping.PtraceStop(lwp, Abi.Signals.SIGSTOP).ConfigureAwait(false);
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
            if ((process.TraceEvents & PTRACE_SCX) != 0 || lwp.Has(DebugFlags.Born)) await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP).ConfigureAwait(false);
            lwp.Debug &= ~(DebugFlags.Scx | DebugFlags.Born | DebugFlags.Boundary);
        }
        // Whatever made the thread, its first record is the return of fork(2).
        KernelTracing.Return(lwp, ForkNumber, Errno.None, 0);
        // Unless a debugger has put it away.
        if (lwp.IsBornStepping && process.Kernel.Architecture.IsSingleStepping(lwp.Cpu)) await StepTrap(lwp);
    }

    /// <summary>A step that is over before its next instruction: the trap comes at once.</summary>
    public static async ValueTask StepTrap(Lwp lwp)
    {
        var architecture = lwp.Process.Kernel.Architecture;
        lwp.IsSteppingCall = false;
        architecture.ClearSingleStep(lwp.Cpu);
        lwp.Debug &= ~DebugFlags.Step;
        await Issuing.TrapSignal(lwp, new TrapSignal(Abi.Signals.SIGTRAP, Abi.Signals.TRAP_TRACE, lwp.Cpu.Pc, 0));
    }

    /// <summary>The parent of a vfork waits after its fork stop, and then reports that it may go on.</summary>
    public static async ValueTask WaitForVForkChild(Lwp lwp)
    {
        if (lwp.VForkChild is not { } child) return;
        lwp.VForkChild = null;
        while (child.Has(ProcessFlags.ParentWaits))
        {
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false).ConfigureAwait(false) != Errno.None) break;
            // Not interruptible; a stop of the process is noticed once a second (cv_timedwait, hz).
            var deadline = lwp.Process.Kernel.Uptime + Clocks.NanosecondsPerSecond;
            if (child.Has(ProcessFlags.ParentWaits)) await lwp.Sleep(child, "ppwait", deadline, interruptible: false);
        }
        if (!lwp.Has(DebugFlags.VFork)) return;
        if (lwp.Process.IsTraced && (lwp.Process.TraceEvents & PTRACE_VFORK) != 0) await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP).ConfigureAwait(false);
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
