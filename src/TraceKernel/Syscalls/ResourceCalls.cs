using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Resources;

namespace TraceKernel.Syscalls;

/// <summary>Limits and usage: kern_resource.c.</summary>
internal static class ResourceCalls
{
    [Syscall(194, "int getrlimit(u_int which, struct rlimit *rlp)")]
    internal static Errno getrlimit(SystemCall call) =>
        (uint)call[0] >= RLIM_NLIMITS ? Errno.EINVAL : call.CopyOut(call[1], call.Process.Limits[call.Int(0)]);

    [Syscall(195, "int setrlimit(u_int which, struct rlimit *rlp)")]
    internal static Errno setrlimit(SystemCall call)
    {
        if (call.CopyIn<rlimit>(call[1], out var wanted) is not Errno.None and var error) return error;
        if ((uint)call[0] >= RLIM_NLIMITS) return Errno.EINVAL;
        // kern_proc_setrlimit: negative values of old programs mean no limit.
        if (wanted.rlim_cur < 0) wanted.rlim_cur = RLIM_INFINITY;
        if (wanted.rlim_max < 0) wanted.rlim_max = RLIM_INFINITY;
        var old = call.Process.Limits[call.Int(0)];
        if ((wanted.rlim_cur > old.rlim_max || wanted.rlim_max > old.rlim_max) && call.Process.UserId != 0) return Errno.EPERM;
        wanted.rlim_cur = Math.Min(wanted.rlim_cur, wanted.rlim_max);
        call.Process.Limits[call.Int(0)] = wanted;
        if (call.Int(0) == RLIMIT_CPU) call.Process.ProcessorLimit = ProcessorLimits.First(call.Process);
        return Errno.None;
    }

    [Syscall(117, "int getrusage(int who, struct rusage *rusage)")]
    internal static Errno getrusage(SystemCall call)
    {
        var used = call.Int(0) switch
        {
            RUSAGE_SELF => TimeCalls.ProcessorTime(call.Process),
            RUSAGE_THREAD => call.Lwp.Cpu.Retired,
            RUSAGE_CHILDREN => call.Process.ChildrenTime,
            _ => -1,
        };
        return used < 0 ? Errno.EINVAL : call.CopyOut(call[1], new rusage { ru_utime = timeval.Of(used) });
    }
}
