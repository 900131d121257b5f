using System.Buffers;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>Sending and receiving by sockets: uipc_syscalls.c over sosend and soreceive.</summary>
internal static class MessageCalls
{
    /// <summary>Most that is moved at once.</summary>
    private const int PieceBytes = 65536;

    [Syscall(133, "ssize_t sendto(int s, const void *buf, size_t len, int flags, const struct sockaddr *to, int tolen)")]
    internal static ValueTask<Errno> sendto(SystemCall call)
    {
        if (Uio.Of(call, call[1], call[2], out var uio) is not Errno.None and var error) return new(error);
        return KernelTracing.Transfer(call, uio, isWrite: true, Send(call, uio, call.Int(3), call[4], call.Int(5), Attachment.None));
    }

    [Syscall(28, "ssize_t sendmsg(int s, const struct msghdr *msg, int flags)")]
    internal static ValueTask<Errno> sendmsg(SystemCall call)
    {
        if (call.CopyIn<msghdr>(call[1], out var message) is not Errno.None and var error) return new(error);
        if (message.msg_iovlen < 0) return new(Errno.EMSGSIZE);
        if ((error = Uio.OfVector(call, message.msg_iov, (uint)message.msg_iovlen, out var uio)) != Errno.None)
            return new(message.msg_iovlen > Fcntl.IOV_MAX ? Errno.EMSGSIZE : error);
        var attachment = Attachment.None;
        if (message.msg_control != 0 && message.msg_controllen != 0)
        {
            if (SocketCalls.Find(call, call.Int(0), cap_rights_t.CAP_WRITE, out _, out var socket) is not Errno.None and var wrong) return new(wrong);
            if (message.msg_controllen is < cmsghdr.Bytes or > ControlMessages.MaximumBytes || socket.Domain != AF_UNIX) return new(Errno.EINVAL);
            Span<byte> control = stackalloc byte[message.msg_controllen];
            if ((error = call.Memory.CopyIn(message.msg_control, control)) != Errno.None) return new(error);
            if ((error = ControlMessages.Internalize(call.Process, control, out attachment)) != Errno.None) return new(error);
        }
        return KernelTracing.Transfer(call, uio, isWrite: true, Send(call, uio, call.Int(2), message.msg_name, message.msg_namelen, attachment));
    }

    [Syscall(29, "ssize_t recvfrom(int s, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *fromlenaddr)")]
    internal static async ValueTask<Errno> recvfrom(SystemCall call)
    {
        if (Uio.Of(call, call[1], call[2], out var uio) is var error and not Errno.None) return error;
        (error, var count, var received) = await Receive(call, uio, call.Int(3));
        if (error != Errno.None) return error;
        if ((call.Int(3) & MSG_PEEK) == 0) received.Attachment.Drop();
        if (call[4] != 0 && call[5] != 0)
        {
            error = received.Attachment.From is { } from ? SocketCalls.CopyOutName(call, from, call[4], call[5]) : call.CopyOut(call[5], 0);
            if (error != Errno.None) return error;
        }
        call.Return(count);
        return await KernelTracing.Transfer(call, uio, isWrite: false, default);
    }

    [Syscall(27, "ssize_t recvmsg(int s, struct msghdr *msg, int flags)")]
    internal static async ValueTask<Errno> recvmsg(SystemCall call)
    {
        if (call.CopyIn<msghdr>(call[1], out var message) is var error and not Errno.None) return error;
        if (message.msg_iovlen < 0) return Errno.EMSGSIZE;
        if ((error = Uio.OfVector(call, message.msg_iov, (uint)message.msg_iovlen, out var uio)) != Errno.None)
            return message.msg_iovlen > Fcntl.IOV_MAX ? Errno.EMSGSIZE : error;
        (error, var count, var received) = await Receive(call, uio, call.Int(2));
        if (error != Errno.None) return error;
        message.msg_flags = received.IsTruncated ? MSG_TRUNC : 0;
        if ((error = DeliverName(call, received.Attachment.From, ref message)) != Errno.None) return error;
        if ((error = DeliverControl(call, received.Attachment, ref message)) != Errno.None) return error;
        if ((error = call.CopyOut(call[1], message)) != Errno.None) return error;
        call.Return(count);
        return await KernelTracing.Transfer(call, uio, isWrite: false, default);
    }

    private static Errno DeliverName(SystemCall call, SocketAddress? from, ref msghdr message)
    {
        if (message.msg_name == 0) return Errno.None;
        var image = from?.Image ?? [];
        message.msg_namelen = Math.Clamp(message.msg_namelen, 0, image.Length);
        return call.Memory.CopyOut(message.msg_name, image.AsSpan(0, message.msg_namelen));
    }

    private static Errno DeliverControl(SystemCall call, Attachment attachment, ref msghdr message)
    {
        if ((call.Int(2) & MSG_PEEK) != 0) attachment = Attachment.None;
        var room = message.msg_control == 0 ? 0 : Math.Max(message.msg_controllen, 0);
        var control = ControlMessages.Externalize(call.Process, attachment, room, (call.Int(2) & MSG_CMSG_CLOEXEC) != 0, out var isTruncated);
        // Who has no place for control messages is told of none.
        if (isTruncated && message.msg_control != 0) message.msg_flags |= MSG_CTRUNC;
        message.msg_controllen = control.Length;
        return call.Memory.CopyOut(message.msg_control, control);
    }

    /// <summary>kern_sendit: a message goes whole, of a stream everything, unless the socket does not block.</summary>
    private static async ValueTask<Errno> Send(SystemCall call, Uio uio, int flags, ulong name, int nameLength, Attachment attachment)
    {
        Socket? target = null;
        InternetAddress? destination = null;
        // kern_sendit: an address makes it connect(2) as well.
        var needed = name == 0 ? cap_rights_t.CAP_WRITE : cap_rights_t.CAP_WRITE | cap_rights_t.CAP_CONNECT;
        var error = name != 0 && call.Process.Credentials.InCapabilityMode ? Errno.ECAPMODE : Errno.None;
        (OpenFile file, Socket socket) = (null!, null!);
        if (error == Errno.None) error = SocketCalls.Find(call, call.Int(0), needed, out file, out socket);
        if (error == Errno.None) error = FindTarget(call, socket, name, nameLength, out target, out destination);
        if (error == Errno.None && (flags & MSG_OOB) != 0) error = Errno.EOPNOTSUPP;
        if (error != Errno.None)
        {
            attachment.Drop();
            return error;
        }
        call.Lwp.Usage.ru_msgsnd++;
        var (done, mayWait) = (0L, !file.IsNonBlocking && (flags & MSG_DONTWAIT) == 0);
        var deadline = socket.Options.SendTimeout is var timeout and > 0 ? call.Kernel.Uptime + timeout : long.MaxValue;
        // One byte more than any message may have, so that none passes for a shorter one.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, socket.IsStream ? PieceBytes : SocketOptions.MaximumBuffer + 1));
        file.AddReference();
        do
        {
            var length = (int)Math.Min(uio.Remaining, buffer.Length);
            error = uio.CopyIn(buffer.AsSpan(0, length));
            for (var sent = 0; error == Errno.None;)
            {
                error = socket.Send(buffer.AsSpan(sent, length - sent), target, attachment, out var count, destination);
                if (error == Errno.None) attachment = Attachment.None;
                (sent, done) = (sent + count, done + count);
                if (error == Errno.None && sent == length) break;
                if (error == Errno.EAGAIN && mayWait) error = await call.Lwp.Sleep(socket, socket.WriteMessage, deadline);
            }
        }
        while (uio.Remaining > 0 && error == Errno.None);
        ArrayPool<byte>.Shared.Return(buffer);
        file.Release();
        attachment.Drop();
        if (error == Errno.EPIPE && (flags & MSG_NOSIGNAL) == 0 && !socket.Shares(SO_NOSIGPIPE)) Signals.Posting.PostSignal(call.Lwp, Abi.Signals.SIGPIPE);
        return error == Errno.None || (done > 0 && error is Errno.EAGAIN or Errno.EINTR or Errno.ERESTART) ? call.Return(done) : error;
    }

    /// <summary>Whom a datagram goes to when an address says so; null: the peer.</summary>
    private static Errno FindTarget(SystemCall call, Socket socket, ulong address, int length, out Socket? target, out InternetAddress? destination)
    {
        (target, destination) = (null, null);
        if (address == 0)
        {
            if (!socket.IsDatagram || socket.PeerName is not null) return Errno.None;
            return Errno.EDESTADDRREQ;
        }
        if (SocketCalls.CopyInName(call, socket, address, length, out var name) is not Errno.None and var error) return error;
        if (!socket.IsDatagram) return socket.PeerName is null ? Errno.ENOTCONN : Errno.EISCONN;
        if (socket.PeerName is not null) return Errno.EISCONN;
        if (name is LocalAddress local)
        {
            if ((error = SocketCalls.FindNamed(call, Fcntl.AT_FDCWD, local, out target)) != Errno.None) return error;
            return target.Type == socket.Type ? Errno.None : Errno.EPROTOTYPE;
        }
        destination = ((InternetAddress)name).Destination;
        if (!destination.IsOwn) return Errno.ENETUNREACH;
        if (destination.Port == 0) return Errno.EADDRNOTAVAIL;
        if ((error = SocketCalls.BindToAny(call, socket)) != Errno.None) return error;
        target = call.Kernel.Network.Find(SOCK_DGRAM, destination, other => other.HearsFrom(socket)) ?? Socket.Nobody;
        return Errno.None;
    }

    /// <summary>kern_recvit, without the name and what came along.</summary>
    private static async ValueTask<(Errno Error, long Count, Socket.Received Received)> Receive(SystemCall call, Uio uio, int flags)
    {
        if (SocketCalls.Find(call, call.Int(0), cap_rights_t.CAP_READ, out var file, out var socket) is var error and not Errno.None) return (error, 0, default);
        if ((flags & MSG_OOB) != 0) return (Errno.EOPNOTSUPP, 0, default);
        var (done, mayWait, received) = (0L, !file.IsNonBlocking && (flags & MSG_DONTWAIT) == 0, default(Socket.Received));
        var deadline = socket.Options.ReceiveTimeout is var timeout and > 0 ? call.Kernel.Uptime + timeout : long.MaxValue;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, PieceBytes));
        file.AddReference();
        while (true)
        {
            var wanted = (int)Math.Min(uio.Remaining, buffer.Length);
            error = socket.Receive(buffer.AsSpan(0, wanted), (flags & MSG_PEEK) != 0, out var piece);
            if (error == Errno.EAGAIN && mayWait)
            {
                if ((error = await call.Lwp.Sleep(socket, socket.ReadMessage, deadline)) == Errno.None) continue;
            }
            if (error != Errno.None) break;
            if (done == 0) received = piece;
            done += piece.Count;
            if ((error = uio.CopyOut(buffer.AsSpan(0, piece.Count))) != Errno.None) break;
            // MSG_WAITALL: a stream is waited for until the buffer is full.
            if (piece.Count == 0 || uio.Remaining == 0 || (flags & MSG_WAITALL) == 0 || (flags & MSG_PEEK) != 0 || !socket.IsStream) break;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        file.Release();
        if (done > 0 && error is Errno.EAGAIN or Errno.EINTR or Errno.ERESTART) error = Errno.None;
        if (done > 0) call.Lwp.Usage.ru_msgrcv++;
        if (received.Attachment is null) received = received with { Attachment = Attachment.None };
        return (error, done, received);
    }
}
