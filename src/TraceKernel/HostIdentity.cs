namespace TraceKernel;

/// <summary>What the machine is called: the members of struct prison that sethostname(3) and its like change.</summary>
public sealed class HostIdentity
{
    /// <summary>MAXHOSTNAMELEN and HOSTUUIDLEN: bytes of a name and of a UUID with their NULs.</summary>
    public const int MaximumName = 256, MaximumUuid = 64;

    /// <summary>kern.hostname. It begins with one name everywhere, so that runs compare.</summary>
    public string Name { get; set; } = "gdbstub";

    /// <summary>kern.domainname.</summary>
    public string Domain { get; set; } = "";

    /// <summary>kern.hostuuid.</summary>
    public string Uuid { get; set; } = "00000000-0000-0000-0000-000000000000";

    /// <summary>kern.hostid.</summary>
    public ulong Id { get; set; }
}
