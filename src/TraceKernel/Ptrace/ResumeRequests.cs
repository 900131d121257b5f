using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Letting a tracee go on, in all the ways of PTRACE.md 5.3 to 5.5.</summary>
internal static class ResumeRequests
{
    [Ptrace(PT_CONTINUE, Target.StoppedLwp)]
    [Ptrace(PT_TO_SCE, Target.StoppedLwp)]
    [Ptrace(PT_TO_SCX, Target.StoppedLwp)]
    [Ptrace(PT_SYSCALL, Target.StoppedLwp)]
    public static Errno Continue(ref PtraceCall call)
    {
        if ((uint)call.Data > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        call.Process.TraceEvents |= call.Request switch
        {
            PT_TO_SCE => PTRACE_SCE,
            PT_TO_SCX => PTRACE_SCX,
            PT_SYSCALL => PTRACE_SYSCALL,
            _ => 0,
        };
        if (call.Address != SamePc && call.Process.Kernel.Architecture.SetPc(call.Lwp.Cpu, call.Address) is var error and not Errno.None)
            return error;
        Resume(call.Process, call.Data);
        return Errno.None;
    }

    [Ptrace(PT_STEP, Target.StoppedLwp)]
    public static Errno Step(ref PtraceCall call)
    {
        if ((uint)call.Data > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        ThreadRequests.SetStep(ref call);
        Resume(call.Process, call.Data);
        return Errno.None;
    }

    [Ptrace(PT_KILL, Target.StoppedLwp)]
    public static Errno Kill(ref PtraceCall call)
    {
        Resume(call.Process, Abi.Signals.SIGKILL);
        return Errno.None;
    }

    [Ptrace(PT_DETACH, Target.StoppedLwp)]
    public static Errno Detach(ref PtraceCall call)
    {
        if ((uint)call.Data > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        var process = call.Process;
        process.Flags &= ~(ProcessFlags.Traced | ProcessFlags.Waited);
        if (process.OriginalParentPid != process.Parent.Pid)
        {
            Family.ForgetSignal(process.Parent, process);
            var parent = Family.RealParent(process);
            Family.Reparent(process, parent, setOriginalParent: false);
            if (parent == process.Kernel.Init) process.ParentSignal = Abi.Signals.SIGCHLD;
        }
        process.TraceEvents = 0;
        foreach (var lwp in process.Threads)
        {
            if (lwp.Has(DebugFlags.FirstStop)) lwp.Queue.Delete(Abi.Signals.SIGSTOP);
            lwp.Debug &= ~process.Kernel.Personality.ClearedByDetach;
        }
        if (process.FirstStop)
        {
            process.Queue.Delete(Abi.Signals.SIGSTOP);
            process.FirstStop = false;
        }
        Resume(process, call.Data);
        return Errno.None;
    }

    /// <summary>The shared tail ("sendsig") of kern_ptrace: the reporting thread gets the signal, everybody may run.</summary>
    private static void Resume(Process process, int signal)
    {
        if (process.XThread is { } reporter)
        {
            reporter.Debug &= ~DebugFlags.XSig;
            reporter.XSig = signal;
            process.XThread = null;
        }
        process.XSig = signal;
        if (signal == Abi.Signals.SIGKILL) process.Flags |= ProcessFlags.Killed;
        process.Flags &= ~(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal | ProcessFlags.Waited);
        Sleeping.Unsuspend(process);
    }
}
