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
        process.Flags |= ProcessFlags.Traced;
        process.TraceEvents = process.Kernel.Personality.Stops.FirstEvents;
        if (process.Has(ProcessFlags.ParentWaits) && process.Kernel.Personality.Attaching.KnowsWaitingTracer)
            process.Flags |= ProcessFlags.ParentTraces;
        return Errno.None;
    }

    [Ptrace(PT_ATTACH, Target.AnyProcess)]
    public static Errno Attach(ref PtraceCall call)
    {
        var process = call.Process;
        var (rules, stops) = (process.Kernel.Personality.Attaching, process.Kernel.Personality.Stops);
        var stood = process.Has(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace);
        process.Flags |= ProcessFlags.Traced;
        process.FirstStop = rules.StopsFirst;
        process.TraceEvents = stops.FirstEvents;
        Family.Reparent(process, call.Caller, setOriginalParent: false);
        process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.StoppedTrace | ProcessFlags.Waited);
        Sleeping.Unsuspend(process);
        if (!stood || rules.SignalsStopped) Posting.Send(process, Abi.Signals.SIGSTOP);
        return Errno.None;
    }
}
