using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>A system call that a GENERIC kernel has and this kernel lacks.</summary>
/// <param name="Number">The call's number in syscalls.master.</param>
/// <param name="Prototype">The C prototype of syscalls.master.</param>
/// <param name="Why">The reason, for docs/syscalls.md.</param>
public sealed record AbsentCall(uint Number, string Prototype, string Why)
{
    /// <summary>The call's name.</summary>
    public string Name => CPrototype.Name(Prototype);

    /// <summary>Arguments that the call takes, sy_narg.</summary>
    public int ArgumentCount => CPrototype.ArgumentCount(Prototype);
}

/// <summary>
/// Every call that GENERIC has and this kernel lacks. Such a call returns ENOSYS without SIGSYS, as a call does whose kernel option is off:
/// programs probe for it and go on. SIGSYS is for numbers that no kernel has (kern_sig.c, nosys).
/// </summary>
public static class AbsentCalls
{
    /// <summary>By number.</summary>
    public static IReadOnlyList<AbsentCall> Rows { get; } =
    [
        new(154, "int nlm_syscall(int debug_level, int grace_period, int addr_count, char **addrs)", "There is no NFS."),
        new(155, "int nfssvc(int flag, void *argp)", "There is no NFS."),
    ];
}
