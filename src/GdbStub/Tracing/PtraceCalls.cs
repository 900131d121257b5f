using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>ptrace(2) the way a debugger writes it: a method for each request, typed. An id is a pid or a thread id.</summary>
internal static class PtraceCalls
{
    /// <summary>EINVAL on kernels without such a request; FreeBSD 11 does not tell of system calls.</summary>
    public static Errno LwpInfo(this SystemCalls system, int id, out ptrace_lwpinfo info)
    {
        info = default;
        var image = MemoryMarshal.AsBytes(new Span<ptrace_lwpinfo>(ref info));
        var error = system.Ptrace(PT_LWPINFO, id, image, ptrace_lwpinfo.Bytes);
        return error == Errno.EINVAL ? system.Ptrace(PT_LWPINFO, id, image[..ptrace_lwpinfo.OldBytes], ptrace_lwpinfo.OldBytes) : error;
    }

    /// <summary>PT_X_SETSIGINFO: EINVAL where PT_LWPINFO shows no siginfo, and on kernels that have FreeBSD's requests only.</summary>
    public static Errno SetSiginfo(this SystemCalls system, int id, siginfo info) =>
        system.Ptrace(PT_X_SETSIGINFO, id, MemoryMarshal.AsBytes(new Span<siginfo>(ref info)), siginfo.Bytes);

    /// <summary>Reads or writes registers by the requests that carry them; those of a register set go through an iovec.</summary>
    public static Errno Transfer(this SystemCalls system, in MachineImage requests, int id, Span<byte> image, bool set)
    {
        var request = set ? requests.Set : requests.Get;
        if (requests.Note == 0) return system.Ptrace(request, id, image);
        Span<byte> vector = stackalloc byte[iovec.Bytes];
        // The base is only looked at for being there: the buffer is what it points to.
        MemoryMarshal.Write(vector, new iovec(1, (ulong)image.Length));
        return system.Ptrace(request, id, 0, requests.Note, vector, image, out _);
    }

    /// <summary>PT_CONTINUE at the current pc.</summary>
    public static Errno Continue(this SystemCalls system, int pid, int signal) => system.Ptrace(PT_CONTINUE, pid, SamePc, signal);

    /// <summary>PT_STEP at the current pc: the thread that has reported makes a step.</summary>
    public static Errno Step(this SystemCalls system, int pid, int signal) => system.Ptrace(PT_STEP, pid, SamePc, signal);

    public static Errno SetEventMask(this SystemCalls system, int pid, int mask) =>
        system.Ptrace(PT_SET_EVENT_MASK, pid, MemoryMarshal.AsBytes(new Span<int>(ref mask)), sizeof(int));

    /// <summary>Thread ids in order of creation, as many as fit.</summary>
    public static Errno LwpList(this SystemCalls system, int pid, Span<int> lwps, out int count)
    {
        var error = system.Ptrace(PT_GETLWPLIST, pid, 0, lwps.Length, MemoryMarshal.AsBytes(lwps), default, out var result);
        count = error == Errno.None ? (int)result : 0;
        return error;
    }

    public static Errno LwpCount(this SystemCalls system, int pid, out int count)
    {
        var error = system.Ptrace(PT_GETNUMLWPS, pid, 0, 0, default, default, out var result);
        count = (int)result;
        return error;
    }

    /// <summary>
    /// PT_IO; all or nothing is reported, even if a part was transferred (sys_process.c copies no count out on failure). Of a process that
    /// runs it is procfs that gives the memory.
    /// </summary>
    public static Errno Io(this SystemCalls system, int pid, int operation, ulong address, Span<byte> buffer)
    {
        var request = new ptrace_io_desc { piod_op = operation, piod_offs = address, piod_len = (ulong)buffer.Length };
        var error = system.Ptrace(PT_IO, pid, 0, 0, MemoryMarshal.AsBytes(new Span<ptrace_io_desc>(ref request)), buffer, out _);
        return error == Errno.EBUSY ? system.ProcessMemory(pid, address, buffer, isWrite: operation is PIOD_WRITE_D or PIOD_WRITE_I) : error;
    }
}
