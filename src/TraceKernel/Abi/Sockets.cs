using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Constants of socket(2) and its like: sys/socket.h, sys/un.h, netinet/in.h, netinet/tcp.h.</summary>
public static class Sockets
{
    public const int AF_UNIX = 1, AF_INET = 2, AF_INET6 = 28;
    public const int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 0x10000000, SOCK_NONBLOCK = 0x20000000;
    public const int IPPROTO_IP = 0, IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41;
    public const int SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2;

    public const int MSG_OOB = 1, MSG_PEEK = 2, MSG_EOR = 8, MSG_TRUNC = 0x10, MSG_CTRUNC = 0x20, MSG_WAITALL = 0x40, MSG_DONTWAIT = 0x80,
        MSG_NOSIGNAL = 0x20000, MSG_CMSG_CLOEXEC = 0x40000;

    public const int SOL_SOCKET = 0xffff, SO_DEBUG = 1, SO_ACCEPTCONN = 2, SO_REUSEADDR = 4, SO_KEEPALIVE = 8, SO_DONTROUTE = 0x10,
        SO_BROADCAST = 0x20, SO_LINGER = 0x80, SO_OOBINLINE = 0x100, SO_REUSEPORT = 0x200, SO_TIMESTAMP = 0x400, SO_NOSIGPIPE = 0x800,
        SO_SNDBUF = 0x1001, SO_RCVBUF = 0x1002, SO_SNDLOWAT = 0x1003, SO_RCVLOWAT = 0x1004, SO_SNDTIMEO = 0x1005, SO_RCVTIMEO = 0x1006,
        SO_ERROR = 0x1007, SO_TYPE = 0x1008, SO_LISTENQLIMIT = 0x1011, SO_LISTENQLEN = 0x1012, SO_PROTOCOL = 0x1016, SO_DOMAIN = 0x1019,
        SO_USELOOPBACK = 0x40, SO_BINTIME = 0x2000, SO_NO_OFFLOAD = 0x4000, SO_NO_DDP = 0x8000, SO_REUSEPORT_LB = 0x10000, SO_RERROR = 0x20000,
        SO_LISTENINCQLEN = 0x1013, SO_SETFIB = 0x1014, SO_USER_COOKIE = 0x1015, SO_TS_CLOCK = 0x1017, SO_MAX_PACING_RATE = 0x1018;

    /// <summary>Level 0 of a local socket.</summary>
    public const int SOL_LOCAL = 0, LOCAL_PEERCRED = 1, LOCAL_CREDS = 2, LOCAL_CREDS_PERSISTENT = 3, LOCAL_CONNWAIT = 4;

    public const int IP_TOS = 3, IP_TTL = 4, IP_RECVOPTS = 5, IP_RECVRETOPTS = 6, IP_RECVDSTADDR = 7, IP_MULTICAST_TTL = 10, IP_MULTICAST_LOOP = 11,
        IP_PORTRANGE = 19, IP_RECVIF = 20, IP_ONESBCAST = 23, IP_ORIGDSTADDR = 27, IP_RECVTTL = 65, IP_MINTTL = 66, IP_DONTFRAG = 67, IP_RECVTOS = 68;

    /// <summary>Where a port comes from that the kernel chooses.</summary>
    public const int IP_PORTRANGE_DEFAULT = 0, IP_PORTRANGE_HIGH = 1, IP_PORTRANGE_LOW = 2;

    public const int IPV6_UNICAST_HOPS = 4, IPV6_MULTICAST_HOPS = 10, IPV6_MULTICAST_LOOP = 11, IPV6_PORTRANGE = 14, IPV6_V6ONLY = 27, IPV6_RECVPKTINFO = 36,
        IPV6_RECVHOPLIMIT = 37, IPV6_USE_MIN_MTU = 42, IPV6_PKTINFO = 46, IPV6_HOPLIMIT = 47, IPV6_RECVTCLASS = 57, IPV6_AUTOFLOWLABEL = 59, IPV6_TCLASS = 61,
        IPV6_DONTFRAG = 62;

    public const int TCP_NODELAY = 1, TCP_MAXSEG = 2, TCP_NOPUSH = 4, TCP_NOOPT = 8, TCP_KEEPINIT = 128, TCP_KEEPIDLE = 256, TCP_KEEPINTVL = 512,
        TCP_KEEPCNT = 1024;

    /// <summary>What getsockopt(2) tells of flags of TCP: TF_NODELAY, TF_NOPUSH, TF_NOOPT.</summary>
    public const int TF_NODELAY = 4, TF_NOPUSH = 0x1000, TF_NOOPT = 8;

    /// <summary>kern.ipc.soacceptqueue: most connections that wait to be accepted.</summary>
    public const int SOMAXCONN = 128;

    /// <summary>Kinds of control messages, and the most groups that SCM_CREDS tells.</summary>
    public const int SCM_RIGHTS = 1, SCM_TIMESTAMP = 2, SCM_CREDS = 3, SCM_BINTIME = 4, SCM_REALTIME = 5, SCM_MONOTONIC = 6, SCM_CREDS2 = 8, CMGROUP_MAX = 16;
}

/// <summary>struct msghdr, 48 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public record struct msghdr
{
    public const int Bytes = 48;
    [FieldOffset(0)] public ulong msg_name;
    [FieldOffset(8)] public int msg_namelen;
    [FieldOffset(16)] public ulong msg_iov;
    [FieldOffset(24)] public int msg_iovlen;
    [FieldOffset(32)] public ulong msg_control;
    [FieldOffset(40)] public int msg_controllen;
    [FieldOffset(44)] public int msg_flags;
}

/// <summary>struct cmsghdr; its data begin at the next multiple of eight.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct cmsghdr(int cmsg_len, int cmsg_level, int cmsg_type)
{
    public const int Bytes = 12, DataOffset = 16;
}
