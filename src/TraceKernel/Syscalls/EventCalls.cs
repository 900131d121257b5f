using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.cap_rights_t;
using static TraceKernel.Abi.Kevents;

namespace TraceKernel.Syscalls;

/// <summary>kqueue(2) and kevent(2): kern_event.c.</summary>
internal static class EventCalls
{
    [Syscall(362, "int kqueue(void)")]
    internal static Errno kqueue(SystemCall call) => Create(call, closeOnExec: false);

    [Syscall(583, "int kqueuex(u_int flags)")]
    internal static Errno kqueuex(SystemCall call)
    {
        var flags = (uint)call[0];
        return (flags & ~KQUEUE_CLOEXEC) != 0 ? Errno.EINVAL : Create(call, flags != 0);
    }

    private static Errno Create(SystemCall call, bool closeOnExec) =>
        call.Return(new OpenFile(new Kqueue(call.Process), Fcntl.O_RDWR), closeOnExec);

    [Syscall(560, "int kevent(int fd, const struct kevent *changelist, int nchanges, struct kevent *eventlist, int nevents, const struct timespec *timeout)")]
    internal static ValueTask<Errno> kevent(SystemCall call) => Kevent(call, Abi.kevent.Bytes);

    [Syscall(363, "int freebsd11_kevent(int fd, const struct kevent_freebsd11 *changelist, int nchanges, struct kevent_freebsd11 *eventlist, int nevents, const struct timespec *timeout)")]
    internal static ValueTask<Errno> freebsd11_kevent(SystemCall call) => Kevent(call, Abi.kevent.OldBytes);

    /// <summary>KQ_NEVENTS: changes that are fetched at a time.</summary>
    private const int ChangesAtOnce = 8;

    /// <summary>kern_kevent: first all changes, then up to nevents events.</summary>
    /// <param name="width">Bytes of a struct kevent.</param>
    private static async ValueTask<Errno> Kevent(SystemCall call, int width)
    {
        timespec? timeout = null;
        if (call[5] != 0)
        {
            if (call.CopyIn<timespec>(call[5], out var time) is var fault and not Errno.None) return fault;
            timeout = time;
        }
        // kern_kevent: what is asked for must be allowed.
        var needed = (call.Int(2) > 0 ? CAP_KQUEUE_CHANGE : CAP_NONE) | (call.Int(4) > 0 ? CAP_KQUEUE_EVENT : CAP_NONE);
        if (call.Process.Files.Get(call.Int(0), needed, out var file) is var bad and not Errno.None) return bad;
        if (file.Target is not Kqueue queue) return Errno.EBADF;
        if (call.Int(2) < 0) return Errno.EINVAL;
        var error = Apply(call, queue, width, out var receipts, out var isOver);
        if (error != Errno.None || isOver) return error;
        if (receipts > 0) return call.Return(receipts);
        // kqueue_scan looks at the time only when events are wanted.
        if (call.Int(4) == 0) return Errno.None;
        if (call.Int(4) < 0 || (timeout is { } given && !UmtxTimeout.IsInterval(given))) return Errno.EINVAL;
        return await file.Hold(Scan(call, queue, width, timeout is { } wait ? TimeCalls.After(call.Kernel.Uptime, wait) : long.MaxValue));
    }

    private static async ValueTask<Errno> Scan(SystemCall call, Kqueue queue, int width, long deadline)
    {
        List<kevent> events;
        Errno error;
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
    /// <param name="isOver">There was no place for it, which ends the call.</param>
    private static Errno Apply(SystemCall call, Kqueue queue, int width, out int receipts, out bool isOver)
    {
        (receipts, isOver) = (0, false);
        var changes = new kevent[Math.Min(call.Int(2), ChangesAtOnce)];
        for (var done = 0; done < call.Int(2); done += ChangesAtOnce)
        {
            var count = Math.Min(call.Int(2) - done, ChangesAtOnce);
            for (var index = 0; index < count; index++)
            {
                changes[index] = default;
                var image = MemoryMarshal.AsBytes(changes.AsSpan(index, 1))[..width];
                if (call.Memory.CopyIn(call[1] + (ulong)(done + index) * (ulong)width, image) is var fault and not Errno.None) return fault;
            }
            foreach (var wanted in changes.AsSpan(0, count))
            {
                if (wanted.filter == 0) continue;
                var change = wanted with { flags = (ushort)(wanted.flags & ~EV_SYSFLAGS) };
                var error = queue.Register(change);
                if (error == Errno.None && (change.flags & EV_RECEIPT) == 0) continue;
                if (receipts == call.Int(4))
                {
                    isOver = true;
                    return error;
                }
                // A place that cannot be written to is no error.
                Report(call, change with { flags = EV_ERROR, data = (long)error }, receipts++, width);
            }
        }
        return Errno.None;
    }

    private static Errno Report(SystemCall call, kevent report, int index, int width) =>
        call.Memory.CopyOut(call[3] + (ulong)(index * width), MemoryMarshal.AsBytes(new ReadOnlySpan<kevent>(in report))[..width]);
}
