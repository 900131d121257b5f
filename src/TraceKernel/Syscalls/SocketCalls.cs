using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Sockets;

namespace TraceKernel.Syscalls;

/// <summary>
/// Sockets: uipc_syscalls.c. Only the local pairs of socketpair(2) exist; a kernel without a network has no other domain, and no guest
/// gets to the host's.
/// </summary>
internal static class SocketCalls
{
    [Syscall(97, "int socket(int domain, int type, int protocol)")]
    internal static Errno socket(SystemCall call) => call.Int(0) == AF_UNIX ? Errno.EPROTONOSUPPORT : Errno.EAFNOSUPPORT;

    [Syscall(135, "int socketpair(int domain, int type, int protocol, int *rsv)")]
    internal static Errno socketpair(SystemCall call)
    {
        var flags = call.Int(1) & (SOCK_CLOEXEC | SOCK_NONBLOCK);
        var type = call.Int(1) & ~flags;
        if (call.Int(0) != AF_UNIX) return Errno.EAFNOSUPPORT;
        if (type is not (SOCK_STREAM or SOCK_DGRAM or SOCK_SEQPACKET)) return Errno.EPROTOTYPE;
        if (call.Int(2) != 0) return Errno.EPROTONOSUPPORT;
        var (files, limit, closeOnExec) = (call.Process.Files, call.Process.Limits.Descriptors, (flags & SOCK_CLOEXEC) != 0);
        var access = Fcntl.O_RDWR | ((flags & SOCK_NONBLOCK) != 0 ? Fcntl.O_NONBLOCK : 0);
        var (one, other) = SocketPair.Create(call.Kernel, type);
        var error = files.Add(new OpenFile(one, access), out var first, closeOnExec, 0, limit);
        if (error != Errno.None) return error;
        error = files.Add(new OpenFile(other, access), out var second, closeOnExec, 0, limit);
        if (error == Errno.None)
        {
            error = call.CopyOut(call[3], ((long)second << 32) | (uint)first);
            if (error == Errno.None) return Errno.None;
            files.Close(second);
        }
        files.Close(first);
        return error;
    }

    [Syscall(133, "ssize_t sendto(int s, const void *buf, size_t len, int flags, const struct sockaddr *to, int tolen)")]
    internal static async ValueTask<Errno> sendto(SystemCall call)
    {
        if (Find(call, out var file, out var socket) is var error and not Errno.None) return error;
        if (call[4] != 0) return Errno.EISCONN;
        if (Uio.Of(call, call[1], call[2], out var uio) != Errno.None) return Errno.EINVAL;
        var (flags, done) = (call.Int(3), 0L);
        // A message goes whole; of a stream, what does not fit at once.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, SocketPair.Capacity + 1));
        file.AddReference();
        do
        {
            var length = (int)Math.Min(uio.Remaining, buffer.Length);
            error = uio.CopyIn(buffer.AsSpan(0, length));
            for (var sent = 0; error == Errno.None;)
            {
                error = socket.Send(buffer.AsSpan(sent, length - sent), out var count);
                (sent, done) = (sent + count, done + count);
                if (sent == length) break;
                if (error == Errno.EAGAIN && !file.IsNonBlocking && (flags & MSG_DONTWAIT) == 0)
                    error = await call.Lwp.Sleep(socket, socket.WriteMessage);
            }
        }
        while (uio.Remaining > 0 && error == Errno.None);
        ArrayPool<byte>.Shared.Return(buffer);
        file.Release();
        if (error == Errno.EPIPE && (flags & MSG_NOSIGNAL) == 0) Signals.Posting.PostSignal(call.Lwp, Abi.Signals.SIGPIPE);
        return error == Errno.None || (done > 0 && error is Errno.EAGAIN or Errno.EINTR or Errno.ERESTART) ? call.Return(done) : error;
    }

    [Syscall(29, "ssize_t recvfrom(int s, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *fromlenaddr)")]
    internal static async ValueTask<Errno> recvfrom(SystemCall call)
    {
        if (Find(call, out var file, out var socket) is var error and not Errno.None) return error;
        if (Uio.Of(call, call[1], call[2], out var uio) != Errno.None) return Errno.EINVAL;
        var (flags, done) = (call.Int(3), 0L);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, SocketPair.Capacity));
        file.AddReference();
        while (true)
        {
            var wanted = (int)Math.Min(uio.Remaining, buffer.Length);
            error = socket.Receive(buffer.AsSpan(0, wanted), (flags & MSG_PEEK) != 0, out var count, out _);
            if (error == Errno.EAGAIN && !file.IsNonBlocking && (flags & MSG_DONTWAIT) == 0)
            {
                if ((error = await call.Lwp.Sleep(socket, socket.ReadMessage)) == Errno.None) continue;
            }
            if (error == Errno.None) error = uio.CopyOut(buffer.AsSpan(0, count));
            done += count;
            if (error != Errno.None || count == 0 || uio.Remaining == 0 || (flags & MSG_WAITALL) == 0 || socket.Type != SOCK_STREAM) break;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        file.Release();
        if (error == Errno.None && call[5] != 0) error = call.CopyOut(call[5], 0);
        return error == Errno.None || (done > 0 && error is Errno.EAGAIN or Errno.EINTR or Errno.ERESTART) ? call.Return(done) : error;
    }

    [Syscall(134, "int shutdown(int s, int how)")]
    internal static Errno shutdown(SystemCall call) =>
        Find(call, out _, out var socket) is var error and not Errno.None ? error : socket.Shutdown(call.Int(1));

    [Syscall(118, "int getsockopt(int s, int level, int name, void *val, socklen_t *avalsize)")]
    internal static Errno getsockopt(SystemCall call)
    {
        if (Find(call, out _, out var socket) is var error and not Errno.None) return error;
        if (call.Int(1) != SOL_SOCKET) return Errno.ENOPROTOOPT;
        if ((error = call.CopyIn(call[4], out int size)) != Errno.None) return error;
        int? value = call.Int(2) switch
        {
            SO_TYPE => socket.Type,
            SO_ERROR or SO_ACCEPTCONN or SO_REUSEADDR or SO_KEEPALIVE or SO_NOSIGPIPE => 0,
            SO_SNDBUF or SO_RCVBUF => SocketPair.Capacity,
            _ => null,
        };
        if (value is not { } found) return Errno.ENOPROTOOPT;
        size = Math.Clamp(size, 0, sizeof(int));
        error = call.Memory.CopyOut(call[3], MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in found))[..size]);
        return error == Errno.None ? call.CopyOut(call[4], size) : error;
    }

    /// <summary>Sizes and hints make no difference to a pair.</summary>
    [Syscall(105, "int setsockopt(int s, int level, int name, const void *val, int valsize)")]
    internal static Errno setsockopt(SystemCall call)
    {
        if (Find(call, out _, out _) is var error and not Errno.None) return error;
        return call.Int(1) == SOL_SOCKET && call.Int(2) is SO_SNDBUF or SO_RCVBUF or SO_REUSEADDR or SO_KEEPALIVE ? Errno.None : Errno.ENOPROTOOPT;
    }

    // The ends of a pair have no names and cannot be bound, connected or listened to.
    [Syscall(32, "int getsockname(int fdes, struct sockaddr *asa, socklen_t *alen)")]
    [Syscall(31, "int getpeername(int fdes, struct sockaddr *asa, socklen_t *alen)")]
    internal static Errno Name(SystemCall call)
    {
        if (Find(call, out _, out _) is var error and not Errno.None) return error;
        if ((error = call.CopyIn(call[2], out int size)) != Errno.None) return error;
        // sun_noname: sun_len 2, AF_UNIX.
        ReadOnlySpan<byte> name = [2, AF_UNIX];
        size = Math.Clamp(size, 0, name.Length);
        error = call.Memory.CopyOut(call[1], name[..size]);
        return error == Errno.None ? call.CopyOut(call[2], size) : error;
    }

    [Syscall(98, "int connect(int s, const struct sockaddr *name, int namelen)")]
    internal static Errno connect(SystemCall call) => Find(call, out _, out _) is var error and not Errno.None ? error : Errno.EISCONN;

    [Syscall(104, "int bind(int s, const struct sockaddr *name, int namelen)")]
    [Syscall(106, "int listen(int s, int backlog)")]
    [Syscall(30, "int accept(int s, struct sockaddr *name, socklen_t *anamelen)")]
    [Syscall(541, "int accept4(int s, struct sockaddr *name, socklen_t *anamelen, int flags)")]
    internal static Errno Refuse(SystemCall call) => Find(call, out _, out _) is var error and not Errno.None ? error : Errno.EINVAL;

    /// <summary>getsock: EBADF, or ENOTSOCK for other files.</summary>
    private static Errno Find(SystemCall call, out OpenFile file, out SocketPair socket)
    {
        socket = null!;
        if (call.Process.Files.Get(call.Int(0), out file) is var error and not Errno.None) return error;
        if (file.Target is not SocketPair found) return Errno.ENOTSOCK;
        socket = found;
        return Errno.None;
    }
}
