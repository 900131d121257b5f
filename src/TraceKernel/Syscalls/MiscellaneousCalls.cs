using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>Calls that belong to no family.</summary>
internal static class MiscellaneousCalls
{
    private const int GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4;
    private const int CPU_LEVEL_ROOT = 1, CPU_LEVEL_CPUSET = 2, CPU_LEVEL_WHICH = 3;
    private const int CPU_WHICH_TID = 1, CPU_WHICH_PID = 2;
    /// <summary>sizeof(cpuset_t) with MAXCPU = 256.</summary>
    private const int CpuSetBytes = 32;

    [Syscall(563, "ssize_t getrandom(void *buf, size_t buflen, unsigned int flags)")]
    internal static Errno getrandom(SystemCall call)
    {
        if ((call.Int(2) & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0) return Errno.EINVAL;
        if (Uio.Of(call, call[0], call[1], out var uio) is not Errno.None and var error) return error;
        Span<byte> piece = stackalloc byte[256];
        while (uio.Remaining > 0)
        {
            var part = piece[..(int)Math.Min(uio.Remaining, piece.Length)];
            call.Kernel.Entropy.Fill(part);
            error = uio.CopyOut(part);
            if (error != Errno.None) return error;
        }
        return call.Return(call.Long(1));
    }

    [Syscall(165, "int sysarch(int op, char *parms)")]
    internal static Errno sysarch(SystemCall call) =>
        call.Kernel.Architecture.SysArch(call.Lwp.Cpu, call.Memory, call.Int(0), call[1]);

    /// <summary>The only CPU set there is: what hw.ncpu counts. Only 32 bytes will do: ERANGE.</summary>
    [Syscall(487, "int cpuset_getaffinity(cpulevel_t level, cpuwhich_t which, id_t id, size_t cpusetsize, cpuset_t *mask)")]
    internal static Errno cpuset_getaffinity(SystemCall call)
    {
        if (call[3] != CpuSetBytes) return Errno.ERANGE;
        if (call.Int(0) is not (CPU_LEVEL_ROOT or CPU_LEVEL_CPUSET or CPU_LEVEL_WHICH)) return Errno.EINVAL;
        var id = call.Int(2);
        var exists = id == -1 || call.Int(1) switch
        {
            CPU_WHICH_PID => call.Kernel.Processes.Any(process => process.Pid == id),
            CPU_WHICH_TID => call.Kernel.Processes.Any(process => process.Threads.Exists(lwp => lwp.Tid == id)),
            _ => true,
        };
        if (!exists) return Errno.ESRCH;
        Span<byte> mask = stackalloc byte[CpuSetBytes];
        mask.Clear();
        for (var cpu = 0; cpu < call.Kernel.Options.Cpus; cpu++) mask[cpu / 8] |= (byte)(1 << cpu % 8);
        return call.Memory.CopyOut(call[4], mask);
    }

    [Syscall(488, "int cpuset_setaffinity(cpulevel_t level, cpuwhich_t which, id_t id, size_t cpusetsize, const cpuset_t *mask)")]
    internal static Errno cpuset_setaffinity(SystemCall call)
    {
        if (call[3] != CpuSetBytes) return Errno.ERANGE;
        Span<byte> mask = stackalloc byte[CpuSetBytes];
        if (call.Memory.CopyIn(call[4], mask) is not Errno.None and var error) return error;
        // Threads run on one CPU in turn, whatever the mask; a mask without any CPU is refused.
        for (var cpu = 0; cpu < call.Kernel.Options.Cpus; cpu++)
            if ((mask[cpu / 8] >> cpu % 8 & 1) != 0) return Errno.None;
        return Errno.EDEADLK;
    }

    // Programs ask for it only where AT_BSDFLAGS offers it, which is nowhere.
    [Syscall(573, "int sigfastblock(int cmd, uint32_t *ptr)")]
    internal static Errno sigfastblock(SystemCall _) => Errno.ENOSYS;
}
