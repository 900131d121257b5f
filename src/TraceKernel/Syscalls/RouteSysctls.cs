using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Mib;
using static TraceKernel.Abi.Routes;
using static TraceKernel.Abi.Sockets;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>
/// sysctl net.routetable (rtsock.c, sysctl_rtsock): what getifaddrs(3) reads. There is one interface, lo0, and the routes to its addresses.
/// </summary>
internal static class RouteSysctls
{
    private const int PF_ROUTE = 17, AF_LINK = 18, AF_MAX = 42;
    private const int Index = 1, Mtu = 16384;
    private const int Flags = IFF_UP | IFF_LOOPBACK | IFF_DRV_RUNNING | IFF_MULTICAST;

    public static readonly SysctlRow[] Rows =
    [
        Node("net", CTL_NET, "Network"),
        new("net.routetable", PF_ROUTE, CTLTYPE_NODE | CTLFLAG_RD | CTLFLAG_MPSAFE, "N", RouteTable, "Routes and interfaces"),
    ];

    private static readonly InterfaceAddress[] s_addresses =
    [
        new(Internet(0x7f000001), Internet(0xff000000), HasDestination: true),
        new(new InternetAddress(AF_INET6, UInt128.One, 0), new InternetAddress(AF_INET6, UInt128.MaxValue, 0), HasDestination: false),
    ];

    // All hosts; all nodes of the interface and of the link, whose addresses have the number of the interface inside (in6_setscope).
    private static readonly InternetAddress[] s_groups =
    [
        Internet(0xe0000001),
        new(AF_INET6, (UInt128)0xff010001 << 96 | 1, 0),
        new(AF_INET6, (UInt128)0xff020001 << 96 | 1, 0),
    ];

    /// <summary>One address of lo0.</summary>
    /// <param name="HasDestination">ifa_dstaddr: on a loopback of IPv4 the address itself.</param>
    private readonly record struct InterfaceAddress(InternetAddress Address, InternetAddress Mask, bool HasDestination);

    private static InternetAddress Internet(uint host) => new(AF_INET, InternetAddress.Mapped | host, 0);

    /// <summary>
    /// The name ends with 0, an address family (0: all), what is wanted, and the number of an interface (0: all); for routes a number of a table may
    /// follow.
    /// </summary>
    private static Errno RouteTable(in SysctlRequest request)
    {
        const int RT_ALL_FIBS = -1;
        if (request.Arguments.Length < 4) return Errno.EISDIR;
        var (family, what, index) = (request.Arguments[1], request.Arguments[2], request.Arguments[3]);
        if (request.Arguments.Length > (what == NET_RT_DUMP ? 5 : 4)) return Errno.ENOTDIR;
        if (request.Arguments.Length == 5 && request.Arguments[4] is not (0 or RT_ALL_FIBS)) return Errno.EINVAL;
        if (family is >= 0 and <= AF_MAX && what == NET_RT_DUMP) return PutRoutes(request, family);
        // There are no addresses of other hosts' links: arp(8) and ndp(8) find none.
        if (what == NET_RT_FLAGS) return family == 0 ? Errno.EINVAL : Errno.None;
        if (family > AF_MAX || what is not (NET_RT_IFLIST or NET_RT_IFLISTL or NET_RT_IFMALIST)) return Errno.EINVAL;
        if (index is not (0 or Index)) return Errno.None;
        return what == NET_RT_IFMALIST ? PutGroups(request, family) : PutInterface(request, family, isLong: what == NET_RT_IFLISTL);
    }

    /// <summary>sysctl_dumpentry: the host routes to the addresses of lo0, a struct rt_msghdr each.</summary>
    private static Errno PutRoutes(in SysctlRequest request, int family)
    {
        const int RTF_UP = 1, RTF_HOST = 4, BytesOfHeader = 152, FlagsAt = 8, AddressesAt = 12, MtuAt = 48, WeightAt = 120;
        foreach (var (address, _, _) in s_addresses)
        {
            if (family != 0 && family != address.Family) continue;
            var (destination, gateway) = (address.Image, Link());
            // sdl_nlen: the gateway is a link without a name.
            gateway[5] = 0;
            var room = (destination.Length + Alignment - 1) & -Alignment;
            var message = new byte[BytesOfHeader + room + ((gateway.Length + Alignment - 1) & -Alignment)];
            BitConverter.TryWriteBytes(message, (ushort)message.Length);
            (message[2], message[3], message[4]) = (RTM_VERSION, RTM_GET, Index);
            BitConverter.TryWriteBytes(message.AsSpan(FlagsAt), RTF_UP | RTF_HOST);
            BitConverter.TryWriteBytes(message.AsSpan(AddressesAt), RTA_DST | RTA_GATEWAY);
            BitConverter.TryWriteBytes(message.AsSpan(MtuAt), (long)Mtu);
            BitConverter.TryWriteBytes(message.AsSpan(WeightAt), 1L);
            destination.CopyTo(message, BytesOfHeader);
            gateway.CopyTo(message, BytesOfHeader + room);
            if (request.Put(message) is not Errno.None and var error) return error;
        }
        return Errno.None;
    }

    // sysctl_iflist
    private static Errno PutInterface(in SysctlRequest request, int family, bool isLong)
    {
        Put(request, new() { type = RTM_IFINFO, addrs = RTA_IFP, flags = Flags, index = Index }, isLong ? Details.WithOffset : Details.Plain, [Link()]);
        foreach (var (address, mask, hasDestination) in s_addresses)
        {
            if (family != 0 && family != address.Family) continue;
            var header = new rt_message { type = RTM_NEWADDR, addrs = RTA_NETMASK | RTA_IFA, flags = IFA_ROUTE, index = Index };
            byte[][] names = [mask.Image, address.Image];
            if (hasDestination)
            {
                header.addrs |= RTA_BRD;
                names = [.. names, address.Image];
            }
            Put(request, header, isLong ? Details.WithOffset : Details.Metric, names);
        }
        return Errno.None;
    }

    // sysctl_ifmalist
    private static Errno PutGroups(in SysctlRequest request, int family)
    {
        foreach (var group in s_groups)
        {
            if (family != 0 && family != group.Family) continue;
            Put(request, new() { type = RTM_NEWMADDR, addrs = RTA_IFP | RTA_IFA, index = Index }, Details.None, [Link(), group.Image]);
        }
        return Errno.None;
    }

    /// <summary>What stands between a message's beginning and its addresses.</summary>
    private enum Details
    {
        /// <summary>struct ifma_msghdr: nothing.</summary>
        None,
        /// <summary>struct ifa_msghdr: a metric.</summary>
        Metric,
        /// <summary>struct if_msghdr: if_data.</summary>
        Plain,
        /// <summary>struct if_msghdrl and ifa_msghdrl: how long that is, where if_data is in it, and if_data.</summary>
        WithOffset,
    }

    private static void Put(in SysctlRequest request, rt_message header, Details details, ReadOnlySpan<byte[]> addresses)
    {
        var body = new ArrayBufferWriter<byte>();
        if (details == Details.WithOffset)
        {
            const int offset = 24;
            Append(body, (ushort)(offset + if_data.Bytes));
            Append(body, (ushort)offset);
        }
        if (details is Details.Metric or Details.WithOffset) Append(body, 0);
        if (details is Details.Plain or Details.WithOffset)
            Append(body, new if_data { ifi_type = IFT_LOOP, ifi_datalen = if_data.Bytes, ifi_mtu = Mtu });
        foreach (var address in addresses)
        {
            var room = body.GetSpan(address.Length + Alignment);
            room.Clear();
            address.CopyTo(room);
            body.Advance((address.Length + Alignment - 1) & -Alignment);
        }
        header.version = RTM_VERSION;
        header.msglen = (ushort)(rt_message.Bytes + body.WrittenCount);
        request.Put(header);
        request.Put(body.WrittenSpan);
    }

    private static byte[] Link()
    {
        var name = "lo0"u8;
        var link = new sockaddr_dl
        {
            sdl_len = sockaddr_dl.Bytes, sdl_family = AF_LINK, sdl_index = Index, sdl_type = IFT_LOOP, sdl_nlen = (byte)name.Length,
        };
        name.CopyTo(link.sdl_data);
        return MemoryMarshal.AsBytes(new ReadOnlySpan<sockaddr_dl>(in link)).ToArray();
    }

    private static void Append<T>(ArrayBufferWriter<byte> body, T value) where T : unmanaged =>
        body.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
