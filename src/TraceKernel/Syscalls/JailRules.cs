using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>What whole families of calls report to the processes of a jail.</summary>
internal static class JailRules
{
    /// <summary>msg_find_prison, sem_find_prison and shm_find_prison: ENOSYS in a jail that has no System V IPC of that kind.</summary>
    public static Errno Check(SystemCall call)
    {
        if (call.Process.Credentials.Prison is not { } prison) return Errno.None;
        var kind = KindOf(call.Code);
        if (kind < 0) return Errno.None;
        for (var outer = prison; outer.Parent is not null; outer = outer.Parent)
            if (outer.SysVIpc[kind] == Jails.JAIL_SYS_DISABLE) return Errno.ENOSYS;
        return Errno.None;
    }

    /// <summary>The call's place in <see cref="Prison.SysVIpc"/>: messages, semaphores, shared memory; −1: none of them.</summary>
    private static int KindOf(uint code) => code switch
    {
        170 or 224 or 225 or 226 or 227 or 511 => 0,
        169 or 220 or 221 or 222 or 510 => 1,
        171 or 228 or 229 or 230 or 231 or 512 => 2,
        _ => -1,
    };
}
