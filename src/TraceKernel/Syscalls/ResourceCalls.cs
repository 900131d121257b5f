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
        return SetLimit(call.Process, call.Process, call.Int(0), wanted);
    }

    /// <summary>kern_proc_setrlimit: EPERM for more than the most that there may be, from others than root.</summary>
    internal static Errno SetLimit(Process caller, Process target, int which, rlimit wanted)
    {
        // Negative values of old programs mean no limit.
        if (wanted.rlim_cur < 0) wanted.rlim_cur = RLIM_INFINITY;
        if (wanted.rlim_max < 0) wanted.rlim_max = RLIM_INFINITY;
        var old = target.Limits[which];
        if ((wanted.rlim_cur > old.rlim_max || wanted.rlim_max > old.rlim_max) && caller.UserId != 0) return Errno.EPERM;
        wanted.rlim_cur = Math.Min(wanted.rlim_cur, wanted.rlim_max);
        target.Limits[which] = wanted;
        if (which == RLIMIT_CPU) target.ProcessorLimit = ProcessorLimits.First(target);
        return Errno.None;
    }

    [Syscall(117, "int getrusage(int who, struct rusage *rusage)")]
    internal static Errno getrusage(SystemCall call)
    {
        rusage? used = call.Int(0) switch
        {
            RUSAGE_SELF => ResourceUsage.Of(call.Process),
            RUSAGE_THREAD => ResourceUsage.Of(call.Lwp),
            RUSAGE_CHILDREN => ResourceUsage.OfChildren(call.Process),
            _ => null,
        };
        return used is { } usage ? call.CopyOut(call[1], usage) : Errno.EINVAL;
    }
}
