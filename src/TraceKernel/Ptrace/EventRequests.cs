using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Which events a tracee reports, and what a system call stop shows (PTRACE.md 5.6).</summary>
internal static class EventRequests
{
    [Ptrace(PT_FOLLOW_FORK, Target.StoppedLwp)]
    public static Errno FollowFork(ref PtraceCall call) => Toggle(ref call, PTRACE_FORK);

    [Ptrace(PT_LWP_EVENTS, Target.StoppedLwp)]
    public static Errno LwpEvents(ref PtraceCall call) => Toggle(ref call, PTRACE_LWP);

    private static Errno Toggle(ref PtraceCall call, int events)
    {
        if (call.Data != 0) call.Process.TraceEvents |= events;
        else call.Process.TraceEvents &= ~events;
        return Errno.None;
    }

    [Ptrace(PT_GET_EVENT_MASK, Target.StoppedLwp)]
    public static Errno GetEventMask(ref PtraceCall call)
    {
        if (call.Data != sizeof(int)) return Errno.EINVAL;
        return MemoryMarshal.TryWrite(call.Image, call.Process.TraceEvents) ? Errno.None : Errno.EFAULT;
    }

    [Ptrace(PT_SET_EVENT_MASK, Target.StoppedLwp)]
    public static Errno SetEventMask(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<int>(call.Image, out var mask)) return Errno.EFAULT;
        if ((mask & ~PTRACE_ALL) != 0) return Errno.EINVAL;
        call.Process.TraceEvents = mask;
        return Errno.None;
    }

    [Ptrace(PT_GET_SC_ARGS, Target.StoppedLwp)]
    public static Errno GetSystemCallArguments(ref PtraceCall call)
    {
        var lwp = call.Lwp;
        if (!lwp.Has(DebugFlags.Sce | DebugFlags.Scx)) return Errno.EINVAL;
        Span<ulong> arguments = stackalloc ulong[8];
        lwp.Call.Arguments[..Math.Min(lwp.Call.ArgumentCount, 8)].CopyTo(arguments);
        return CopyPrefix(ref call, MemoryMarshal.AsBytes(arguments));
    }

    [Ptrace(PT_GET_SC_RET, Target.StoppedLwp)]
    public static Errno GetSystemCallResult(ref PtraceCall call)
    {
        var lwp = call.Lwp;
        if (!lwp.Has(DebugFlags.Scx)) return Errno.EINVAL;
        var result = new ptrace_sc_ret { sr_error = (int)lwp.Call.Error };
        if (lwp.Call.Error == Errno.None) (result.sr_retval0, result.sr_retval1) = (lwp.Call.Value, lwp.Call.SecondValue);
        return CopyPrefix(ref call, MemoryMarshal.AsBytes(new ReadOnlySpan<ptrace_sc_ret>(in result)));
    }

    /// <summary>data bytes of it, compared unsigned: a negative length means all.</summary>
    private static Errno CopyPrefix(ref PtraceCall call, scoped ReadOnlySpan<byte> image)
    {
        var length = (int)Math.Min((uint)call.Data, (uint)image.Length);
        if (call.Image.Length < length) return Errno.EFAULT;
        image[..length].CopyTo(call.Image);
        return Errno.None;
    }
}
