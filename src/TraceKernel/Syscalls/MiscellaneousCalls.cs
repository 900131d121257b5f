using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Signals;

namespace TraceKernel.Syscalls;

/// <summary>Calls that belong to no family.</summary>
internal static class MiscellaneousCalls
{
    private const int GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4;

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

    /// <summary>
    /// The process dies of SIGABRT without a core file, or of SIGKILL when the reason or the arguments cannot be read (kern_exit.c, kern_abort2).
    /// </summary>
    [Syscall(463, "int abort2(const char *why, int nargs, void **args)")]
    internal static async ValueTask<Errno> abort2(SystemCall call)
    {
        const int MostArguments = 16;
        var count = call.Int(1);
        var signal = SIGABRT;
        if (count is < 0 or > MostArguments) signal = SIGKILL;
        else if (call[0] != 0 && call.Memory.CopyInString(call[0], 128, out _) != Errno.None) signal = SIGKILL;
        else if (count > 0 && call.Memory.CopyIn(call[2], new byte[count * sizeof(ulong)]) != Errno.None) signal = SIGKILL;
        await Exiting.Exit(call.Lwp, 0, signal);
        return Errno.None;
    }

    /// <summary>Version 1 identifiers, one after the other (kern_uuid.c): the time in units of 100 ns since 1582, and a random node.</summary>
    [Syscall(392, "int uuidgen(struct uuid *store, int count)")]
    internal static Errno uuidgen(SystemCall call)
    {
        const int MostAtOnce = 2048, Bytes = 16;
        if (call.Int(1) is < 1 or > MostAtOnce) return Errno.EINVAL;
        var bytes = new byte[call.Int(1) * Bytes];
        call.Kernel.Uuids.Fill(bytes, call.Kernel.RealTime, call.Kernel.Entropy);
        return call.Memory.CopyOut(call[0], bytes);
    }

    /// <summary>No kernel grows a stack by request (vm_unix.c, sys_sstk).</summary>
    [Syscall(70, "int sstk(int incr)")]
    internal static Errno sstk(SystemCall _) => Errno.EOPNOTSUPP;

    [Syscall(165, "int sysarch(int op, char *parms)")]
    internal static Errno sysarch(SystemCall call) =>
        call.Kernel.Architecture.SysArch(call.Lwp.Cpu, call.Memory, call.Int(0), call[1]);

    // Programs ask for it only where AT_BSDFLAGS offers it, which is nowhere.
    [Syscall(573, "int sigfastblock(int cmd, uint32_t *ptr)")]
    internal static Errno sigfastblock(SystemCall _) => Errno.ENOSYS;
}
