using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>struct ptrace_io_desc32: PT_IO of a 32-bit debugger.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public record struct ptrace_io_desc32
{
    public const int Bytes = 16;

    public int piod_op;
    public uint piod_offs;
    public uint piod_addr;
    public uint piod_len;
}

/// <summary>struct ptrace_vm_entry32: PT_VM_ENTRY of a 32-bit debugger.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public record struct ptrace_vm_entry32
{
    public const int Bytes = 40;

    public int pve_entry;
    public int pve_timestamp;
    public uint pve_start;
    public uint pve_end;
    public uint pve_offset;
    public uint pve_prot;
    public uint pve_pathlen;
    public int pve_fileid;
    public uint pve_fsid;
    public uint pve_path;
}

/// <summary>struct siginfo32.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = Bytes)]
public record struct siginfo32
{
    public const int Bytes = 64;

    public int si_signo;
    public int si_errno;
    public int si_code;
    public int si_pid;
    public uint si_uid;
    public int si_status;
    public uint si_addr;
    public uint si_value;
    public int si_trapno;
}

/// <summary>struct ptrace_lwpinfo32; kernels before the system call's fields leave out the last two.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_lwpinfo32
{
    public const int Bytes = 140, SyscallFieldBytes = 8, SignalInfoEnd = 44 + siginfo32.Bytes;

    [FieldOffset(0)] public int pl_lwpid;
    [FieldOffset(4)] public int pl_event;
    [FieldOffset(8)] public int pl_flags;
    [FieldOffset(12)] public Word128 pl_sigmask;
    [FieldOffset(28)] public Word128 pl_siglist;
    [FieldOffset(44)] public siginfo32 pl_siginfo;
    [FieldOffset(108)] public Name20 pl_tdname;
    [FieldOffset(128)] public int pl_child_pid;
    [FieldOffset(132)] public uint pl_syscall_code;
    [FieldOffset(136)] public uint pl_syscall_narg;
}
