namespace TraceKernel.Abi;

/// <summary>Constants of socket(2) and its like, sys/socket.h.</summary>
public static class Sockets
{
    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 0x10000000, SOCK_NONBLOCK = 0x20000000;
    public const int SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2;
    public const int MSG_PEEK = 2, MSG_EOR = 8, MSG_TRUNC = 0x10, MSG_WAITALL = 0x40, MSG_DONTWAIT = 0x80, MSG_NOSIGNAL = 0x20000;
    public const int SOL_SOCKET = 0xffff, SO_ACCEPTCONN = 2, SO_REUSEADDR = 4, SO_KEEPALIVE = 8, SO_NOSIGPIPE = 0x800, SO_SNDBUF = 0x1001, SO_RCVBUF = 0x1002,
        SO_ERROR = 0x1007, SO_TYPE = 0x1008;
}
