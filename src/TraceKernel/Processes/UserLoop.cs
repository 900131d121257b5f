using System.Runtime.CompilerServices;
using TraceKernel.Abi;
using TraceKernel.Machine.Execution;
using TraceKernel.Signals;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>
/// The life of a thread as its kernel stack sees it: user mode until a trap, the trap's work, the way back out (trap, syscallenter,
/// syscallret, ast of FreeBSD's subr_syscall.c and subr_trap.c). What a debugger's every step passes has pooled frames, which must be
/// awaited without the host's context: they would otherwise go on wherever that is.
/// </summary>
internal static class UserLoop
{
    /// <summary>
    /// Starts a thread's coroutine, parked: it runs <paramref name="first"/> (fork_return, a new program's exec) and then user mode for
    /// ever.
    /// </summary>
    public static void Start(Lwp lwp, Func<Lwp, ValueTask> first) => lwp.Coroutine = Live(lwp, first).AsTask();

    /// <summary>A coroutine that ended by an exception is our bug: it goes to whoever runs the kernel.</summary>
    public static void ThrowIfPanicked(Lwp lwp)
    {
        if (lwp.Coroutine is { IsFaulted: true } task) throw new InvalidOperationException("kernel panic", task.Exception!.InnerException);
    }

    private static async ValueTask Live(Lwp lwp, Func<Lwp, ValueTask> first)
    {
        await lwp.Kernel;
        await first(lwp);
        while (!lwp.IsDead)
        {
            await ReturnToUser(lwp).ConfigureAwait(false);
            if (lwp.IsDead) break;
            lwp.Process.Kernel.Architecture.ReturnToUser(lwp.Cpu);
            lwp.InUserMode = true;
            await lwp.Kernel;
            await Trapped(lwp, lwp.UserExit).ConfigureAwait(false);
        }
    }

    /// <summary>ast: everything that has to happen before user mode.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask ReturnToUser(Lwp lwp)
    {
        do
        {
            lwp.AstPending = false;
            if (await Sleeping.SuspendCheck(lwp, mayReturn: false).ConfigureAwait(false) != Errno.None)
            {
                await Exiting.ExitThread(lwp);
                return;
            }
            lwp.Debug |= DebugFlags.Boundary;
            while (await Issuing.IssueSignal(lwp).ConfigureAwait(false) is var signal and not 0)
            {
                await Issuing.PostSignal(lwp, signal);
                if (lwp.IsDead) return;
            }
            lwp.Debug &= ~DebugFlags.Boundary;
            // A debugger may have had it call exit(2).
            if (lwp.IsDead) return;
            if (lwp.OldMask is { } mask)
            {
                lwp.OldMask = null;
                lwp.SignalMask = mask;
                lwp.AstPending = true;
            }
        }
        while (lwp.AstPending);
    }

    private static ValueTask Trapped(Lwp lwp, Exit exit)
    {
        var architecture = lwp.Process.Kernel.Architecture;
        var meter = lwp.Process.Kernel.Meter;
        if (exit.Kind == ExitKind.Trap && exit.Trap == architecture.SystemCallTrap) meter.SystemCalls++;
        else if (exit.Kind != ExitKind.Budget) meter.Traps++;
        switch (exit.Kind)
        {
            case ExitKind.Budget:
                break;
            case ExitKind.Trap when exit.Trap == architecture.SystemCallTrap:
                return SystemCall(lwp);
            case ExitKind.Trap:
                return Issuing.TrapSignal(lwp, architecture.Trap(lwp.Cpu, exit, lwp.Has(DebugFlags.Step)));
            case ExitKind.Debug:
                var trap = architecture.Trap(lwp.Cpu, exit, lwp.Has(DebugFlags.Step));
                if (exit.Stepped) lwp.Debug &= ~DebugFlags.Step;
                return Issuing.TrapSignal(lwp, trap);
            case ExitKind.MemoryFault:
                return PageFault(lwp, exit);
        }
        return ValueTask.CompletedTask;
    }

    private static ValueTask PageFault(Lwp lwp, in Exit exit)
    {
        var process = lwp.Process;
        process.Kernel.Meter.Faults++;
        KernelTracing.Fault(lwp, exit.Address, exit.Access);
        var result = process.Vm.Fault(exit.Address, exit.Access);
        KernelTracing.FaultEnd(lwp, result);
        if (result == FaultResult.Resolved)
        {
            lwp.Usage.ru_minflt++;
            return ValueTask.CompletedTask;
        }
        if (result == FaultResult.OutOfMemory)
        {
            // vm_pageout_oom
            Killing.Kill(process, "out of swap space");
            return ValueTask.CompletedTask;
        }
        var isEndOfFile = result == FaultResult.OutOfBounds && process.Kernel.Personality.Machine.FilesEndInBusErrors;
        var trap = process.Kernel.Architecture.MemoryFault(
            lwp.Cpu, exit, result != FaultResult.InvalidAddress, process.OsRelease >= OsReleaseWithSigsegv);
        // An instruction that is not aligned is no page fault.
        if (isEndOfFile && trap.Code != Abi.Signals.BUS_ADRALN)
            trap = trap with { Signal = Abi.Signals.SIGBUS, Code = Abi.Signals.BUS_OBJERR };
        return Issuing.TrapSignal(lwp, trap);
    }

    /// <summary>P_OSREL_SIGSEGV: programs from then on get SIGSEGV for protection failures.</summary>
    private const int OsReleaseWithSigsegv = 700004;

    /// <summary>amd64_syscall and its like: enter, run, return.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SystemCall(Lwp lwp)
    {
        var process = lwp.Process;
        var architecture = process.Kernel.Architecture;
        var call = lwp.Call;
        process.Kernel.Scheduler.ChargeSystemCall();
        process.Kernel.Options.Probe?.Invoke(User.ProbePoint.SystemCall, process.Kernel.Scheduler.Retired);
        lwp.IsSteppingCall = architecture.IsSingleStepping(lwp.Cpu);
        var error = await Enter(lwp).ConfigureAwait(false);
        if (error == Errno.None) error = Syscalls.CapabilityMode.Check(call);
        if (error == Errno.None) error = Syscalls.JailRules.Check(call);
        var code = call.Code;
        if (error == Errno.None) error = await call.Kernel.SystemCalls.Run(call);
        call.Error = call.ShownError == Errno.None ? error : call.ShownError;
        lwp.Debug &= ~DebugFlags.Sce;
        architecture.SetSystemCallResult(lwp.Cpu, error, call.Value, call.SecondValue);
        if (lwp.IsDead) return;
        KernelTracing.Return(lwp, code, error, call.Value);
        Watching.Return(lwp);
        if (Syscalls.CapabilityMode.IsViolation(lwp)) await Syscalls.CapabilityMode.Trap(lwp);
        // The trace flag at a system call: the step ends after it (trap.c, syscall entry).
        if (lwp.IsSteppingCall) await Forking.StepTrap(lwp);
        await Return(lwp).ConfigureAwait(false);
    }

    /// <summary>syscallenter: arguments, and the debugger's entry stop, which may change them.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Errno> Enter(Lwp lwp)
    {
        var process = lwp.Process;
        lwp.Call.SecondValue = process.Kernel.Architecture.SecondReturnValue(lwp.Cpu);
        lwp.Call.Value = 0;
        lwp.Call.ShownError = Errno.None;
        var error = Fetch(lwp);
        KernelTracing.Call(lwp);
        Watching.Call(lwp);
        await StopEvents.At(lwp, StopEvents.S_SCE, lwp.Call.ArgumentCount);
        if (!process.IsTraced) return error;
        lwp.Debug = (lwp.Debug | DebugFlags.Sce) & ~DebugFlags.UserWrite;
        if ((process.TraceEvents & Abi.Ptrace.PTRACE_SCE) == 0) return error;
        await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP).ConfigureAwait(false);
        return lwp.Has(DebugFlags.UserWrite) ? Fetch(lwp) : error;
    }

    private static Errno Fetch(Lwp lwp)
    {
        var call = lwp.Call;
        var error = lwp.Process.Kernel.Architecture.FetchSystemCall(
            lwp.Cpu, lwp.Process.Vm, call.Kernel.SystemCalls.ArgumentCount, call.Arguments, out var code);
        call.Code = code;
        call.ArgumentCount = call.Kernel.SystemCalls.ArgumentCount(code);
        return error;
    }

    /// <summary>syscallret: exit, fork and exec stops, and the wait of a vfork parent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask Return(Lwp lwp)
    {
        var process = lwp.Process;
        if (process.IsTraced)
        {
            lwp.Debug |= DebugFlags.Scx;
            await Forking.WaitForFollowedChild(lwp);
            if ((process.TraceEvents & Abi.Ptrace.PTRACE_SCX) != 0 || lwp.Has(DebugFlags.Fork | DebugFlags.Exec))
            {
                lwp.Debug |= DebugFlags.Boundary;
                await Stopping.PtraceStop(lwp, Abi.Signals.SIGTRAP).ConfigureAwait(false);
            }
            lwp.Debug &= ~(DebugFlags.Scx | DebugFlags.Exec | DebugFlags.Fork | DebugFlags.Boundary);
        }
        await StopEvents.At(lwp, StopEvents.S_SCX, (int)lwp.Call.Code);
        await Forking.WaitForVForkChild(lwp);
    }
}
