using System.Runtime.InteropServices;
using TraceKernel.Abi;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>
/// Requests that no FreeBSD has, for what none of its requests can do (docs/personalities.md). A strict kernel has none of them.
/// </summary>
internal static class ExtensionRequests
{
    /// <summary>
    /// EINVAL unless PT_LWPINFO shows a siginfo of the thread; then it shows this one, which goes with the signal that the debugger
    /// answers with, if that has the same number. As with Linux's PTRACE_SETSIGINFO the number need not be the stop's: a debugger that has
    /// called a function gives back what there was before the call. It must be a signal's, though.
    /// </summary>
    [Ptrace(PT_X_SETSIGINFO, Target.StoppedLwp)]
    public static Errno SetSiginfo(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<siginfo>(call.Image, out var info)) return Errno.EFAULT;
        if (!call.Lwp.ShowsSignal || info.si_signo is < 1 or > Abi.Signals.MaximumSignal) return Errno.EINVAL;
        call.Lwp.StopInfo = info;
        return Errno.None;
    }
}
