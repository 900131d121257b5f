using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>getcontext(2), setcontext(2) and swapcontext(2): kern_context.c. Only registers and mask are the kernel's business.</summary>
internal static class ContextCalls
{
    [Syscall(421, "int getcontext(ucontext_t *ucp)")]
    internal static Errno getcontext(SystemCall call) => call[0] == 0 ? Errno.EINVAL : Save(call, call[0]);

    [Syscall(422, "int setcontext(const ucontext_t *ucp)")]
    internal static Errno setcontext(SystemCall call) => call[0] == 0 ? Errno.EINVAL : Load(call, call[0]);

    [Syscall(423, "int swapcontext(ucontext_t *oucp, const ucontext_t *ucp)")]
    internal static Errno swapcontext(SystemCall call)
    {
        if (call[0] == 0 || call[1] == 0) return Errno.EINVAL;
        var error = Save(call, call[0]);
        return error == Errno.None ? Load(call, call[1]) : error;
    }

    private static Errno Save(SystemCall call, ulong address) =>
        call.Kernel.Architecture.GetContext(call.Lwp.Cpu, call.Memory, address, call.Lwp.SignalMask, call.Lwp.IsOnAltStack);

    private static Errno Load(SystemCall call, ulong address)
    {
        var error = call.Kernel.Architecture.SetContext(call.Lwp.Cpu, call.Memory, address, out var mask);
        if (error == Errno.EJUSTRETURN) SignalCalls.SetMask(call.Lwp, mask);
        return error;
    }
}
