using TraceKernel.Abi;
using static TraceKernel.Abi.Capsicum;

namespace TraceKernel.Files;

/// <summary>struct filecaps: what a descriptor may be used for. Immutable: a limit makes another one.</summary>
/// <param name="Rights">fc_rights.</param>
/// <param name="Fcntls">fc_fcntls: the fcntl(2) commands that are allowed, CAP_FCNTL_*.</param>
/// <param name="Ioctls">fc_ioctls: the ioctl(2) requests that are allowed; null: all.</param>
public sealed record FileCapabilities(cap_rights_t Rights, uint Fcntls, IReadOnlyList<ulong>? Ioctls)
{
    /// <summary>filecaps_fill: a descriptor that nobody has limited.</summary>
    public static readonly FileCapabilities All = new(cap_rights_t.CAP_ALL, CAP_FCNTL_ALL, null);

    /// <summary>cap_check: ENOTCAPABLE when a right is missing.</summary>
    public Errno Check(in cap_rights_t needed) => Rights.Contains(needed) ? Errno.None : Errno.ENOTCAPABLE;

    /// <summary>Look-ups that begin at it are not confined to what is below it (fgetvp_lookup_smr).</summary>
    public bool IsUnlimited => Rights.Contains(cap_rights_t.CAP_ALL) && Fcntls == CAP_FCNTL_ALL && Ioctls is null;

    /// <summary>kern_cap_rights_limit: ENOTCAPABLE for more rights than there are. Without CAP_IOCTL and CAP_FCNTL their lists go too.</summary>
    public Errno Limit(in cap_rights_t rights, out FileCapabilities limited)
    {
        limited = this with
        {
            Rights = rights,
            Ioctls = rights.Contains(cap_rights_t.CAP_IOCTL) ? Ioctls : [],
            Fcntls = rights.Contains(cap_rights_t.CAP_FCNTL) ? Fcntls : 0,
        };
        return Check(rights);
    }

    /// <summary>kern_cap_ioctls_limit: ENOTCAPABLE for a request that is not allowed now.</summary>
    public Errno LimitIoctls(IReadOnlyList<ulong> requests, out FileCapabilities limited)
    {
        limited = this with { Ioctls = requests };
        return Ioctls is null || (requests.Count <= Ioctls.Count && requests.All(Ioctls.Contains)) ? Errno.None : Errno.ENOTCAPABLE;
    }

    /// <summary>sys_cap_fcntls_limit: EINVAL for commands that cannot be limited, ENOTCAPABLE for more than are allowed now.</summary>
    public Errno LimitFcntls(uint commands, out FileCapabilities limited)
    {
        limited = this with { Fcntls = commands };
        return (commands & ~Fcntls) != 0 ? Errno.ENOTCAPABLE : Errno.None;
    }

    /// <summary>cap_ioctl_check.</summary>
    public bool AllowsIoctl(ulong request) => Ioctls is null || Ioctls.Contains(request);

    /// <summary>cap_fcntl_check, of a command that can be limited.</summary>
    public bool AllowsFcntl(int command) => (Fcntls & (1u << command)) != 0;
}
