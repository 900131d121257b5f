using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>sys_ptrace: a guest program's ptrace(2), with its copies in before and out after (PTRACE.md 2).</summary>
internal static class PtraceSyscall
{
    /// <summary>Most bytes moved by one PT_IO between two guests; longer ones go in turns.</summary>
    private const int TransferBytes = 64 * 1024;

    public static Errno Run(SystemCall call)
    {
        var (request, address, data) = (call.Int(0), call[2], call.Int(3));
        if (request == PT_SET_EVENT_MASK && data != sizeof(int)) return Errno.EINVAL;
        if (request == PT_IO) return Transfer(call);
        if (request >= PT_FIRSTMACH)
        {
            // cpu_ptrace copies for itself, after the checks.
            var asked = Call(call, default, default);
            if (PtraceTable.Admit(ref asked) is var refused and not Errno.None) return refused;
        }
        var (input, output) = ImageBytes(call.Kernel.Architecture, request, data);
        var image = new byte[Math.Max(input, output)];
        if (input > 0 && call.Memory.CopyIn(address, image.AsSpan(0, input)) != Errno.None) return Errno.EFAULT;
        byte[] path = [];
        var pathAddress = 0UL;
        if (request == PT_VM_ENTRY)
        {
            var entry = MemoryMarshal.Read<ptrace_vm_entry>(image);
            path = new byte[Math.Min(entry.pve_pathlen, 1024)];
            pathAddress = entry.pve_path;
        }
        var ptrace = Call(call, image, path);
        var error = PtraceTable.Run(ref ptrace);
        call.Return(ptrace.Result);
        if (error != Errno.None) return error;
        if (request == PT_GETLWPLIST) output = (int)ptrace.Result * sizeof(int);
        if (path.Length > 0 && MemoryMarshal.Read<ptrace_vm_entry>(image) is { pve_pathlen: > 0 } found
            && call.Memory.CopyOut(pathAddress, path.AsSpan(0, (int)found.pve_pathlen)) != Errno.None) return Errno.EFAULT;
        return output > 0 ? call.Memory.CopyOut(address, image.AsSpan(0, output)) : Errno.None;
    }

    private static PtraceCall Call(SystemCall call, Span<byte> image, Span<byte> buffer) => new()
    {
        Request = call.Int(0), Pid = call.Int(1), Address = call[2], Data = call.Int(3), Image = image, Buffer = buffer,
        Caller = call.Process, CallerLwp = call.Lwp,
    };

    /// <summary>What <c>addr</c> points to, by request: bytes copied in and bytes copied out.</summary>
    private static (int Input, int Output) ImageBytes(IArchitecture architecture, int request, int data) => request switch
    {
        PT_GETREGS => (0, architecture.RegBytes),
        PT_SETREGS => (architecture.RegBytes, 0),
        PT_GETFPREGS => (0, architecture.FpRegBytes),
        PT_SETFPREGS => (architecture.FpRegBytes, 0),
        PT_GETDBREGS => (0, architecture.DbRegBytes),
        PT_SETDBREGS => (architecture.DbRegBytes, 0),
        PT_LWPINFO => (0, Math.Clamp(data, 0, ptrace_lwpinfo.Bytes)),
        PT_GETLWPLIST => (0, Math.Clamp(data, 0, 1 << 16) * sizeof(int)),
        PT_GET_EVENT_MASK => (0, sizeof(int)),
        PT_SET_EVENT_MASK => (sizeof(int), 0),
        PT_GET_SC_ARGS => (0, (int)Math.Min((uint)data, 64u)),
        PT_GET_SC_RET => (0, (int)Math.Min((uint)data, (uint)ptrace_sc_ret.Bytes)),
        PT_VM_ENTRY => (ptrace_vm_entry.Bytes, ptrace_vm_entry.Bytes),
        >= PT_FIRSTMACH => architecture.MachineRequestBytes(request, data),
        _ => (0, 0),
    };

    /// <summary>PT_IO through a kernel buffer; the descriptor's length says how far it came only when all of it went well.</summary>
    private static Errno Transfer(SystemCall call)
    {
        if (call.CopyIn(call[2], out ptrace_io_desc descriptor) != Errno.None) return Errno.EFAULT;
        var asked = Call(call, default, default);
        if (PtraceTable.Admit(ref asked) is var refused and not Errno.None) return refused;
        if (descriptor.piod_len > long.MaxValue) return Errno.EINVAL;
        var write = descriptor.piod_op is PIOD_WRITE_D or PIOD_WRITE_I;
        var buffer = new byte[(int)Math.Min(descriptor.piod_len, TransferBytes)];
        var done = 0UL;
        do
        {
            var part = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, descriptor.piod_len - done));
            if (write && call.Memory.CopyIn(descriptor.piod_addr + done, part) != Errno.None) return Errno.EFAULT;
            var step = descriptor with { piod_offs = descriptor.piod_offs + done, piod_len = (ulong)part.Length };
            var ptrace = Call(call, MemoryMarshal.AsBytes(new Span<ptrace_io_desc>(ref step)), part);
            var error = PtraceTable.Run(ref ptrace);
            if (!write && call.Memory.CopyOut(descriptor.piod_addr + done, part[..ptrace.Transferred]) != Errno.None) return Errno.EFAULT;
            if (error != Errno.None) return error;
            done += (ulong)part.Length;
        }
        while (done < descriptor.piod_len);
        return call.CopyOut(call[2], descriptor with { piod_len = done });
    }
}
