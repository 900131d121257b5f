using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>net/route.h and net/if.h: what sysctl net.routetable tells of interfaces.</summary>
public static class Routes
{
    public const int NET_RT_DUMP = 1, NET_RT_FLAGS = 2, NET_RT_IFLIST = 3, NET_RT_IFMALIST = 4, NET_RT_IFLISTL = 5;
    public const byte RTM_VERSION = 5, RTM_GET = 4, RTM_NEWADDR = 0xc, RTM_IFINFO = 0xe, RTM_NEWMADDR = 0xf;

    /// <summary>Which addresses follow a message, in the order of these bits.</summary>
    public const int RTA_DST = 0x1, RTA_GATEWAY = 0x2, RTA_NETMASK = 0x4, RTA_IFP = 0x10, RTA_IFA = 0x20, RTA_BRD = 0x80;

    public const int IFF_UP = 0x1, IFF_LOOPBACK = 0x8, IFF_DRV_RUNNING = 0x40, IFF_MULTICAST = 0x8000;
    public const byte IFT_LOOP = 0x18;

    /// <summary>ifa_flags: there is a route to the address.</summary>
    public const int IFA_ROUTE = 0x1;

    /// <summary>Addresses in a message begin at multiples of this (SA_SIZE).</summary>
    public const int Alignment = sizeof(long);
}

/// <summary>What if_msghdr, ifa_msghdr and ifma_msghdr begin with.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rt_message
{
    public const int Bytes = 16;

    /// <summary>Of the message and the addresses behind it.</summary>
    public ushort msglen;
    public byte version, type;
    public int addrs, flags;
    public ushort index, spare;
}

/// <summary>struct if_data; counters that no interface here counts are not named.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public struct if_data
{
    public const int Bytes = 152;

    public byte ifi_type, ifi_physical, ifi_addrlen, ifi_hdrlen, ifi_link_state, ifi_vhid;
    public ushort ifi_datalen;
    public uint ifi_mtu, ifi_metric;
}

/// <summary>struct sockaddr_dl: the name of an interface.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public struct sockaddr_dl
{
    public const int Bytes = 56;

    public byte sdl_len, sdl_family;
    public ushort sdl_index;
    public byte sdl_type, sdl_nlen, sdl_alen, sdl_slen;
    public sdl_data sdl_data;
}

/// <summary>The characters of the name, without a NUL.</summary>
[InlineArray(46)]
public struct sdl_data
{
    private byte _first;
}
