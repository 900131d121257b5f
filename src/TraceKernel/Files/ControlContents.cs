using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Files;

/// <summary>The control messages that the kernel itself writes: unp_internalize, unp_addsockcred, ip_savecontrol, sotimestamp.</summary>
internal static class ControlContents
{
    // struct cmsgcred; struct sockcred and sockcred2 without their groups.
    private const int CmsgcredBytes = 84, SockcredBytes = 20, Sockcred2Bytes = 28;

    /// <summary>struct cmsgcred: who sends, as the sender has it told.</summary>
    public static byte[] Sender(Process sender)
    {
        var credentials = sender.Credentials;
        var image = new byte[CmsgcredBytes];
        Write(image, [(uint)sender.Pid, credentials.RealUserId, credentials.UserId, credentials.RealGroupId]);
        var count = Math.Min(credentials.Groups.Count, CMGROUP_MAX);
        BinaryPrimitives.WriteInt16LittleEndian(image.AsSpan(16), (short)count);
        Write(image.AsSpan(20), credentials.Groups.Take(count));
        return image;
    }

    /// <summary>struct sockcred, or with <paramref name="isPersistent"/> struct sockcred2: who sends, as the receiver has it told.</summary>
    public static byte[] SocketSender(Process sender, bool isPersistent)
    {
        var credentials = sender.Credentials;
        var groups = credentials.Groups.Take(CMGROUP_MAX).ToArray();
        var image = new byte[(isPersistent ? Sockcred2Bytes : SockcredBytes) + 4 * groups.Length];
        // A version of 0 and the process come first in the second form.
        uint[] head = isPersistent ? [0, (uint)sender.Pid] : [];
        Write(image, [
            .. head, credentials.RealUserId, credentials.UserId, credentials.RealGroupId, credentials.GroupId, (uint)groups.Length, .. groups]);
        return image;
    }

    /// <summary>The time of a control message of a type: timeval, bintime or timespec.</summary>
    public static byte[] Time(Kernel kernel, int type)
    {
        var now = type == SCM_MONOTONIC ? kernel.Uptime : kernel.RealTime;
        var (seconds, nanoseconds) = (now / Clocks.NanosecondsPerSecond, now % Clocks.NanosecondsPerSecond);
        var fraction = type switch
        {
            SCM_TIMESTAMP => nanoseconds / 1000,
            SCM_BINTIME => (long)(ulong)(((UInt128)nanoseconds << 64) / Clocks.NanosecondsPerSecond),
            _ => nanoseconds,
        };
        return MemoryMarshal.AsBytes<long>([seconds, fraction]).ToArray();
    }

    /// <summary>udp_append: what a datagram socket has asked to be told with each datagram.</summary>
    /// <param name="destination">The address that the datagram was sent to.</param>
    public static Attachment ForDatagram(Kernel kernel, Socket receiver, Socket sender, InternetAddress destination, Attachment attachment)
    {
        var options = receiver.Options;
        if (options[SOL_SOCKET, SO_TIMESTAMP] != 0)
        {
            var type = options[SOL_SOCKET, SO_TS_CLOCK] switch { 1 => SCM_BINTIME, 2 => SCM_REALTIME, 3 => SCM_MONOTONIC, _ => SCM_TIMESTAMP };
            attachment = attachment.With(SOL_SOCKET, type, Time(kernel, type));
        }
        if (options[SOL_SOCKET, SO_BINTIME] != 0) attachment = attachment.With(SOL_SOCKET, SCM_BINTIME, Time(kernel, SCM_BINTIME));
        var image = destination.For(receiver.Domain).Image;
        if (receiver.Domain == AF_INET)
        {
            if (options[IPPROTO_IP, IP_RECVDSTADDR] != 0) attachment = attachment.With(IPPROTO_IP, IP_RECVDSTADDR, image[4..8]);
            if (options[IPPROTO_IP, IP_RECVTTL] != 0) attachment = attachment.With(IPPROTO_IP, IP_RECVTTL, [(byte)sender.Options[IPPROTO_IP, IP_TTL]]);
            if (options[IPPROTO_IP, IP_RECVTOS] != 0) attachment = attachment.With(IPPROTO_IP, IP_RECVTOS, [(byte)sender.Options[IPPROTO_IP, IP_TOS]]);
            return attachment;
        }
        // in6_pktinfo: the address, and lo0 as interface 1.
        if (options[IPPROTO_IPV6, IPV6_RECVPKTINFO] != 0) attachment = attachment.With(IPPROTO_IPV6, IPV6_PKTINFO, [.. image[8..24], 1, 0, 0, 0]);
        if (options[IPPROTO_IPV6, IPV6_RECVHOPLIMIT] != 0)
            attachment = attachment.With(IPPROTO_IPV6, IPV6_HOPLIMIT, BitConverter.GetBytes(sender.Options[IPPROTO_IPV6, IPV6_UNICAST_HOPS]));
        return attachment;
    }

    private static void Write(Span<byte> image, IEnumerable<uint> words)
    {
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image, word);
            image = image[sizeof(uint)..];
        }
    }
}
