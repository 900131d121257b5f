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
        process.TraceEvents = PTRACE_DEFAULT;
        if (process.Has(ProcessFlags.ParentWaits)) process.Flags |= ProcessFlags.ParentTraces;
        return Errno.None;
    }

    [Ptrace(PT_ATTACH, Target.AnyProcess)]
    public static Errno Attach(ref PtraceCall call)
    {
        var process = call.Process;
        process.Flags |= ProcessFlags.Traced;
        process.FirstStop = true;
        process.TraceEvents = PTRACE_DEFAULT;
        Family.Reparent(process, call.Caller, setOriginalParent: false);
        process.Flags &= ~(ProcessFlags.StoppedSignal | ProcessFlags.Waited);
        Sleeping.Unsuspend(process);
        Posting.Send(process, Abi.Signals.SIGSTOP);
        return Errno.None;
    }
}
