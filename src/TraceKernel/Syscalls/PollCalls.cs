using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using static TraceKernel.Abi.PollEvents;

namespace TraceKernel.Syscalls;

/// <summary>Waiting for several descriptors: sys_generic.c.</summary>
internal static class PollCalls
{
    /// <summary>Bits of a descriptor set come in words of this many (NFDBITS on LP64).</summary>
    private const int WordBits = 64;

    [Syscall(209, "int poll(struct pollfd *fds, u_int nfds, int timeout)")]
    internal static ValueTask<Errno> poll(SystemCall call)
    {
        var timeout = call.Int(2);
        if (timeout < -1) return new(Errno.EINVAL);
        return Poll(call, timeout < 0 ? long.MaxValue : call.Kernel.Uptime + timeout * 1_000_000L);
    }

    [Syscall(545, "int ppoll(struct pollfd *fds, u_int nfds, const struct timespec *ts, const sigset_t *set)")]
    internal static ValueTask<Errno> ppoll(SystemCall call)
    {
        if (Deadline(call, call[2], out var deadline) is not Errno.None and var error) return new(error);
        error = SetMask(call, call[3]);
        return error == Errno.None ? Poll(call, deadline) : new(error);
    }

    [Syscall(93, "int select(int nd, fd_set *in, fd_set *ou, fd_set *ex, struct timeval *tv)")]
    internal static ValueTask<Errno> select(SystemCall call)
    {
        var deadline = long.MaxValue;
        if (call[4] != 0)
        {
            if (call.CopyIn<timeval>(call[4], out var time) is not Errno.None and var error) return new(error);
            if (time.tv_sec < 0 || time.tv_usec is < 0 or >= 1_000_000) return new(Errno.EINVAL);
            deadline = TimeCalls.After(call.Kernel.Uptime, new timespec(time.tv_sec, time.tv_usec * 1000));
        }
        return Select(call, deadline);
    }

    [Syscall(522, "int pselect(int nd, fd_set *in, fd_set *ou, fd_set *ex, const struct timespec *ts, const sigset_t *sm)")]
    internal static ValueTask<Errno> pselect(SystemCall call)
    {
        if (Deadline(call, call[4], out var deadline) is not Errno.None and var error) return new(error);
        error = SetMask(call, call[5]);
        return error == Errno.None ? Select(call, deadline) : new(error);
    }

    private static async ValueTask<Errno> Poll(SystemCall call, long deadline)
    {
        if ((uint)call[1] > FileTable.MaximumFiles) return Errno.EINVAL;
        var entries = new pollfd[(uint)call[1]];
        if (call.Memory.CopyIn(call[0], MemoryMarshal.AsBytes(entries.AsSpan())) is not Errno.None and var error) return error;
        int ready;
        while ((ready = Scan(call.Process.Files, entries)) == 0 && deadline > call.Kernel.Uptime)
        {
            error = await call.Lwp.Sleep(call.Kernel.FileSystem.PollChannel, "select", deadline);
            if (error == Errno.EWOULDBLOCK) break;
            if (error != Errno.None) return Errno.EINTR;
        }
        for (var index = 0; index < entries.Length; index++)
        {
            var revents = call[0] + (ulong)(index * pollfd.Bytes + 6);
            if (call.CopyOut(revents, (short)entries[index].revents) is not Errno.None and var fault) return fault;
        }
        return call.Return(ready);
    }

    private static async ValueTask<Errno> Select(SystemCall call, long deadline)
    {
        if (call.Int(0) < 0) return Errno.EINVAL;
        var count = Math.Min(call.Int(0), FileTable.MaximumFiles);
        var error = Errno.None;
        var wanted = new ulong[3][];
        for (var set = 0; set < 3; set++)
        {
            wanted[set] = new ulong[(count + WordBits - 1) / WordBits];
            if (call[set + 1] == 0) continue;
            error = call.Memory.CopyIn(call[set + 1], MemoryMarshal.AsBytes(wanted[set].AsSpan()));
            if (error != Errno.None) return error;
        }
        var found = new ulong[3][];
        while (true)
        {
            error = Scan(call.Process.Files, wanted, found, count, out var ready);
            if (error != Errno.None) return error;
            if (ready == 0 && deadline > call.Kernel.Uptime)
            {
                error = await call.Lwp.Sleep(call.Kernel.FileSystem.PollChannel, "select", deadline);
                if (error == Errno.None) continue;
                if (error != Errno.EWOULDBLOCK) return Errno.EINTR;
            }
            for (var set = 0; set < 3; set++)
            {
                if (call[set + 1] == 0) continue;
                error = call.Memory.CopyOut(call[set + 1], MemoryMarshal.AsBytes(found[set].AsSpan()));
                if (error != Errno.None) return error;
            }
            return call.Return(ready);
        }
    }

    /// <summary>pollscan: how many entries have something to report.</summary>
    private static int Scan(FileTable files, Span<pollfd> entries)
    {
        var ready = 0;
        foreach (ref var entry in entries)
        {
            entry.revents = entry.fd < 0 ? None
                : files.Get(entry.fd, cap_rights_t.CAP_EVENT, out var file) != Errno.None || file.IsPath ? POLLNVAL
                : file.Target.Poll(file) & (entry.events | Always);
            if (entry.revents != None) ready++;
        }
        return ready;
    }

    /// <summary>selscan: the bits that are ready; EBADF when one that is asked for is not open.</summary>
    private static Errno Scan(FileTable files, ulong[][] wanted, ulong[][] found, int count, out int ready)
    {
        // select_flags
        ReadOnlySpan<PollEvents> events = [POLLRDNORM | POLLHUP | POLLERR, POLLOUT | POLLHUP | POLLERR, POLLRDBAND | POLLERR];
        ready = 0;
        for (var set = 0; set < 3; set++)
        {
            found[set] = new ulong[wanted[set].Length];
            for (var descriptor = 0; descriptor < count; descriptor++)
            {
                var bit = 1UL << descriptor % WordBits;
                if ((wanted[set][descriptor / WordBits] & bit) == 0) continue;
                if (files.Get(descriptor, cap_rights_t.CAP_EVENT, out var file) is not Errno.None and var error) return error;
                if ((file.Target.Poll(file) & events[set]) == None) continue;
                found[set][descriptor / WordBits] |= bit;
                ready++;
            }
        }
        return Errno.None;
    }

    /// <summary>An instant of the uptime clock, so far from now as a struct timespec says; never without one.</summary>
    private static Errno Deadline(SystemCall call, ulong address, out long deadline)
    {
        deadline = long.MaxValue;
        if (address == 0) return Errno.None;
        if (call.CopyIn<timespec>(address, out var time) is not Errno.None and var error) return error;
        if (!UmtxTimeout.IsInterval(time)) return Errno.EINVAL;
        deadline = TimeCalls.After(call.Kernel.Uptime, time);
        return Errno.None;
    }

    /// <summary>kern_pselect: a mask that is in force until the call is over, and then the old one again (TDP_OLDMASK).</summary>
    private static Errno SetMask(SystemCall call, ulong address)
    {
        if (address == 0) return Errno.None;
        if (call.CopyIn<sigset>(address, out var mask) is not Errno.None and var error) return error;
        var lwp = call.Lwp;
        lwp.OldMask = lwp.SignalMask;
        SignalCalls.SetMask(lwp, mask);
        return Errno.None;
    }
}
