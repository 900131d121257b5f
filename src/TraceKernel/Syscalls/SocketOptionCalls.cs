using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>getsockopt(2) and setsockopt(2): sogetopt and sosetopt of uipc_socket.c.</summary>
internal static class SocketOptionCalls
{
    /// <summary>struct xucred: version, user, groups, and the process since FreeBSD 13.</summary>
    private const int XucredBytes = 88, XucredGroups = 16, XucredPid = 80;

    [Syscall(118, "int getsockopt(int s, int level, int name, void *val, socklen_t *avalsize)")]
    internal static Errno getsockopt(SystemCall call)
    {
        if (SocketCalls.Find(call, call.Int(0), cap_rights_t.CAP_GETSOCKOPT, out _, out var socket) is not Errno.None and var error) return error;
        var room = 0;
        if (call[3] != 0 && (error = call.CopyIn(call[4], out room)) != Errno.None) return error;
        if (room < 0) return Errno.EINVAL;
        if ((error = Get(socket, call.Int(1), call.Int(2), out var value)) != Errno.None) return error;
        var length = Math.Min(room, value.Length);
        if (call[3] == 0) return Errno.None;
        error = call.Memory.CopyOut(call[3], value.AsSpan(0, length));
        return error == Errno.None ? call.CopyOut(call[4], length) : error;
    }

    [Syscall(105, "int setsockopt(int s, int level, int name, const void *val, int valsize)")]
    internal static Errno setsockopt(SystemCall call)
    {
        if (call.Int(4) < 0) return Errno.EINVAL;
        if (SocketCalls.Find(call, call.Int(0), cap_rights_t.CAP_SETSOCKOPT, out _, out var socket) is not Errno.None and var error) return error;
        var (level, name, length) = (call.Int(1), call.Int(2), call.Int(4));
        if (level == SOL_SOCKET && name is SO_SNDTIMEO or SO_RCVTIMEO) return SetTimeout(call, socket.Options, name, length);
        if (level == SOL_SOCKET && name == SO_LINGER)
        {
            if (length < sizeof(long)) return Errno.EINVAL;
            error = call.CopyIn(call[3], out long linger);
            if (error == Errno.None) socket.Options.Linger = linger;
            return error;
        }
        var isWriteOnly = level == SOL_SOCKET && name is SO_SETFIB or SO_USER_COOKIE;
        if (!isWriteOnly && !socket.Options.TryGet(level, name, out _)) return Errno.ENOPROTOOPT;
        if (length < sizeof(int)) return Errno.EINVAL;
        if ((error = call.CopyIn(call[3], out int value)) != Errno.None) return error;
        // There is one routing table, and nobody looks at cookies.
        if (isWriteOnly) return name == SO_SETFIB && value != 0 ? Errno.EINVAL : Errno.None;
        // ip6_ctloutput: a name that is given cannot take more or less in.
        if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket.Name is InternetAddress { Port: > 0 }) return Errno.EINVAL;
        return socket.Options.Set(level, name, value);
    }

    private static Errno Get(Socket socket, int level, int name, out byte[] value)
    {
        value = [];
        if (level == SOL_LOCAL && name == LOCAL_PEERCRED && socket.Domain == AF_UNIX) return PeerCredentials(socket, out value);
        if (level == SOL_SOCKET && name is SO_SNDTIMEO or SO_RCVTIMEO)
        {
            var time = timeval.Of(name == SO_RCVTIMEO ? socket.Options.ReceiveTimeout : socket.Options.SendTimeout);
            value = MemoryMarshal.AsBytes(new ReadOnlySpan<timeval>(in time)).ToArray();
            return Errno.None;
        }
        if (level == SOL_SOCKET && name == SO_LINGER)
        {
            value = BitConverter.GetBytes(socket.Options.Linger);
            return Errno.None;
        }
        int? number = level == SOL_SOCKET ? Fact(socket, name) : null;
        if (number is null && !socket.Options.TryGet(level, name, out var set)) return Errno.ENOPROTOOPT;
        else if (number is null) number = socket.Options[level, name];
        value = BitConverter.GetBytes(number.Value);
        return Errno.None;
    }

    /// <summary>What can only be read; null for what is set.</summary>
    private static int? Fact(Socket socket, int name) => name switch
    {
        SO_TYPE => socket.Type,
        SO_DOMAIN => socket.Domain,
        SO_PROTOCOL => socket.Domain == AF_UNIX ? 0 : socket.IsStream ? IPPROTO_TCP : IPPROTO_UDP,
        SO_ERROR => (int)socket.TakeError(),
        SO_ACCEPTCONN => socket.IsListening ? SO_ACCEPTCONN : 0,
        SO_LISTENQLIMIT => socket.Backlog,
        SO_LISTENQLEN => socket.Arrived,
        SO_LISTENINCQLEN => 0,
        _ => null,
    };

    /// <summary>uipc_ctloutput: ENOTCONN for streams without a connection, EINVAL for others.</summary>
    private static Errno PeerCredentials(Socket socket, out byte[] value)
    {
        value = [];
        if (socket.PeerCredentials is not var (credentials, pid) || socket.IsListening) return socket.IsStream ? Errno.ENOTCONN : Errno.EINVAL;
        value = new byte[XucredBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(4), credentials.UserId);
        var count = Math.Min(credentials.Groups.Count, XucredGroups);
        BinaryPrimitives.WriteInt16LittleEndian(value.AsSpan(8), (short)count);
        for (var index = 0; index < count; index++) BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(12 + 4 * index), credentials.Groups[index]);
        BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(XucredPid), pid);
        return Errno.None;
    }

    private static Errno SetTimeout(SystemCall call, SocketOptions options, int name, int length)
    {
        if (length < timeval.Bytes) return Errno.EINVAL;
        if (call.CopyIn<timeval>(call[3], out var time) is not Errno.None and var error) return error;
        if (time.tv_sec < 0 || time.tv_usec is < 0 or >= 1_000_000) return Errno.EDOM;
        var nanoseconds = TimeCalls.After(0, new timespec(time.tv_sec, time.tv_usec * 1000));
        if (name == SO_RCVTIMEO) options.ReceiveTimeout = nanoseconds;
        else options.SendTimeout = nanoseconds;
        return Errno.None;
    }
}
