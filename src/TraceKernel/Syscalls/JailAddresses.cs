using System.Buffers.Binary;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>The addresses that the processes of a jail may use: prison_check_af, prison_local_ip4 and prison_check_ip4, and their like for IPv6.</summary>
internal static class JailAddresses
{
    /// <summary>prison_check_af: a jail without addresses of a family has no sockets of that family.</summary>
    public static bool HasFamily(Prison prison, int family) => Of(prison, family) is not { Length: 0 };

    /// <summary>Whether a socket may have that address.</summary>
    public static bool MayUse(Prison prison, InternetAddress address) =>
        address.IsAny || Of(prison, FamilyOf(address)) is not { } own || Hosts(own, FamilyOf(address)).Contains(address.Host);

    /// <summary>The address that a socket gets: the jail's only one for any, and its first one for the loopback address.</summary>
    public static InternetAddress Local(Prison prison, InternetAddress wanted)
    {
        var family = FamilyOf(wanted);
        if (Of(prison, family) is not { Length: > 0 } own) return wanted;
        var hosts = Hosts(own, family);
        var isLoopback = wanted is { IsAny: false, IsOwn: true };
        return (wanted.IsAny && hosts.Count == 1) || (isLoopback && !hosts.Contains(wanted.Host)) ? wanted with { Host = hosts[0] } : wanted;
    }

    private static int FamilyOf(InternetAddress address) => address.IsVersion4 ? AF_INET : AF_INET6;

    /// <summary>null: no jail on the way out restricts the family.</summary>
    private static byte[]? Of(Prison prison, int family)
    {
        for (var jail = prison; jail is not null; jail = jail.Parent)
        {
            var own = family == AF_INET ? jail.Ip4Addresses : family == AF_INET6 ? jail.Ip6Addresses : null;
            if (own is not null) return own;
        }
        return null;
    }

    private static List<UInt128> Hosts(byte[] addresses, int family) =>
        [.. addresses.Chunk(family == AF_INET ? 4 : 16).Select(address => family == AF_INET
            ? InternetAddress.Mapped | BinaryPrimitives.ReadUInt32BigEndian(address) : BinaryPrimitives.ReadUInt128BigEndian(address))];
}
