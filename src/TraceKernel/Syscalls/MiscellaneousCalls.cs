using TraceKernel.Abi;

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

    [Syscall(165, "int sysarch(int op, char *parms)")]
    internal static Errno sysarch(SystemCall call) =>
        call.Kernel.Architecture.SysArch(call.Lwp.Cpu, call.Memory, call.Int(0), call[1]);

    // Programs ask for it only where AT_BSDFLAGS offers it, which is nowhere.
    [Syscall(573, "int sigfastblock(int cmd, uint32_t *ptr)")]
    internal static Errno sigfastblock(SystemCall _) => Errno.ENOSYS;
}
