using TraceKernel.Files;
using static TraceKernel.Abi.Sockets;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl net.local, net.inet and net.inet6: how sockets behave. The routes are <see cref="RouteSysctls"/>.</summary>
internal static class NetworkSysctls
{
    private const int IPPROTO_IP = 0, IPPROTO_ICMP = 1, IPPROTO_IPV6 = 41, IPPROTO_ICMPV6 = 58;

    /// <summary>net.inet.tcp.msl in milliseconds: half of the time for which an ended connection is remembered.</summary>
    private const int SegmentLifetime = 30_000;

    public static readonly SysctlRow[] Rows =
    [
        Node("net.local", AF_UNIX, "Sockets of the local domain"),
        Int("net.local.inflight", 0, "Descriptors on their way"),
        Int("net.local.deferred", 0, "Descriptors that wait to be closed"),
        Int("net.local.taskcount", 0, "Times that lost descriptors were looked for"),
        Int("net.local.recycled", 0, "Lost descriptors"),
        Node("net.local.stream", SOCK_STREAM, "Streams"),
        ULong("net.local.stream.sendspace", SocketOptions.DefaultBuffer, "Bytes of a new socket's send buffer"),
        ULong("net.local.stream.recvspace", SocketOptions.DefaultBuffer, "Bytes of a new socket's receive buffer"),
        Node("net.local.dgram", SOCK_DGRAM, "Datagrams"),
        ULong("net.local.dgram.maxdgram", Socket.MaximumLocalDatagram, "Most bytes of a datagram"),
        ULong("net.local.dgram.recvspace", SocketOptions.DefaultBuffer, "Bytes of a new socket's receive buffer"),
        Node("net.local.seqpacket", SOCK_SEQPACKET, "Packets in order"),
        ULong("net.local.seqpacket.maxseqpacket", SocketOptions.DefaultBuffer, "Bytes of a new socket's send buffer"),
        ULong("net.local.seqpacket.recvspace", SocketOptions.DefaultBuffer, "Bytes of a new socket's receive buffer"),
        Node("net.inet", AF_INET, "Internet protocols"),
        Node("net.inet.ip", IPPROTO_IP, "Internet protocol 4"),
        Int("net.inet.ip.forwarding", 1, _ => 0, "Packets of others are forwarded"),
        Int("net.inet.ip.redirect", 2, _ => 1, "Redirects are sent"),
        Int("net.inet.ip.ttl", 3, _ => 64, "Routers that a packet passes"),
        Int("net.inet.ip.intr_queue_maxlen", 10, _ => 256, "Longest queue of packets"),
        Int("net.inet.ip.intr_queue_drops", 11, _ => 0, "Packets dropped from the queue"),
        Node("net.inet.ip.portrange", description: "Ports"),
        Int("net.inet.ip.portrange.lowfirst", 1023, "First of the low ports"),
        Int("net.inet.ip.portrange.lowlast", 600, "Last of the low ports"),
        Int("net.inet.ip.portrange.first", Network.FirstEphemeral, "First of the ports that bind(2) chooses from"),
        Int("net.inet.ip.portrange.last", Network.LastEphemeral, "Last of the ports that bind(2) chooses from"),
        Int("net.inet.ip.portrange.hifirst", 49152, "First of the high ports"),
        Int("net.inet.ip.portrange.hilast", 65535, "Last of the high ports"),
        Int("net.inet.ip.portrange.reservedhigh", Network.LastReserved, "Last of the ports of the super-user"),
        Int("net.inet.ip.portrange.reservedlow", 0, "First of the ports of the super-user"),
        Int("net.inet.ip.portrange.randomized", 0, "Ports are chosen at random"),
        Node("net.inet.icmp", IPPROTO_ICMP, "Control messages of the internet protocol"),
        Int("net.inet.icmp.maskrepl", 1, _ => 0, "Questions for the network mask are answered"),
        Int("net.inet.icmp.icmplim", 200, "Most answers in a second"),
        Node("net.inet.tcp", IPPROTO_TCP, "TCP"),
        Int("net.inet.tcp.rfc1323", 1, _ => 1, "Large windows and time stamps"),
        Int("net.inet.tcp.mssdflt", 3, _ => 536, "Bytes of a segment"),
        Int("net.inet.tcp.keepidle", 6, _ => 7_200_000, "Milliseconds of silence until probes are sent"),
        Int("net.inet.tcp.keepintvl", 7, _ => 75_000, "Milliseconds between two probes"),
        Int("net.inet.tcp.sendspace", 8, _ => SocketOptions.DefaultBuffer, "Bytes of a new socket's send buffer"),
        Int("net.inet.tcp.recvspace", 9, _ => SocketOptions.DefaultBuffer, "Bytes of a new socket's receive buffer"),
        Int("net.inet.tcp.keepinit", 10, _ => 75_000, "Milliseconds for a connection"),
        Int("net.inet.tcp.delacktime", 12, _ => 40, "Milliseconds until an acknowledgement is sent"),
        Int("net.inet.tcp.v6mssdflt", 13, _ => 1220, "Bytes of a segment of internet protocol 6"),
        Int("net.inet.tcp.msl", Auto, _ => SegmentLifetime, "Milliseconds that a segment lives"),
        Int("net.inet.tcp.keepcnt", 8, "Probes until a connection is given up"),
        Int("net.inet.tcp.always_keepalive", 1, "Every connection has probes"),
        Int("net.inet.tcp.blackhole", 0, "Segments for closed ports are not answered"),
        Node("net.inet.tcp.cc", description: "Congestion control"),
        Text("net.inet.tcp.cc.algorithm", "newreno", "Rule in use"),
        Text("net.inet.tcp.cc.available", "newreno", "Rules that there are"),
        Node("net.inet.udp", IPPROTO_UDP, "UDP"),
        Int("net.inet.udp.checksum", 1, _ => 1, "Datagrams have a checksum"),
        Int("net.inet.udp.maxdgram", 3, _ => Socket.MaximumDatagram, "Most bytes of a datagram"),
        Int("net.inet.udp.recvspace", 4, _ => SocketOptions.DefaultBuffer, "Bytes of a new socket's receive buffer"),
        Int("net.inet.udp.blackhole", 0, "Datagrams for closed ports are not answered"),
        Node("net.inet.raw", 255, "Raw sockets"),
        Node("net.inet6", AF_INET6, "Internet protocols 6"),
        Node("net.inet6.ip6", IPPROTO_IPV6, "Internet protocol 6"),
        Int("net.inet6.ip6.forwarding", 1, _ => 0, "Packets of others are forwarded"),
        Int("net.inet6.ip6.hlim", 3, _ => 64, "Routers that a packet passes"),
        Int("net.inet6.ip6.v6only", 24, _ => 1, "Sockets of version 6 take no packets of version 4"),
        Node("net.inet6.icmp6", IPPROTO_ICMPV6, "Control messages of internet protocol 6"),
        Node("net.link", 18, "Links"),
        Node("net.link.generic", 0, "All links"),
        Node("net.link.generic.system", 1, "What concerns all interfaces"),
        Int("net.link.generic.system.ifcount", 1, _ => 1, "Interfaces"),
        Int("net.fibs", 1, "Tables of routes"),
        Int("net.my_fibnum", 0, "The table of routes of this process"),
        Int("net.add_addr_allfibs", 1, "Addresses of interfaces enter all tables of routes"),
        Int("net.ifdescr_maxlen", 1024, "Longest description of an interface"),
    ];
}
