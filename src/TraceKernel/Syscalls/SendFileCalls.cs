using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Signals;

namespace TraceKernel.Syscalls;

/// <summary>sendfile(2): a file's bytes to a socket, between headers and trailers (kern_sendfile.c).</summary>
internal static class SendFileCalls
{
    private const int PieceBytes = 65536;

    /// <summary>struct sf_hdtr: vectors of what goes before and after the file.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private record struct sf_hdtr
    {
        [FieldOffset(0)] public ulong headers;
        [FieldOffset(8)] public int hdr_cnt;
        [FieldOffset(16)] public ulong trailers;
        [FieldOffset(24)] public int trl_cnt;
    }

    /// <summary>A transfer in progress.</summary>
    private sealed class Transfer(SystemCall call, OpenFile file, Socket socket)
    {
        public SystemCall Call => call;
        public OpenFile File => file;

        /// <summary>Bytes that have gone, headers and trailers included.</summary>
        public long Sent { get; private set; }

        /// <summary>Everything, however long the socket takes, unless it does not block: then EAGAIN.</summary>
        public async ValueTask<Errno> Send(ReadOnlyMemory<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var error = socket.Send(bytes.Span, null, Attachment.None, out var count);
                (Sent, bytes) = (Sent + count, bytes[count..]);
                if (error == Errno.EAGAIN && !file.IsNonBlocking) error = await call.Lwp.Sleep(socket, socket.WriteMessage);
                if (error != Errno.None) return error == Errno.ERESTART ? Errno.EINTR : error;
            }
            return Errno.None;
        }
    }

    /// <summary>do_sendfile's compat: the number of bytes counts the headers, too.</summary>
    [Syscall(336, "int freebsd4_sendfile(int fd, int s, off_t offset, size_t nbytes, struct sf_hdtr *hdtr, off_t *sbytes, int flags)")]
    internal static ValueTask<Errno> freebsd4_sendfile(SystemCall call)
    {
        var (error, headers, _) = call.Long(2) < 0 ? (Errno.EINVAL, null, null) : Frame(call);
        if (error != Errno.None) return new(error);
        if (headers is not null) call.Arguments[3] = call[3] > (ulong)headers.Remaining ? call[3] - (ulong)headers.Remaining : 0;
        return sendfile(call);
    }

    // SF_NODISKIO, SF_MNOWAIT, SF_SYNC, SF_USER_READAHEAD and SF_NOCACHE say how pages come from a disk; there is none.
    [Syscall(393, "int sendfile(int fd, int s, off_t offset, size_t nbytes, struct sf_hdtr *hdtr, off_t *sbytes, int flags)")]
    internal static async ValueTask<Errno> sendfile(SystemCall call)
    {
        if (call.Long(2) < 0) return Errno.EINVAL;
        var (error, headers, trailers) = Frame(call);
        if (error != Errno.None) return error;
        if ((error = call.Process.Files.Get(call.Int(0), cap_rights_t.CAP_PREAD, out var file)) != Errno.None) return error;
        if (!file.CanRead) return Errno.EBADF;
        // invfo_sendfile; sendfile_getobj
        if (file.Target is not RegularVnode vnode) return Errno.EINVAL;
        if ((error = SocketCalls.Find(call, call.Int(1), cap_rights_t.CAP_WRITE, out var output, out var socket)) != Errno.None) return error;
        if (!socket.IsStream) return Errno.EINVAL;
        if (socket.IsListening || !socket.IsConnected) return Errno.ENOTCONN;

        file.AddReference();
        output.AddReference();
        var transfer = new Transfer(call, output, socket);
        error = await SendAll(transfer, file, vnode, headers, trailers);
        output.Release();
        file.Release();
        if (call[5] != 0 && call.CopyOut(call[5], transfer.Sent) is var fault and not Errno.None) return fault;
        return error;
    }

    private static (Errno Error, Uio? Headers, Uio? Trailers) Frame(SystemCall call)
    {
        Uio? headers = null, trailers = null;
        if (call[4] == 0) return (Errno.None, null, null);
        var error = call.CopyIn<sf_hdtr>(call[4], out var frame);
        if (error == Errno.None && frame.headers != 0) error = Uio.OfVector(call, frame.headers, (uint)frame.hdr_cnt, out headers);
        if (error == Errno.None && frame.trailers != 0) error = Uio.OfVector(call, frame.trailers, (uint)frame.trl_cnt, out trailers);
        return (error, headers, trailers);
    }

    // vn_sendfile
    private static async ValueTask<Errno> SendAll(Transfer transfer, OpenFile file, RegularVnode vnode, Uio? headers, Uio? trailers)
    {
        var call = transfer.Call;
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        var error = await SendVector(transfer, headers, buffer);
        var (offset, end) = (call.Long(2), call[3] == 0 || call[3] > (ulong)(long.MaxValue - call.Long(2)) ? long.MaxValue : call.Long(2) + call.Long(3));
        while (error == Errno.None && offset < Math.Min(end, vnode.Size))
        {
            var wanted = (int)Math.Min(end - offset, PieceBytes);
            error = vnode.Read(file, offset, buffer.AsSpan(0, wanted), out var count);
            if (error != Errno.None || count == 0) break;
            error = await transfer.Send(buffer.AsMemory(0, count));
            offset += count;
        }
        if (error == Errno.None)
        {
            error = await SendVector(transfer, trailers, buffer);
            // The trailers go by writev(2), with its signal.
            if (error == Errno.EPIPE && trailers is not null && !transfer.File.Target.IsSilent) call.Lwp.PostSignal(Abi.Signals.SIGPIPE);
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return error;
    }

    private static async ValueTask<Errno> SendVector(Transfer transfer, Uio? vector, byte[] buffer)
    {
        while (vector is { Remaining: > 0 })
        {
            var length = (int)Math.Min(vector.Remaining, PieceBytes);
            if (vector.CopyIn(buffer.AsSpan(0, length)) is var fault and not Errno.None) return fault;
            if (await transfer.Send(buffer.AsMemory(0, length)) is var error and not Errno.None) return error;
        }
        return Errno.None;
    }
}
