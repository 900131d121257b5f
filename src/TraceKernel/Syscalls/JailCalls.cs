using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>jail(2) and its like, for the users of a host: kern_jail.c. Only a process table makes jails, and only the host sees them.</summary>
internal static class JailCalls
{
    private const string NoRoot = "Root gets EOPNOTSUPP.";
    private const int JAIL_CREATE = 1, JAIL_UPDATE = 2, JAIL_ATTACH = 4, JAIL_DYING = 8;

    [Syscall(338, "int jail(struct jail *jail)", Lacks = NoRoot)]
    internal static Errno jail(SystemCall call)
    {
        // kern_jail: versions 0 to 2, in the structure's first word.
        if (call.CopyIn<uint>(call[0], out var version) is not Errno.None and var error) return error;
        return version > 2 ? Errno.EINVAL : Refusal(call);
    }

    /// <summary>kern_jail_set: the flags and the privilege come before the parameters.</summary>
    [Syscall(507, "int jail_set(struct iovec *iovp, unsigned int iovcnt, int flags)", Lacks = NoRoot)]
    internal static Errno jail_set(SystemCall call)
    {
        if (((uint)call[1] & 1) != 0) return Errno.EINVAL;
        var flags = call.Int(2);
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        if ((flags & ~(JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING)) != 0 || (flags & (JAIL_CREATE | JAIL_UPDATE)) == 0) return Errno.EINVAL;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>There is no jail below the caller's that could be described: ENOENT.</summary>
    [Syscall(506, "int jail_get(struct iovec *iovp, unsigned int iovcnt, int flags)", Lacks = "Jails of a process table are not described: ENOENT.")]
    internal static Errno jail_get(SystemCall call) =>
        ((uint)call[1] & 1) != 0 || (call.Int(2) & ~JAIL_DYING) != 0 ? Errno.EINVAL : Errno.ENOENT;

    /// <summary>EPERM for users, EINVAL for a jail that does not exist.</summary>
    [Syscall(436, "int jail_attach(int jid)", Lacks = NoRoot)]
    internal static Errno jail_attach(SystemCall call) => OfJail(call);

    [Syscall(508, "int jail_remove(int jid)", Lacks = NoRoot)]
    internal static Errno jail_remove(SystemCall call) => OfJail(call);

    private static Errno OfJail(SystemCall call)
    {
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        return call.Int(0) > 0 && call.Kernel.Processes.Any(process => process.Jail == call.Int(0)) ? Errno.EOPNOTSUPP : Errno.EINVAL;
    }

    private static Errno Refusal(SystemCall call) => call.Process.Credentials.IsSuperUser ? Errno.EOPNOTSUPP : Errno.EPERM;
}
