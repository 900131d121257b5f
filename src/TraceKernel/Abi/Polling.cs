using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Events of poll(2), sys/poll.h.</summary>
[Flags]
public enum PollEvents : short
{
    None = 0,
    POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 0x10, POLLNVAL = 0x20, POLLRDNORM = 0x40, POLLRDBAND = 0x80,
    POLLWRBAND = 0x100,
    Readable = POLLIN | POLLRDNORM,
    Writable = POLLOUT,
    /// <summary>Reported whether asked for or not.</summary>
    Always = POLLERR | POLLHUP | POLLNVAL,
}

/// <summary>struct pollfd, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct pollfd(int fd, PollEvents events, PollEvents revents)
{
    public const int Bytes = 8;
}
