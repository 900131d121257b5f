using TraceKernel.Abi;
using TraceKernel.Processes;
using TraceKernel.Signals;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Becoming a tracee.</summary>
internal static class AttachRequests
{
    [Ptrace(PT_TRACE_ME, Target.Caller)]
    public static Errno TraceMe(ref PtraceCall call)
    {
        var process = call.Process;
        BecomeTracee(process);
        if (process.Has(ProcessFlags.ParentWaits) && process.Kernel.Personality.Attaching.KnowsWaitingTracer)
            process.Flags |= ProcessFlags.ParentTraces;
        return Errno.None;
    }

    /// <summary>What both ways of becoming a tracee do first (proc_set_traced of the newer kernels).</summary>
    private static void BecomeTracee(Process process)
    {
        var personality = process.Kernel.Personality;
        process.Flags |= ProcessFlags.Traced;
        var kept = personality.Attaching.KeepsEvents ? process.TraceEvents : 0;
        process.TraceEvents = kept | personality.Stops.FirstEvents;
        if (!personality.Attaching.RemembersParent) process.OriginalParentPid = process.Parent.Pid;
    }

    [Ptrace(PT_ATTACH, Target.AnyProcess)]
    public static Errno Attach(ref PtraceCall call)
    {
        var process = call.Process;
        var (rules, checks) = (process.Kernel.Personality.Attaching, process.Kernel.Personality.Checks);
        // What counts as a stop for a request does so here: freebsd-5 sends no SIGSTOP to a process that only single-threads.
        var stood = process.Has(checks.Stopped);
        BecomeTracee(process);
        process.FirstStop = rules.StopsFirst;
        Family.Reparent(process, call.Caller, setOriginalParent: false);
        process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace | ProcessFlags.Waited);
        Sleeping.Unsuspend(process);
        if (!stood || rules.SignalsStopped) Posting.Send(process, Abi.Signals.SIGSTOP);
        return Errno.None;
    }
}
