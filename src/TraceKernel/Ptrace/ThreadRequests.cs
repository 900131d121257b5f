using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>Threads of a tracee: who they are, who may run, who steps (PTRACE.md 5.6 and 8).</summary>
internal static class ThreadRequests
{
    [Ptrace(PT_SETSTEP, Target.StoppedLwp)]
    public static Errno SetStep(ref PtraceCall call)
    {
        if (call.Process.Kernel.Architecture.SingleStep(call.Lwp.Cpu)) call.Lwp.Debug |= DebugFlags.Step;
        return Errno.None;
    }

    [Ptrace(PT_CLEARSTEP, Target.OwnOrStoppedLwp)]
    public static Errno ClearStep(ref PtraceCall call)
    {
        call.Process.Kernel.Architecture.ClearSingleStep(call.Lwp.Cpu);
        call.Lwp.Debug &= ~DebugFlags.Step;
        call.Lwp.IsSteppingCall = false;
        return Errno.None;
    }

    [Ptrace(PT_SUSPEND, Target.StoppedLwp)]
    public static Errno Suspend(ref PtraceCall call)
    {
        call.Lwp.Debug |= DebugFlags.Suspend;
        call.Lwp.AstPending = true;
        return Errno.None;
    }

    [Ptrace(PT_RESUME, Target.StoppedLwp)]
    public static Errno ResumeThread(ref PtraceCall call)
    {
        call.Lwp.Debug &= ~DebugFlags.Suspend;
        return Errno.None;
    }

    [Ptrace(PT_GETNUMLWPS, Target.StoppedLwp)]
    public static Errno CountThreads(ref PtraceCall call)
    {
        call.Result = call.Process.Threads.Count;
        return Errno.None;
    }

    [Ptrace(PT_GETLWPLIST, Target.StoppedLwp)]
    public static Errno ListThreads(ref PtraceCall call)
    {
        if (call.Data <= 0) return Errno.EINVAL;
        var tids = MemoryMarshal.Cast<byte, int>(call.Image);
        var count = Math.Min(call.Data, call.Process.Threads.Count);
        if (tids.Length < count) return Errno.EFAULT;
        for (var i = 0; i < count; i++) tids[i] = call.Process.Threads[i].Tid;
        call.Result = count;
        return Errno.None;
    }

    [Ptrace(PT_LWPINFO, Target.StoppedLwp)]
    public static Errno LwpInfo(ref PtraceCall call)
    {
        if (call.Data <= 0 || call.Data > call.Process.Kernel.Personality.LwpInfoBytes) return Errno.EINVAL;
        var lwp = call.Lwp;
        var info = new ptrace_lwpinfo
        {
            pl_lwpid = lwp.Tid,
            pl_event = lwp.Has(DebugFlags.XSig) ? PL_EVENT_SIGNAL : PL_EVENT_NONE,
            pl_flags = Flags(lwp, call.Process.Kernel.Personality.Stops.TellsVFork),
            pl_sigmask = lwp.SignalMask,
            pl_siglist = lwp.Queue.Pending,
            pl_tdname = lwp.Name,
        };
        // The structure must have room for it.
        if (lwp.ShowsSignal && call.Data >= PtraceSyscall.SignalInfoOffset + siginfo.Bytes)
        {
            info.pl_flags |= PL_FLAG_SI;
            info.pl_siginfo = lwp.StopInfo;
        }
        if (lwp.Has(DebugFlags.Fork)) info.pl_child_pid = lwp.ForkChild;
        if (lwp.Has(DebugFlags.Sce | DebugFlags.Scx))
        {
            info.pl_syscall_code = lwp.Call.Code;
            info.pl_syscall_narg = (uint)lwp.Call.ArgumentCount;
        }
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<ptrace_lwpinfo>(in info));
        if (call.Image.Length < call.Data) return Errno.EFAULT;
        bytes[..call.Data].CopyTo(call.Image);
        return Errno.None;
    }

    private static int Flags(Lwp lwp, bool tellsVFork)
    {
        var flags = 0;
        if (lwp.Has(DebugFlags.Sce)) flags |= PL_FLAG_SCE;
        else if (lwp.Has(DebugFlags.Scx)) flags |= PL_FLAG_SCX;
        if (lwp.Has(DebugFlags.Exec)) flags |= PL_FLAG_EXEC;
        if (lwp.Has(DebugFlags.Fork)) flags |= PL_FLAG_FORKED | (lwp.Has(DebugFlags.VFork) && tellsVFork ? PL_FLAG_VFORKED : 0);
        else if (tellsVFork && lwp.Has(DebugFlags.VFork) && !lwp.Has(DebugFlags.Scx)) flags |= PL_FLAG_VFORK_DONE;
        if (lwp.Has(DebugFlags.Child)) flags |= PL_FLAG_CHILD;
        if (lwp.Has(DebugFlags.Born)) flags |= PL_FLAG_BORN;
        if (lwp.Has(DebugFlags.Exit)) flags |= PL_FLAG_EXITED;
        return flags;
    }
}
