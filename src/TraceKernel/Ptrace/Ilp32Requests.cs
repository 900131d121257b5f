using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Ptrace;

namespace TraceKernel.Ptrace;

/// <summary>
/// ptrace(2) of a 32-bit debugger on a 64-bit kernel (wrap32 of kern_ptrace, later freebsd32_ptrace): its structures are narrower, and of a
/// target that is no 32-bit process it may read registers but not write them. No program that runs here has 32 bits: the debugger is a host
/// process.
/// </summary>
internal static class Ilp32Requests
{
    /// <summary>Arguments and results of system calls: PT_GET_SC_ARGS and PT_GET_SC_RET of 32 bits.</summary>
    private const int ArgumentBytes = 8 * sizeof(uint), ResultBytes = 12;

    /// <summary>kern_ptrace between the two layouts.</summary>
    public static Errno Run(ref PtraceCall call)
    {
        switch (call.Request)
        {
            case PT_GETREGS or PT_GETFPREGS or PT_GETDBREGS: return GetRegisters(ref call);
            case PT_SETREGS or PT_SETFPREGS or PT_SETDBREGS: return SetRegisters(ref call);
            case PT_LWPINFO: return LwpInfo(ref call);
            case PT_IO: return Io(ref call);
            case PT_VM_ENTRY: return VmEntry(ref call);
            case PT_GET_SC_ARGS or PT_GET_SC_RET: return SystemCall(ref call);
            // Their 32-bit structures came with them, and none of a 64-bit process has a place there.
            case PT_GETREGSET or PT_SETREGSET or PT_SC_REMOTE or >= FirstExtension: return Refuse(ref call);
            case >= PT_FIRSTMACH: return Machine(ref call);
            default: return PtraceTable.RunNative(ref call);
        }
    }

    private static int NarrowBytes(IIlp32Layout layout, int request) => request switch
    {
        PT_GETREGS or PT_SETREGS => layout.RegBytes,
        PT_GETFPREGS or PT_SETFPREGS => layout.FpRegBytes,
        _ => layout.DbRegBytes,
    };

    private static int LwpInfoBytes(Kernel kernel) =>
        ptrace_lwpinfo32.Bytes - (kernel.Personality.LwpInfoBytes < ptrace_lwpinfo.Bytes ? ptrace_lwpinfo32.SyscallFieldBytes : 0);

    /// <summary>"safe": debugger and target are of one width.</summary>
    private static bool IsSafe(in PtraceCall call) => call.Process.IsIlp32;

    /// <summary>EINVAL, unless the target may not even be asked.</summary>
    private static Errno Refuse(ref PtraceCall call)
    {
        var error = PtraceTable.Admit(ref call);
        return error == Errno.None ? Errno.EINVAL : error;
    }

    /// <summary>The request as a 64-bit debugger would make it, with another structure.</summary>
    private static Errno RunWith(ref PtraceCall call, byte[] image, int request)
    {
        var own = call.Image;
        var asked = call.Request;
        call.Image = image;
        call.Request = request;
        var error = PtraceTable.RunNative(ref call);
        call.Image = own;
        call.Request = asked;
        return error;
    }

    /// <summary>The same with a structure, which is written back.</summary>
    private static Errno RunWith<T>(ref PtraceCall call, ref T image, int request) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in image)).ToArray();
        var error = RunWith(ref call, bytes, request);
        image = MemoryMarshal.Read<T>(bytes);
        return error;
    }

    private static Errno GetRegisters(ref PtraceCall call)
    {
        var kernel = call.Caller.Kernel;
        var bytes = NarrowBytes(kernel.Architecture.Ilp32!, call.Request);
        if (call.Image.Length < bytes) return Errno.EFAULT;
        var native = new byte[PtraceSyscall.NativeImageBytes(kernel, call.Request)];
        var error = RunWith(ref call, native, call.Request);
        if (error == Errno.None) Narrow(ref call, native, call.Image[..bytes]);
        return error;
    }

    private static void Narrow(ref PtraceCall call, ReadOnlySpan<byte> native, Span<byte> narrow)
    {
        var layout = call.Caller.Kernel.Architecture.Ilp32!;
        if (call.Request == PT_GETREGS) layout.NarrowRegs(native, narrow);
        else if (call.Request == PT_GETDBREGS) layout.NarrowDbRegs(native, narrow);
        else
        {
            var reg = new byte[call.Caller.Kernel.Architecture.RegBytes];
            call.Caller.Kernel.Architecture.FillRegs(call.Lwp.Cpu, reg);
            layout.NarrowFpRegs(reg, native, narrow);
        }
    }

    private static Errno SetRegisters(ref PtraceCall call)
    {
        var kernel = call.Caller.Kernel;
        var bytes = NarrowBytes(kernel.Architecture.Ilp32!, call.Request);
        if (call.Image.Length < bytes) return Errno.EFAULT;
        var error = PtraceTable.Admit(ref call);
        if (error != Errno.None) return error;
        // PROC_WRITE is refused after the mark is set.
        call.Lwp.Debug |= DebugFlags.UserWrite;
        if (!IsSafe(call)) return Errno.EINVAL;
        var get = call.Request switch { PT_SETREGS => PT_GETREGS, PT_SETFPREGS => PT_GETFPREGS, _ => PT_GETDBREGS };
        var native = new byte[PtraceSyscall.NativeImageBytes(kernel, get)];
        error = RunWith(ref call, native, get);
        if (error != Errno.None) return error;
        var layout = kernel.Architecture.Ilp32!;
        if (call.Request == PT_SETREGS) layout.WidenRegs(call.Image[..bytes], native);
        else if (call.Request == PT_SETFPREGS) layout.WidenFpRegs(call.Image[..bytes], native);
        else layout.WidenDbRegs(call.Image[..bytes], native);
        return RunWith(ref call, native, call.Request);
    }

    private static Errno LwpInfo(ref PtraceCall call)
    {
        var wanted = call.Data;
        var kernel = call.Caller.Kernel;
        if (wanted > call.Image.Length) return Errno.EFAULT;
        var wide = default(ptrace_lwpinfo);
        // Too much is refused in its turn; what has no room for a siginfo gets none.
        call.Data = wanted <= 0 || wanted > LwpInfoBytes(kernel) ? -1
            : wanted < ptrace_lwpinfo32.SignalInfoEnd ? PtraceSyscall.SignalInfoOffset : kernel.Personality.LwpInfoBytes;
        var error = RunWith(ref call, ref wide, PT_LWPINFO);
        call.Data = wanted;
        if (error != Errno.None) return error;
        var narrow = new ptrace_lwpinfo32
        {
            pl_lwpid = wide.pl_lwpid,
            pl_event = wide.pl_event,
            pl_flags = wide.pl_flags,
            pl_sigmask = wide.pl_sigmask,
            pl_siglist = wide.pl_siglist,
            pl_siginfo = Narrow(wide.pl_siginfo),
            pl_tdname = wide.pl_tdname,
            pl_child_pid = wide.pl_child_pid,
            pl_syscall_code = wide.pl_syscall_code,
            pl_syscall_narg = wide.pl_syscall_narg,
        };
        MemoryMarshal.AsBytes(new ReadOnlySpan<ptrace_lwpinfo32>(in narrow))[..wanted].CopyTo(call.Image);
        return Errno.None;
    }

    // siginfo_to_siginfo32
    private static siginfo32 Narrow(in siginfo wide) => new()
    {
        si_signo = wide.si_signo, si_errno = wide.si_errno, si_code = wide.si_code, si_pid = wide.si_pid, si_uid = wide.si_uid,
        si_status = wide.si_status, si_addr = (uint)wide.si_addr, si_value = (uint)wide.si_value, si_trapno = wide.si_trapno,
    };

    private static Errno Io(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_io_desc32>(call.Image, out var narrow)) return Errno.EFAULT;
        var wide = new ptrace_io_desc { piod_op = narrow.piod_op, piod_offs = narrow.piod_offs, piod_addr = narrow.piod_addr, piod_len = narrow.piod_len };
        var error = RunWith(ref call, ref wide, PT_IO);
        if (error == Errno.None) MemoryMarshal.Write(call.Image, narrow with { piod_len = (uint)wide.piod_len });
        return error;
    }

    private static Errno VmEntry(ref PtraceCall call)
    {
        if (!MemoryMarshal.TryRead<ptrace_vm_entry32>(call.Image, out var narrow)) return Errno.EFAULT;
        var wide = new ptrace_vm_entry { pve_entry = narrow.pve_entry, pve_pathlen = narrow.pve_pathlen, pve_path = narrow.pve_path };
        var error = RunWith(ref call, ref wide, PT_VM_ENTRY);
        if (error != Errno.None) return error;
        MemoryMarshal.Write(call.Image, narrow with
        {
            pve_entry = wide.pve_entry, pve_timestamp = wide.pve_timestamp, pve_start = (uint)wide.pve_start, pve_end = (uint)wide.pve_end,
            pve_offset = (uint)wide.pve_offset, pve_prot = wide.pve_prot, pve_pathlen = wide.pve_pathlen, pve_fileid = (int)wide.pve_fileid,
            pve_fsid = wide.pve_fsid,
        });
        return Errno.None;
    }

    /// <summary>Registers of a system call: only those of a 32-bit process fit.</summary>
    private static Errno SystemCall(ref PtraceCall call)
    {
        var error = PtraceTable.Admit(ref call);
        if (error != Errno.None || !IsSafe(call)) return error != Errno.None ? error : Errno.EINVAL;
        var bytes = (int)Math.Min((uint)call.Data, call.Request == PT_GET_SC_ARGS ? ArgumentBytes : ResultBytes);
        if (call.Image.Length < bytes) return Errno.EFAULT;
        var wide = new byte[8 * sizeof(ulong)];
        var wanted = call.Data;
        call.Data = call.Request == PT_GET_SC_ARGS ? wide.Length : ptrace_sc_ret.Bytes;
        error = RunWith(ref call, wide, call.Request);
        call.Data = wanted;
        if (error != Errno.None) return error;
        Span<uint> narrow = stackalloc uint[8];
        for (var index = 0; index < narrow.Length; index++) narrow[index] = (uint)MemoryMarshal.Cast<byte, ulong>(wide)[index];
        MemoryMarshal.AsBytes(narrow)[..bytes].CopyTo(call.Image);
        return Errno.None;
    }

    // cpu32_ptrace
    private static Errno Machine(ref PtraceCall call)
    {
        var meaning = call.Caller.Kernel.Architecture.Ilp32!.MachineRequest(call.Request);
        if (meaning.Bytes == 0)
        {
            call.Request = meaning.Request;
            return PtraceTable.RunNative(ref call);
        }
        var error = PtraceTable.Admit(ref call);
        if (error != Errno.None) return error;
        if (meaning.NeedsNarrowTarget && !IsSafe(call)) return Errno.EINVAL;
        if (call.Image.Length < meaning.Bytes) return Errno.EFAULT;
        var wide = new byte[meaning.NativeBytes];
        call.Image[..meaning.Bytes].CopyTo(wide);
        var data = call.Data;
        if (meaning.HasSizeInData) call.Data = data == meaning.Bytes ? meaning.NativeBytes : -1;
        error = RunWith(ref call, wide, meaning.Request);
        call.Data = data;
        if (error == Errno.None) wide.AsSpan(0, meaning.Bytes).CopyTo(call.Image);
        return error;
    }
}
