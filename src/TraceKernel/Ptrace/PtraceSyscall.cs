using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Machine.Memory;
using TraceKernel.Processes;
using TraceKernel.Syscalls;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>sys_ptrace: a guest program's ptrace(2), with its copies in before and out after (PTRACE.md 2).</summary>
internal static class PtraceSyscall
{
    /// <summary>Most bytes moved by one PT_IO between two guests; longer ones go in turns.</summary>
    private const int TransferBytes = 64 * 1024;

    public static async ValueTask<Errno> Run(SystemCall call)
    {
        var (request, data) = (call.Int(0), call.Int(3));
        var error = PtraceTable.CheckCall(call.Kernel, request, data);
        if (error != Errno.None) return error;
        var (input, output) = ImageBytes(call.Kernel, request, data);
        var image = new byte[Math.Max(input, output)];
        byte[] buffer = [];
        // cpu_ptrace copies for itself, after the checks.
        if (!PtraceTable.IsMachine(request)) error = CopyIn(call, image.AsSpan(0, input), out buffer);
        if (error == Errno.None) error = await WaitForTurn(call);
        if (error != Errno.None) return error;
        if (PtraceTable.IsMachine(request)) error = CopyIn(call, image.AsSpan(0, input), out buffer);
        if (error != Errno.None) return error;
        if (request == PT_IO) return Transfer(call, MemoryMarshal.Read<ptrace_io_desc>(image));

        error = Perform(call, image, buffer, out var remote);
        if (error != Errno.None) return error;
        if (remote is not null)
        {
            while (!remote.IsDone) await call.Lwp.Sleep(remote.Channel, remote.WaitMessage, interruptible: false);
            error = remote.Finish(image);
            if (error != Errno.None) return error;
        }
        if (request == PT_GETLWPLIST) output = (int)call.Value * sizeof(int);
        return CopyOut(call, image.AsSpan(0, output), buffer);
    }

    /// <summary>The checks of kern_ptrace, and a sleep while another thread's request to the same process is under way.</summary>
    private static async ValueTask<Errno> WaitForTurn(SystemCall call)
    {
        while (true)
        {
            var error = Admit(call, out var other);
            if (error != Errno.ERESTART) return error;
            error = await call.Lwp.Sleep(other!, "pptrace");
            if (error != Errno.None) return error;
        }
    }

    private static Errno Admit(SystemCall call, out RemoteRequest? other)
    {
        var ptrace = Call(call, default, default);
        var error = PtraceTable.Admit(ref ptrace);
        other = ptrace.Remote;
        return error;
    }

    private static Errno Perform(SystemCall call, Span<byte> image, Span<byte> buffer, out RemoteRequest? remote)
    {
        var ptrace = Call(call, image, buffer);
        var error = PtraceTable.Run(ref ptrace);
        remote = ptrace.Remote;
        call.Return(ptrace.Result);
        return error;
    }

    private static PtraceCall Call(SystemCall call, Span<byte> image, Span<byte> buffer) => new()
    {
        Request = call.Int(0), Pid = call.Int(1), Address = call[2], Data = call.Int(3), Image = image, Buffer = buffer,
        Caller = call.Process, CallerLwp = call.Lwp,
    };

    /// <summary>Where the siginfo begins in struct ptrace_lwpinfo.</summary>
    internal const int SignalInfoOffset = 48;

    /// <summary>sizeof the structure that a request for registers has.</summary>
    internal static int NativeImageBytes(Kernel kernel, int request)
    {
        var (input, output) = ImageBytes(kernel, request, 0);
        return Math.Max(input, output);
    }

    /// <summary>What <c>addr</c> points to, by request: bytes copied in and bytes copied out.</summary>
    private static (int Input, int Output) ImageBytes(Kernel kernel, int request, int data)
    {
        var architecture = kernel.Architecture;
        if (PtraceTable.IsMachine(request)) return architecture.MachineRequestBytes(request, data);
        // An unknown request's addr is nothing that is looked at.
        if (!kernel.PtraceHandlers.ContainsKey(request)) return (0, 0);
        return request switch
        {
            PT_GETREGS => (0, architecture.RegBytes),
            PT_SETREGS => (architecture.RegBytes, 0),
            PT_GETFPREGS => (0, architecture.FpRegBytes),
            PT_SETFPREGS => (architecture.FpRegBytes, 0),
            PT_GETDBREGS => (0, architecture.DbRegBytes),
            PT_SETDBREGS => (architecture.DbRegBytes, 0),
            PT_GETREGSET => (iovec.Bytes, iovec.Bytes),
            PT_SETREGSET => (iovec.Bytes, 0),
            PT_LWPINFO => (0, Math.Clamp(data, 0, kernel.Personality.LwpInfoBytes)),
            PT_GETLWPLIST => (0, Math.Clamp(data, 0, 1 << 16) * sizeof(int)),
            PT_GET_EVENT_MASK => (0, sizeof(int)),
            PT_SET_EVENT_MASK => (sizeof(int), 0),
            PT_GET_SC_ARGS => (0, (int)Math.Min((uint)data, 64u)),
            PT_GET_SC_RET => (0, (int)Math.Min((uint)data, (uint)ptrace_sc_ret.Bytes)),
            PT_IO => (ptrace_io_desc.Bytes, 0),
            PT_VM_ENTRY => (ptrace_vm_entry.Bytes, ptrace_vm_entry.Bytes),
            PT_COREDUMP => (ptrace_coredump.Bytes, 0),
            PT_SC_REMOTE => (ptrace_sc_remote.Bytes, ptrace_sc_ret.Bytes),
            PT_X_SETSIGINFO => (siginfo.Bytes, 0),
            _ => (0, 0),
        };
    }

    /// <summary>The structure, and what it points to where that is read before the request or needs room.</summary>
    private static Errno CopyIn(SystemCall call, Span<byte> image, out byte[] buffer)
    {
        buffer = [];
        if (image.IsEmpty) return Errno.None;
        if (call.Memory.CopyIn(call[2], image) != Errno.None) return Errno.EFAULT;
        switch (call.Int(0))
        {
            case PT_VM_ENTRY:
                buffer = new byte[Math.Min(MemoryMarshal.Read<ptrace_vm_entry>(image).pve_pathlen, Fcntl.PATH_MAX)];
                return Errno.None;
            case PT_GETREGSET:
                buffer = RoomFor(MemoryMarshal.Read<iovec>(image));
                return Errno.None;
            case PT_SETREGSET:
                var vector = MemoryMarshal.Read<iovec>(image);
                buffer = RoomFor(vector);
                // What cannot be read is missed only after all checks of the request.
                if (call.Memory.CopyIn(vector.iov_base, buffer) != Errno.None) buffer = [];
                return Errno.None;
            case PT_SC_REMOTE:
                var remote = MemoryMarshal.Read<ptrace_sc_remote>(image);
                if (remote.pscr_nargs > ptrace_sc_remote.MaximumArguments) return Errno.EINVAL;
                buffer = new byte[remote.pscr_nargs * sizeof(ulong)];
                return call.Memory.CopyIn(remote.pscr_args, buffer);
            default:
                return Errno.None;
        }
    }

    private static byte[] RoomFor(in iovec vector) => vector.iov_len <= RegisterSetRequests.MaximumBytes ? new byte[vector.iov_len] : [];

    private static Errno CopyOut(SystemCall call, Span<byte> image, byte[] buffer)
    {
        var error = Errno.None;
        if (call.Int(0) == PT_VM_ENTRY && MemoryMarshal.Read<ptrace_vm_entry>(image) is { pve_pathlen: > 0 } entry && buffer.Length > 0)
            error = call.Memory.CopyOut(entry.pve_path, buffer.AsSpan(0, (int)entry.pve_pathlen));
        else if (call.Int(0) == PT_GETREGSET && MemoryMarshal.Read<iovec>(image) is { iov_base: not 0 } vector)
            error = call.Memory.CopyOut(vector.iov_base, buffer);
        if (error != Errno.None) return error;
        return image.IsEmpty ? Errno.None : call.Memory.CopyOut(call[2], image);
    }

    /// <summary>PT_IO through a kernel buffer; the descriptor's length says how far it came only when all of it went well.</summary>
    private static Errno Transfer(SystemCall call, ptrace_io_desc descriptor)
    {
        if (descriptor.piod_len > long.MaxValue) return Errno.EINVAL;
        var write = descriptor.piod_op is PIOD_WRITE_D or PIOD_WRITE_I;
        var buffer = new byte[(int)Math.Min(descriptor.piod_len, TransferBytes)];
        var done = 0UL;
        do
        {
            var part = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, descriptor.piod_len - done));
            var isShort = write && CopyInPart(call.Memory, descriptor.piod_addr + done, ref part);
            var step = descriptor with { piod_offs = descriptor.piod_offs + done, piod_len = (ulong)part.Length };
            var ptrace = Call(call, MemoryMarshal.AsBytes(new Span<ptrace_io_desc>(ref step)), part);
            var error = PtraceTable.Run(ref ptrace);
            if (!write && call.Memory.CopyOut(descriptor.piod_addr + done, part[..ptrace.Transferred]) != Errno.None) return Errno.EFAULT;
            if (error != Errno.None) return error;
            if (isShort) return Errno.EFAULT;
            done += (ulong)part.Length;
        }
        while (done < descriptor.piod_len);
        var lost = call.CopyOut(call[2], descriptor with { piod_len = done });
        return call.Kernel.Personality.Memory.TellsLostDescriptor ? lost : Errno.None;
    }

    /// <summary>
    /// uiomove copies from the caller straight into the target's pages: what lies before a page that cannot be read has been written when
    /// the copy fails.
    /// </summary>
    /// <param name="part">Room for the bytes; then those that there are.</param>
    /// <returns>Whether some are missing.</returns>
    private static bool CopyInPart(Vm.IUserMemory memory, ulong address, ref Span<byte> part)
    {
        for (var copied = 0; copied < part.Length;)
        {
            var from = address + (ulong)copied;
            var piece = part.Slice(copied, Math.Min(part.Length - copied, Frame.Size - (int)(from % Frame.Size)));
            if (memory.CopyIn(from, piece) != Errno.None)
            {
                part = part[..copied];
                return true;
            }
            copied += piece.Length;
        }
        return false;
    }
}
