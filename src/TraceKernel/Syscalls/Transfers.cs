using System.Buffers;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Signals;

namespace TraceKernel.Syscalls;

/// <summary>
/// dofileread and dofilewrite: bytes between a file and user memory, a bounded piece at a time, sleeping where the file says so.
/// </summary>
internal static class Transfers
{
    private const int PieceBytes = 65536;

    /// <summary>
    /// Bytes that are moved before others have their turn and signals are looked at, as read_random_uio does. A vector of the same buffer over and over is as
    /// long as SSIZE_MAX, whatever the memory of the program.
    /// </summary>
    private const long GoBytes = 16 << 20;

    /// <summary>Reads until the buffer is full, the file ends, or a stream has no more for now; the call returns the count.</summary>
    /// <param name="offset">Where to; null: the file's own offset, which advances.</param>
    public static ValueTask<Errno> Read(SystemCall call, OpenFile file, Uio uio, long? offset = null) =>
        file.Target.DecidesReads ? ReadToEnd(call, file, uio) : ReadAvailable(call, file, uio, offset);

    private static async ValueTask<Errno> ReadToEnd(SystemCall call, OpenFile file, Uio uio)
    {
        var all = uio.Remaining;
        file.AddReference();
        var error = await file.Target.ReadToEnd(call.Lwp, file, uio);
        file.Release();
        return End(call, all - uio.Remaining, error);
    }

    private static async ValueTask<Errno> ReadAvailable(SystemCall call, OpenFile file, Uio uio, long? offset)
    {
        if (file.Target.TransferBytes is var bytes and > 0 && !uio.TryLimit(bytes)) return Errno.EINVAL;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, PieceBytes));
        file.AddReference();
        var (done, error) = (0L, await file.Target.Enter(call.Lwp, forWriting: false));
        var deadline = file.Target.ReadTimeout is var timeout and > 0 ? call.Kernel.Uptime + timeout : long.MaxValue;
        while (uio.Remaining > 0 && error == Errno.None)
        {
            var wanted = (int)Math.Min(uio.Remaining, PieceBytes);
            error = file.Target.Read(file, (offset ?? file.Offset) + (offset is null ? 0 : done), buffer.AsSpan(0, wanted), out var count);
            if (error == Errno.EAGAIN && done == 0 && !file.IsNonBlocking)
            {
                error = await call.Lwp.Sleep(file.Target, file.Target.ReadMessage, deadline);
                continue;
            }
            if (error == Errno.None) error = uio.CopyOut(buffer.AsSpan(0, count));
            if (error != Errno.None) break;
            done += count;
            if (offset is null && file.Target.IsSeekable) file.Offset += count;
            if (count < wanted) break;
            if (done % GoBytes < count) error = await Pause(call.Lwp);
        }
        ArrayPool<byte>.Shared.Return(buffer);
        // soreceive
        if (done > 0 && file.Target is Socket) call.Lwp.Usage.ru_msgrcv++;
        file.Release();
        return End(call, done, error);
    }

    /// <summary>Writes everything, sleeping while there is no room, unless O_NONBLOCK; the call returns the count.</summary>
    /// <param name="offset">Where to; null: the file's own offset, which advances, or its end with O_APPEND.</param>
    public static async ValueTask<Errno> Write(SystemCall call, OpenFile file, Uio uio, long? offset = null)
    {
        if (file.Target.TransferBytes is var bytes and > 0 && !uio.TryLimit(bytes)) return Errno.EINVAL;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(uio.Remaining, PieceBytes));
        file.AddReference();
        // sosend
        if (file.Target is Socket) call.Lwp.Usage.ru_msgsnd++;
        var start = file is { IsAppending: true, Target: Vnode vnode } ? vnode.Size : offset ?? file.Offset;
        var (done, error) = (0L, await file.Target.Enter(call.Lwp, forWriting: true));
        for (var isFull = false; error == Errno.None && !isFull;)
        {
            var length = (int)Math.Min(uio.Remaining, PieceBytes);
            error = uio.CopyIn(buffer.AsSpan(0, length));
            for (var sent = 0; error == Errno.None && !isFull;)
            {
                error = file.Target.Write(file, start + done, buffer.AsSpan(sent, length - sent), out var count);
                if (error == Errno.EAGAIN && !file.IsNonBlocking) error = await call.Lwp.Sleep(file.Target, file.Target.WriteMessage);
                // An object that does not grow takes nothing past its end.
                isFull = count == 0 && error == Errno.None && length > 0 && file.Target is SharedMemoryObject;
                sent += count;
                done += count;
                if (sent == length) break;
            }
            if (uio.Remaining == 0) break;
            if (error == Errno.None && done % GoBytes < length) error = await Pause(call.Lwp);
        }
        if (offset is null && file.Target.IsSeekable) file.Offset = start + done;
        ArrayPool<byte>.Shared.Return(buffer);
        file.Release();
        if (error == Errno.EPIPE && !file.Target.IsSilent) call.Lwp.PostSignal(Abi.Signals.SIGPIPE);
        return End(call, done, error);
    }

    /// <summary>A sleep that is over at once: EINTR or ERESTART when a signal has come.</summary>
    private static async ValueTask<Errno> Pause(Lwp lwp)
    {
        var error = await lwp.Sleep(lwp.Call, "uiomove", lwp.Process.Kernel.Uptime);
        return error == Errno.EWOULDBLOCK ? Errno.None : error;
    }

    /// <summary>A transfer that a signal or O_NONBLOCK cut short succeeds with what it has done.</summary>
    private static Errno End(SystemCall call, long done, Errno error) =>
        error == Errno.None || (done > 0 && error is Errno.EINTR or Errno.ERESTART or Errno.EAGAIN) ? call.Return(done) : error;
}
