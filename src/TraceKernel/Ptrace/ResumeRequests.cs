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
        if (MovePc(call) is var error and not Errno.None) return error;
        call.Process.TraceEvents |= call.Request switch
        {
            PT_TO_SCE => PTRACE_SCE,
            PT_TO_SCX => PTRACE_SCX,
            PT_SYSCALL => PTRACE_SYSCALL,
            _ => 0,
        };
        Resume(call, call.Data);
        return Errno.None;
    }

    [Ptrace(PT_STEP, Target.StoppedLwp)]
    public static Errno Step(ref PtraceCall call)
    {
        var rules = call.Process.Kernel.Personality.Resuming;
        var exists = (uint)call.Data <= Abi.Signals.MaximumSignal;
        if (!exists && rules.StepChecksSignal) return Errno.EINVAL;
        ThreadRequests.SetStep(ref call);
        if (rules.StepSetsPc && MovePc(call) is var error and not Errno.None) return error;
        Resume(call, exists ? call.Data : 0);
        return Errno.None;
    }

    /// <summary>ptrace_set_pc, unless the address says that it stays.</summary>
    private static Errno MovePc(in PtraceCall call) =>
        call.Address == SamePc ? Errno.None : call.Process.Kernel.Architecture.SetPc(call.Lwp.Cpu, call.Address);

    [Ptrace(PT_KILL, Target.StoppedLwp)]
    public static Errno Kill(ref PtraceCall call)
    {
        Resume(call, Abi.Signals.SIGKILL);
        return Errno.None;
    }

    [Ptrace(PT_DETACH, Target.StoppedLwp)]
    public static Errno Detach(ref PtraceCall call)
    {
        if ((uint)call.Data > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        var process = call.Process;
        var personality = process.Kernel.Personality;
        if (personality.Resuming.DetachSetsPc && MovePc(call) is var error and not Errno.None) return error;
        process.Flags &= ~(ProcessFlags.Traced | ProcessFlags.Waited);
        GiveBack(process, personality.Attaching);
        process.TraceEvents = 0;
        if (personality.Stops.SharesStopMask) process.StopMask = 0;
        foreach (var lwp in process.Threads)
        {
            if (lwp.Has(DebugFlags.FirstStop)) lwp.Queue.Delete(Abi.Signals.SIGSTOP);
            lwp.Debug &= ~personality.ClearedByDetach;
        }
        if (process.FirstStop)
        {
            process.Queue.Delete(Abi.Signals.SIGSTOP);
            process.FirstStop = false;
        }
        Resume(call, call.Data);
        return Errno.None;
    }

    /// <summary>The detached process goes to whose child it was.</summary>
    private static void GiveBack(Process process, AttachRules rules)
    {
        var isOwn = process.OriginalParentPid == process.Parent.Pid;
        if (!isOwn && (rules.DetachesToInit || process.Kernel.Find(process.OriginalParentPid) is not null))
        {
            Family.ForgetSignal(process.Parent, process);
            var parent = Family.RealParent(process);
            Family.Reparent(process, parent, setOriginalParent: false);
            if (parent == process.Kernel.Init) process.ParentSignal = Abi.Signals.SIGCHLD;
        }
        // p_oppid is 0 then: whoever the parent is now, it is no debugger's place.
        if (!rules.RemembersParent) process.OriginalParentPid = process.Parent.Pid;
    }

    /// <summary>The shared tail ("sendsig") of kern_ptrace: a thread gets the signal, everybody may run.</summary>
    private static void Resume(in PtraceCall call, int signal)
    {
        var process = call.Process;
        var rules = process.Kernel.Personality.Resuming;
        if ((rules.AnswersReporter ? process.XThread : call.Lwp) is { } answered)
        {
            answered.Debug &= ~DebugFlags.XSig;
            answered.XSig = signal;
        }
        process.XThread = null;
        process.XSig = signal;
        if (signal == Abi.Signals.SIGKILL && rules.KillsSurely) process.Flags |= ProcessFlags.Killed;
        process.Flags &= ~(ProcessFlags.StoppedTrace | ProcessFlags.StoppedSignal);
        if (rules.ForgetsWait) process.Flags &= ~ProcessFlags.Waited;
        Sleeping.Unsuspend(process);
    }
}
