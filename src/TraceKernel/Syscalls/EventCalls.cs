using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Syscalls;

/// <summary>kqueue(2) and kevent(2): kern_event.c.</summary>
internal static class EventCalls
{
    [Syscall(362, "int kqueue(void)")]
    internal static Errno kqueue(SystemCall call)
    {
        var files = call.Process.Files;
        var file = new OpenFile(new Kqueue(call.Process), Fcntl.O_RDWR);
        var error = files.Add(file, out var descriptor, limit: call.Process.Limits.Descriptors);
        if (error == Errno.None) return call.Return(descriptor);
        file.Release();
        return error;
    }

    [Syscall(560, "int kevent(int fd, const struct kevent *changelist, int nchanges, struct kevent *eventlist, int nevents, const struct timespec *timeout)")]
    internal static ValueTask<Errno> kevent(SystemCall call) => Kevent(call, Abi.kevent.Bytes);

    [Syscall(363, "int freebsd11_kevent(int fd, const struct kevent_freebsd11 *changelist, int nchanges, struct kevent_freebsd11 *eventlist, int nevents, const struct timespec *timeout)")]
    internal static ValueTask<Errno> freebsd11_kevent(SystemCall call) => Kevent(call, Abi.kevent.OldBytes);

    /// <summary>kern_kevent: first all changes, then up to nevents events.</summary>
    /// <param name="width">Bytes of a struct kevent.</param>
    private static async ValueTask<Errno> Kevent(SystemCall call, int width)
    {
        var deadline = long.MaxValue;
        if (call[5] != 0)
        {
            if (call.CopyIn<timespec>(call[5], out var time) is var fault and not Errno.None) return fault;
            if (!UmtxTimeout.IsInterval(time)) return Errno.EINVAL;
            deadline = TimeCalls.After(call.Kernel.Uptime, time);
        }
        if (call.Process.Files.Get(call.Int(0), out var file) != Errno.None || file.Target is not Kqueue queue) return Errno.EBADF;
        if (Apply(call, queue, width, out var receipts) is var error and not Errno.None) return error;
        if (receipts > 0) return call.Return(receipts);
        if (call.Int(4) <= 0) return Errno.None;
        List<kevent> events;
        while ((events = queue.Collect(call.Int(4))).Count == 0 && deadline > call.Kernel.Uptime)
        {
            error = await call.Lwp.Sleep(queue, "kqread", deadline);
            if (error is Errno.EINTR or Errno.ERESTART) return Errno.EINTR;
        }
        for (var index = 0; index < events.Count; index++)
            if ((error = Report(call, events[index], index, width)) != Errno.None) return error;
        return call.Return(events.Count);
    }

    /// <summary>The changes; what fails, or asks for a receipt, takes the place of an event.</summary>
    private static Errno Apply(SystemCall call, Kqueue queue, int width, out int receipts)
    {
        receipts = 0;
        for (var index = 0; index < call.Int(2); index++)
        {
            var change = default(kevent);
            var image = MemoryMarshal.AsBytes(new Span<kevent>(ref change))[..width];
            if (call.Memory.CopyIn(call[1] + (ulong)(index * width), image) is var fault and not Errno.None) return fault;
            if (change.filter == 0) continue;
            change.flags = (ushort)(change.flags & ~EV_SYSFLAGS);
            var error = queue.Register(change);
            if (error == Errno.None && (change.flags & EV_RECEIPT) == 0) continue;
            if (receipts >= call.Int(4)) return error;
            error = Report(call, change with { flags = EV_ERROR, data = (long)error }, receipts++, width);
            if (error != Errno.None) return error;
        }
        return Errno.None;
    }

    private static Errno Report(SystemCall call, kevent report, int index, int width) =>
        call.Memory.CopyOut(call[3] + (ulong)(index * width), MemoryMarshal.AsBytes(new ReadOnlySpan<kevent>(in report))[..width]);
}
