using TraceKernel.Abi;
using TraceKernel.Files;

namespace TraceKernel.Processes;

/// <summary>struct prison: a jail, or the host, which is the jail of all that are in none (prison0).</summary>
public sealed class Prison
{
    private HostIdentity _host;

    /// <summary>prison0.</summary>
    internal Prison(HostIdentity host)
    {
        (_host, OwnsHost, Name, IsPersistent, Allow) = (host, true, "0", true, uint.MaxValue);
        (ChildrenMax, Ip4Addresses, Ip6Addresses) = (Jails.JAIL_MAX, null, null);
    }

    /// <summary>A jail as kern_jail_set makes it before its parameters are set.</summary>
    internal Prison(int id, Prison parent)
    {
        (Id, Parent, _host) = (id, parent, new HostIdentity { Name = "" });
        (OwnsHost, SecureLevel, DevfsRuleset) = (true, parent.SecureLevel, parent.DevfsRuleset);
        (Allow, OsRelease, OsReleaseDate) = (Jails.JAIL_DEFAULT_ALLOW & parent.Allow, parent.OsRelease, parent.OsReleaseDate);
    }

    /// <summary>pr_id; 0 is the host.</summary>
    public int Id { get; }

    /// <summary>pr_parent; null: the host has none.</summary>
    public Prison? Parent { get; }

    /// <summary>pr_children.</summary>
    internal List<Prison> Children { get; } = [];

    /// <summary>pr_name, with those of the jails around it: <c>outer.inner</c>.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>pr_root; null: the root of the machine.</summary>
    public DirectoryVnode? Root { get; internal set; }

    /// <summary>pr_path: the full path of its root, as it was when the jail was made.</summary>
    public string Path { get; internal set; } = "/";

    /// <summary>PR_HOST: it has a host name of its own.</summary>
    public bool OwnsHost { get; private set; }

    /// <summary>Its own or its parent's host name.</summary>
    internal HostIdentity Host => OwnsHost ? _host : Parent!.Host;

    /// <summary>pr_securelevel.</summary>
    internal int SecureLevel { get; set; } = -1;

    /// <summary>pr_childmax: jails that may be made below it.</summary>
    internal int ChildrenMax { get; set; }

    /// <summary>pr_childcount: jails below it, at every depth.</summary>
    internal int ChildrenCount => Descendants.Count();

    /// <summary>pr_enforce_statfs: 0, its processes see every mount; 1, those below its root; 2, only that of its root.</summary>
    internal int EnforceStatfs { get; set; }

    /// <summary>pr_devfs_rsnum.</summary>
    internal int DevfsRuleset { get; set; }

    /// <summary>PR_PERSIST: it exists without processes.</summary>
    internal bool IsPersistent { get; set; }

    /// <summary>pr_allow, PR_ALLOW_*.</summary>
    internal uint Allow { get; set; }

    /// <summary>The IPv4 addresses that its processes may use, four bytes each; empty: none; null: its parent's.</summary>
    internal byte[]? Ip4Addresses { get; set; } = [];

    /// <summary>The IPv6 addresses, sixteen bytes each.</summary>
    internal byte[]? Ip6Addresses { get; set; } = [];

    /// <summary>PR_IP4_SADDRSEL and PR_IP6_SADDRSEL.</summary>
    internal bool SelectsIp4Source { get; set; } = true;

    /// <inheritdoc cref="SelectsIp4Source"/>
    internal bool SelectsIp6Source { get; set; } = true;

    /// <summary>System V messages, semaphores and shared memory: JAIL_SYS_*.</summary>
    internal int[] SysVIpc { get; } = [Jails.JAIL_SYS_DISABLE, Jails.JAIL_SYS_DISABLE, Jails.JAIL_SYS_DISABLE];

    /// <summary>pr_osrelease; empty: the kernel's.</summary>
    internal string OsRelease { get; set; } = "";

    /// <summary>pr_osreldate; 0: the kernel's.</summary>
    internal int OsReleaseDate { get; set; }

    /// <summary>pr_cpuset; null: the host's.</summary>
    internal CpuSet? CpuSet { get; set; }

    /// <summary>All jails within it, each before those within it (FOREACH_PRISON_DESCENDANT).</summary>
    internal IEnumerable<Prison> Descendants => Children.SelectMany(child => child.Descendants.Prepend(child));

    /// <summary>prison_ischild: it lies within the other one.</summary>
    internal bool IsWithin(Prison other)
    {
        for (var prison = Parent; prison is not null; prison = prison.Parent)
            if (prison == other) return true;
        return false;
    }

    /// <summary>prison_allow.</summary>
    internal bool Allows(uint flag) => (Allow & flag) == flag;

    /// <summary>prison_name: the name as a jail around it sees it.</summary>
    internal string NameFrom(Prison viewer) => viewer.Parent is null || this == viewer ? Name : Name[(viewer.Name.Length + 1)..];

    /// <summary>prison_path: the path of the root as a jail around it sees it.</summary>
    internal string PathFrom(Prison viewer)
    {
        if (this == viewer) return "/";
        if (viewer.Path == "/" || !Path.StartsWith(viewer.Path, StringComparison.Ordinal)) return Path;
        return Path.Length == viewer.Path.Length ? "/" : Path[viewer.Path.Length] == '/' ? Path[viewer.Path.Length..] : Path;
    }

    /// <summary>It gets a copy of its parent's host name, to change, or shares it.</summary>
    internal void SetOwnsHost(bool owns)
    {
        if (owns && !OwnsHost)
            _host = new HostIdentity { Name = Host.Name, Domain = Host.Domain, Uuid = Host.Uuid, Id = Host.Id };
        OwnsHost = owns;
    }

    /// <summary>Its last component gets another name, and so does that part of the names below it.</summary>
    internal void Rename(string last)
    {
        var (old, wanted) = (Name, Parent!.Parent is null ? last : $"{Parent.Name}.{last}");
        foreach (var below in Descendants) below.Name = wanted + below.Name[old.Length..];
        Name = wanted;
    }
}
