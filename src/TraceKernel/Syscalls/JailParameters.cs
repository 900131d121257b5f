using System.Buffers.Binary;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Jails;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>One parameter of a jail: a row of security.jail.param.*, and how jail_get(2) reads it.</summary>
/// <param name="Name">As jail(8) writes it; a dot at the end: the value of a name that others begin with.</param>
/// <param name="Kind">CTLTYPE_* and CTLFLAG_* of its row.</param>
/// <param name="Format">The format of its row, by which libjail reads and writes it.</param>
/// <param name="Size">For strings and structures: the bytes that a value takes at most.</param>
/// <param name="Get">The value, as a process of the first jail sees that of the second.</param>
/// <param name="Description">What `sysctl -d` prints.</param>
internal sealed record JailParameter(string Name, uint Kind, string Format, int Size, Func<Prison, Prison, Kernel, byte[]> Get, string Description)
{
    /// <summary>The option's name: without the dot at the end.</summary>
    public string Option => Name.TrimEnd('.');

    /// <summary>The name of its negation, "nopersist" or "allow.noraw_sockets"; null: it is no boolean.</summary>
    public string? Negation => Format == "B" ? $"{Option[..(Option.LastIndexOf('.') + 1)]}no{Option[(Option.LastIndexOf('.') + 1)..]}" : null;

    /// <summary>vfs_setopt_part: a list of addresses, of which a larger buffer holds as many as there are.</summary>
    public bool IsList => Format.EndsWith(",a", StringComparison.Ordinal);
}

/// <summary>The parameters of jails: SYSCTL_JAIL_PARAM of kern_jail.c and of the modules of GENERIC.</summary>
internal static class JailParameters
{
    private const uint Changeable = CTLFLAG_RD | CTLFLAG_WR, AtCreation = CTLFLAG_RD | CTLFLAG_TUN, ReadOnly = CTLFLAG_RD;

    /// <summary>OSRELEASELEN.</summary>
    public const int OsReleaseBytes = 32;

    /// <summary>allow.*: name and flag.</summary>
    public static IReadOnlyList<(string Name, uint Flag, string Description)> Permissions { get; } =
    [
        ("allow.set_hostname", PR_ALLOW_SET_HOSTNAME, "Jail may set its host name"),
        ("allow.sysvipc", PR_ALLOW_SYSVIPC, "Jail may use System V IPC"),
        ("allow.raw_sockets", PR_ALLOW_RAW_SOCKETS, "Jail may create raw sockets"),
        ("allow.chflags", PR_ALLOW_CHFLAGS, "Jail may change system file flags"),
        ("allow.quotas", PR_ALLOW_QUOTAS, "Jail may set file quotas"),
        ("allow.socket_af", PR_ALLOW_SOCKET_AF, "Jail may create sockets of all families"),
        ("allow.mlock", PR_ALLOW_MLOCK, "Jail may wire memory"),
        ("allow.reserved_ports", PR_ALLOW_RESERVED_PORTS, "Jail may bind reserved ports"),
        ("allow.read_msgbuf", PR_ALLOW_READ_MSGBUF, "Jail may read the kernel's messages"),
        ("allow.unprivileged_proc_debug", PR_ALLOW_UNPRIV_DEBUG, "Users of the jail may debug"),
        ("allow.suser", PR_ALLOW_SUSER, "Root of the jail is privileged"),
        ("allow.mount", PR_ALLOW_MOUNT, "Jail may mount file systems in general"),
        ("allow.mount.devfs", PR_ALLOW_MOUNT_DEVFS, "Jail may mount devfs"),
        ("allow.mount.tmpfs", PR_ALLOW_MOUNT_TMPFS, "Jail may mount tmpfs"),
        ("allow.mount.nullfs", PR_ALLOW_MOUNT_NULLFS, "Jail may mount nullfs"),
        ("allow.mount.procfs", PR_ALLOW_MOUNT_PROCFS, "Jail may mount procfs"),
        ("allow.mount.fdescfs", PR_ALLOW_MOUNT_FDESCFS, "Jail may mount fdescfs"),
    ];

    /// <summary>The System V subsystems, in the order of <see cref="Prison.SysVIpc"/>.</summary>
    public static IReadOnlyList<string> SysVIpc { get; } = ["sysvmsg", "sysvsem", "sysvshm"];

    /// <summary>Every parameter, those that are nodes before what is below them.</summary>
    public static IReadOnlyList<JailParameter> All { get; } =
    [
        Number("jid", AtCreation, (_, prison, _) => prison.Id, "Jail ID"),
        Number("parent", ReadOnly, (viewer, prison, _) => prison.Parent == viewer ? 0 : prison.Parent!.Id, "ID of the jail's parent"),
        Text("name", Changeable, HostIdentity.MaximumName, (viewer, prison) => prison.NameFrom(viewer), "Jail name"),
        Text("path", AtCreation, Fcntl.PATH_MAX, (viewer, prison) => prison.PathFrom(viewer), "Path of the jail's root"),
        Number("securelevel", Changeable, (_, prison, _) => prison.SecureLevel, "Secure level of the jail"),
        Number("osreldate", AtCreation, (_, prison, kernel) => prison.OsReleaseDate != 0 ? prison.OsReleaseDate : kernel.OsReleaseDate,
            "The jail's kern.osreldate"),
        new("osrelease", CTLTYPE_STRING | AtCreation, "A", OsReleaseBytes,
            (_, prison, kernel) => Bytes(prison.OsRelease.Length > 0 ? prison.OsRelease : kernel.Personality.OsRelease), "The jail's kern.osrelease"),
        Number("enforce_statfs", Changeable, (_, prison, _) => prison.EnforceStatfs, "Mounts that the jail does not see"),
        Number("devfs_ruleset", Changeable, (_, prison, _) => prison.DevfsRuleset, "Rules for the jail's devfs"),
        Flag("persist", prison => prison.IsPersistent, "Jail exists without processes"),
        new("dying", CTLTYPE_INT | ReadOnly, "B", 0, (_, prison, kernel) => Bytes(kernel.Prisons.IsDying(prison) ? 1 : 0), "Jail is going away"),
        Number("children.cur", ReadOnly, (_, prison, _) => prison.ChildrenCount, "Jails within the jail"),
        Number("children.max", Changeable, (_, prison, _) => prison.ChildrenMax, "Most jails within the jail"),
        Subsystem("host.", Changeable, prison => prison.OwnsHost ? JAIL_SYS_NEW : JAIL_SYS_INHERIT, "Names of the jail's host"),
        Text("host.hostname", Changeable, HostIdentity.MaximumName, (_, prison) => prison.Host.Name, "Host name of the jail"),
        Text("host.domainname", Changeable, HostIdentity.MaximumName, (_, prison) => prison.Host.Domain, "NIS domain of the jail"),
        Text("host.hostuuid", Changeable, HostIdentity.MaximumUuid, (_, prison) => prison.Host.Uuid, "Host UUID of the jail"),
        new("host.hostid", CTLTYPE_ULONG | Changeable, "LU", 0, (_, prison, _) => BitConverter.GetBytes(prison.Host.Id), "Host ID of the jail"),
        Number("cpuset.id", ReadOnly, (_, prison, _) => prison.CpuSet?.Id ?? 0, "CPU set of the jail"),
        Subsystem("ip4.", AtCreation, prison => Addresses(prison.Ip4Addresses), "IPv4 of the jail"),
        new("ip4.addr", CTLTYPE_OPAQUE | Changeable, "S,in_addr,a", 4, (_, prison, _) => prison.Ip4Addresses ?? [], "IPv4 addresses of the jail"),
        Flag("ip4.saddrsel", prison => prison.SelectsIp4Source, "Source addresses are selected among the jail's IPv4 addresses"),
        Subsystem("ip6.", AtCreation, prison => Addresses(prison.Ip6Addresses), "IPv6 of the jail"),
        new("ip6.addr", CTLTYPE_OPAQUE | Changeable, "S,in6_addr,a", 16, (_, prison, _) => prison.Ip6Addresses ?? [], "IPv6 addresses of the jail"),
        Flag("ip6.saddrsel", prison => prison.SelectsIp6Source, "Source addresses are selected among the jail's IPv6 addresses"),
        .. SysVIpc.Select((name, index) => Subsystem($"{name}.", Changeable, prison => prison.SysVIpc[index], "System V IPC of the jail")),
        .. Permissions.Select(row => Flag(row.Name == "allow.mount" ? "allow.mount." : row.Name, prison => prison.Allows(row.Flag), row.Description)),
    ];

    /// <summary>security.jail.param.*: libjail looks kinds and sizes up there; the values say how long a string may be.</summary>
    public static IEnumerable<SysctlRow> Rows()
    {
        yield return SysctlRow.Node("security.jail.param", description: "Parameters of jails");
        var nodes = new HashSet<string>();
        foreach (var parameter in All)
        {
            var parts = parameter.Name.Split('.');
            for (var depth = 1; depth < parts.Length; depth++)
            {
                var node = string.Join('.', parts[..depth]);
                if (nodes.Add(node)) yield return SysctlRow.Node($"security.jail.param.{node}", description: "Parameters of jails");
            }
            yield return new SysctlRow($"security.jail.param.{parameter.Name}", SysctlRow.Auto, parameter.Kind | CTLFLAG_MPSAFE, parameter.Format,
                (in SysctlRequest request) => PutSize(request, parameter), parameter.Description);
        }
    }

    /// <summary>kern_jail_get's values: EINVAL for a buffer of another size.</summary>
    public static Errno Fill(OptionList options, Prison viewer, Prison prison, Kernel kernel)
    {
        foreach (var parameter in All)
        {
            var value = parameter.Get(viewer, prison, kernel);
            var error = Fill(options.Find(parameter.Option), parameter, value);
            if (error == Errno.None && parameter.Negation is { } negation) error = Fill(options.Find(negation), parameter, Bytes(value[0] == 0 ? 1 : 0));
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    /// <summary>vfs_setopt, vfs_setopt_part and vfs_setopts: without a buffer, only the length is set.</summary>
    private static Errno Fill(CallOption? option, JailParameter parameter, byte[] value)
    {
        if (option is null) return Errno.None;
        var isText = (parameter.Kind & CTLTYPE) == CTLTYPE_STRING;
        if (option.Value is { } buffer)
        {
            if (isText || parameter.IsList ? buffer.Length < value.Length : buffer.Length != value.Length) return Errno.EINVAL;
            value.CopyTo(buffer, 0);
            if (isText) return Errno.None;
        }
        option.Length = value.Length;
        return Errno.None;
    }

    // sysctl_jail_param
    private static Errno PutSize(in SysctlRequest request, JailParameter parameter) => (parameter.Kind & CTLTYPE) switch
    {
        CTLTYPE_STRING => request.Put(Encoding.Latin1.GetBytes(parameter.Size.ToString(System.Globalization.CultureInfo.InvariantCulture))),
        CTLTYPE_OPAQUE => request.Put((ulong)parameter.Size),
        CTLTYPE_ULONG => request.Put(0UL),
        _ => request.Put(0),
    };

    private static int Addresses(byte[]? addresses) => addresses is null ? JAIL_SYS_INHERIT : addresses.Length == 0 ? JAIL_SYS_DISABLE : JAIL_SYS_NEW;

    private static JailParameter Number(string name, uint access, Func<Prison, Prison, Kernel, int> get, string description) =>
        new(name, CTLTYPE_INT | access, "I", 0, (viewer, prison, kernel) => Bytes(get(viewer, prison, kernel)), description);

    private static JailParameter Flag(string name, Func<Prison, bool> get, string description) =>
        new(name, CTLTYPE_INT | Changeable, "B", 0, (_, prison, _) => Bytes(get(prison) ? 1 : 0), description);

    private static JailParameter Subsystem(string name, uint access, Func<Prison, int> get, string description) =>
        new(name, CTLTYPE_INT | access, "E,jailsys", 0, (_, prison, _) => Bytes(get(prison)), description);

    private static JailParameter Text(string name, uint access, int size, Func<Prison, Prison, string> get, string description) =>
        new(name, CTLTYPE_STRING | access, "A", size, (viewer, prison, _) => Bytes(get(viewer, prison)), description);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text + '\0');

    private static byte[] Bytes(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
