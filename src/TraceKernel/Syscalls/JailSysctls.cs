using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Jails;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl security.jail.*: kern_jail.c.</summary>
internal static class JailSysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("security.jail", description: "Jails"),
        Int("security.jail.jailed", Auto, _ => 0, "The process is in a jail") with
        {
            Handler = (in SysctlRequest request) => request.Put(request.Caller.Jail == 0 ? 0 : 1),
        },
        Int("security.jail.vnet", 0, "The process is in a jail with a network of its own"),
        Opaque("security.jail.list", Auto, "S", List, "Jails below that of the process"),
        Level("security.jail.enforce_statfs", prison => prison.EnforceStatfs, kernel => kernel.Prisons.DefaultEnforceStatfs, "Mounts that jails do not see"),
        Int("security.jail.devfs_ruleset", 0, "Rules for the devfs of jails"),
        Permission("security.jail.set_hostname_allowed", PR_ALLOW_SET_HOSTNAME, "Jails set their host name"),
        Permission("security.jail.socket_unixiproute_only", PR_ALLOW_SOCKET_AF, "Jails make only sockets of the usual families", isNegated: true),
        Permission("security.jail.sysvipc_allowed", PR_ALLOW_SYSVIPC, "Jails use System V IPC"),
        Permission("security.jail.allow_raw_sockets", PR_ALLOW_RAW_SOCKETS, "Jails make raw sockets"),
        Permission("security.jail.chflags_allowed", PR_ALLOW_CHFLAGS, "Jails change file flags"),
        Permission("security.jail.mount_allowed", PR_ALLOW_MOUNT, "Jails mount"),
        UInt("security.jail.jail_max_af_ips", 255, "Most addresses of a jail"),
        .. JailParameters.Rows(),
    ];

    /// <summary>sysctl_jail_default_allow: in a jail, what it may do; on the host, the default of jail(2), which root sets.</summary>
    private static SysctlRow Permission(string name, uint flag, string description, bool isNegated = false) =>
        new(name, Auto, CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_MPSAFE, "I", (in SysctlRequest request) =>
        {
            var prisons = request.Kernel.Prisons;
            var allowed = request.Caller.Credentials.Prison?.Allows(flag) ?? (prisons.DefaultAllow & flag) != 0;
            if (request.Put(allowed != isNegated ? 1 : 0) is var error && (error != Errno.None || !request.IsWrite)) return error;
            if (request.NewValue.Length < sizeof(int)) return Errno.EINVAL;
            var isSet = BinaryPrimitives.ReadInt32LittleEndian(request.NewValue) != 0 != isNegated;
            prisons.DefaultAllow = isSet ? prisons.DefaultAllow | flag : prisons.DefaultAllow & ~flag;
            return Errno.None;
        }, description);

    private static SysctlRow Level(string name, Func<Prison, int> own, Func<Kernel, int> standard, string description) =>
        new(name, Auto, CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_WR | CTLFLAG_MPSAFE, "I", (in SysctlRequest request) =>
        {
            var value = request.Caller.Credentials.Prison is { } prison ? own(prison) : standard(request.Kernel);
            if (request.Put(value) is var error && (error != Errno.None || !request.IsWrite)) return error;
            if (request.NewValue.Length < sizeof(int)) return Errno.EINVAL;
            var wanted = BinaryPrimitives.ReadInt32LittleEndian(request.NewValue);
            if (wanted is < 0 or > 2) return Errno.EINVAL;
            request.Kernel.Prisons.DefaultEnforceStatfs = wanted;
            return Errno.None;
        }, description);

    /// <summary>sysctl_jail_list: a struct xprison each, followed by the addresses.</summary>
    private static Errno List(in SysctlRequest request)
    {
        const int BytesOfPrison = 1552, PathAt = 16, HostAt = PathAt + Fcntl.PATH_MAX, NameAt = HostAt + HostIdentity.MaximumName;
        const int XPRISON_VERSION = 3, PRISON_STATE_ALIVE = 1, PRISON_STATE_DYING = 2;
        var (own, prisons) = (request.Caller.Prison, request.Kernel.Prisons);
        foreach (var prison in prisons.All.Where(prison => prison.IsWithin(own)))
        {
            var image = new byte[BytesOfPrison];
            var (first, second) = (prison.Ip4Addresses ?? [], prison.Ip6Addresses ?? []);
            BinaryPrimitives.WriteInt32LittleEndian(image, XPRISON_VERSION);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(4), prison.Id);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(8), prisons.IsDying(prison) ? PRISON_STATE_DYING : PRISON_STATE_ALIVE);
            Encoding.Latin1.GetBytes(prison.PathFrom(own), image.AsSpan(PathAt));
            Encoding.Latin1.GetBytes(prison.Host.Name, image.AsSpan(HostAt));
            Encoding.Latin1.GetBytes(prison.NameFrom(own), image.AsSpan(NameAt));
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(NameAt + HostIdentity.MaximumName), first.Length / 4);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(NameAt + HostIdentity.MaximumName + 4), second.Length / 16);
            if (request.Put([.. image, .. first, .. second]) is not Errno.None and var error) return error;
        }
        return Errno.None;
    }
}
