using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Request numbers and flags of ptrace(2), sys/ptrace.h and machine/ptrace.h.</summary>
public static class Ptrace
{
    public const int PT_TRACE_ME = 0, PT_READ_I = 1, PT_READ_D = 2, PT_WRITE_I = 4, PT_WRITE_D = 5, PT_CONTINUE = 7, PT_KILL = 8,
        PT_STEP = 9, PT_ATTACH = 10, PT_DETACH = 11, PT_IO = 12, PT_LWPINFO = 13, PT_GETNUMLWPS = 14, PT_GETLWPLIST = 15,
        PT_CLEARSTEP = 16, PT_SETSTEP = 17, PT_SUSPEND = 18, PT_RESUME = 19, PT_TO_SCE = 20, PT_TO_SCX = 21, PT_SYSCALL = 22,
        PT_FOLLOW_FORK = 23, PT_LWP_EVENTS = 24, PT_GET_EVENT_MASK = 25, PT_SET_EVENT_MASK = 26, PT_GET_SC_ARGS = 27,
        PT_GET_SC_RET = 28, PT_COREDUMP = 29, PT_GETREGS = 33, PT_SETREGS = 34, PT_GETFPREGS = 35, PT_SETFPREGS = 36,
        PT_GETDBREGS = 37, PT_SETDBREGS = 38, PT_VM_TIMESTAMP = 40, PT_VM_ENTRY = 41, PT_GETREGSET = 42, PT_SETREGSET = 43,
        PT_SC_REMOTE = 44, PT_FIRSTMACH = 64;

    // amd64, machine/ptrace.h
    public const int PT_GETXSTATE_OLD = 66, PT_SETXSTATE_OLD = 67, PT_GETXSTATE_INFO = 68, PT_GETXSTATE = 69, PT_SETXSTATE = 70,
        PT_GETFSBASE = 71, PT_SETFSBASE = 72, PT_GETGSBASE = 73, PT_SETGSBASE = 74;

    /// <summary>Requests from here on are not FreeBSD's but ours, for what none of its requests can do (docs/personalities.md).</summary>
    public const int FirstExtension = 0x10000;

    /// <summary>addr: a siginfo_t, data: its size. What the signal that stopped the thread carries from now on.</summary>
    public const int PT_X_SETSIGINFO = 0x10000;

    public const int PTRACE_EXEC = 1, PTRACE_SCE = 2, PTRACE_SCX = 4, PTRACE_SYSCALL = 6, PTRACE_FORK = 8, PTRACE_LWP = 0x10,
        PTRACE_VFORK = 0x20, PTRACE_DEFAULT = PTRACE_EXEC, PTRACE_ALL = 0x3f;

    public const int PL_EVENT_NONE = 0, PL_EVENT_SIGNAL = 1;
    public const int PL_FLAG_SCE = 4, PL_FLAG_SCX = 8, PL_FLAG_EXEC = 0x10, PL_FLAG_SI = 0x20, PL_FLAG_FORKED = 0x40,
        PL_FLAG_CHILD = 0x80, PL_FLAG_BORN = 0x100, PL_FLAG_EXITED = 0x200, PL_FLAG_VFORKED = 0x400, PL_FLAG_VFORK_DONE = 0x800;

    public const int PC_COMPRESS = 1, PC_ALL = 2;

    public const int PIOD_READ_D = 1, PIOD_WRITE_D = 2, PIOD_READ_I = 3, PIOD_WRITE_I = 4;

    /// <summary>The <c>addr</c> of PT_CONTINUE and its like that leaves the program counter alone.</summary>
    public const ulong SamePc = 1;
}

/// <summary>struct ptrace_lwpinfo of FreeBSD 13 (160 bytes).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_lwpinfo
{
    public const int Bytes = 160;
    /// <summary>FreeBSD 11's ends with the child's pid.</summary>
    public const int OldBytes = 152;
    [FieldOffset(0)] public int pl_lwpid;
    [FieldOffset(4)] public int pl_event;
    [FieldOffset(8)] public int pl_flags;
    // A sigset_t is four 32-bit words and so only 4-byte aligned here: it is kept as two halves.
    [FieldOffset(12)] public Word128 pl_sigmask;
    [FieldOffset(28)] public Word128 pl_siglist;
    [FieldOffset(48)] public siginfo pl_siginfo;
    [FieldOffset(128)] public Name20 pl_tdname;
    [FieldOffset(148)] public int pl_child_pid;
    [FieldOffset(152)] public uint pl_syscall_code;
    [FieldOffset(156)] public uint pl_syscall_narg;
}

/// <summary>struct ptrace_io_desc (32 bytes); the debugger's buffer travels beside it.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_io_desc
{
    public const int Bytes = 32;
    [FieldOffset(0)] public int piod_op;
    [FieldOffset(8)] public ulong piod_offs;
    [FieldOffset(16)] public ulong piod_addr;
    [FieldOffset(24)] public ulong piod_len;
}

/// <summary>struct ptrace_vm_entry (64 bytes); the path travels beside it.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_vm_entry
{
    public const int Bytes = 64;
    [FieldOffset(0)] public int pve_entry;
    [FieldOffset(4)] public int pve_timestamp;
    [FieldOffset(8)] public ulong pve_start;
    /// <summary>Inclusive.</summary>
    [FieldOffset(16)] public ulong pve_end;
    [FieldOffset(24)] public ulong pve_offset;
    [FieldOffset(32)] public uint pve_prot;
    [FieldOffset(36)] public uint pve_pathlen;
    [FieldOffset(40)] public long pve_fileid;
    [FieldOffset(48)] public uint pve_fsid;
    [FieldOffset(56)] public ulong pve_path;
}

/// <summary>struct ptrace_sc_ret (24 bytes).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_sc_ret
{
    public const int Bytes = 24;
    [FieldOffset(0)] public ulong sr_retval0;
    [FieldOffset(8)] public ulong sr_retval1;
    [FieldOffset(16)] public int sr_error;
}

/// <summary>struct iovec (16 bytes): what PT_GETREGSET and PT_SETREGSET are given; the registers travel beside it.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct iovec(ulong iov_base, ulong iov_len)
{
    public const int Bytes = 16;
}

/// <summary>struct ptrace_coredump (16 bytes).</summary>
/// <param name="pc_fd">The debugger's descriptor of a regular file, open for writing.</param>
/// <param name="pc_flags">PC_COMPRESS, PC_ALL.</param>
/// <param name="pc_limit">Most bytes; 0: any number.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ptrace_coredump(int pc_fd, uint pc_flags, long pc_limit)
{
    public const int Bytes = 16;
}

/// <summary>struct ptrace_sc_remote (40 bytes); the arguments travel beside it.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ptrace_sc_remote
{
    public const int Bytes = 40;

    /// <summary>Most arguments of a call.</summary>
    public const int MaximumArguments = 8;

    [FieldOffset(0)] public ptrace_sc_ret pscr_ret;
    [FieldOffset(24)] public uint pscr_syscall;
    [FieldOffset(28)] public uint pscr_nargs;
    [FieldOffset(32)] public ulong pscr_args;
}

/// <summary>A sigset_t as its four words.</summary>
[InlineArray(4)]
public struct Word128
{
    private uint _word;

    public static implicit operator Word128(sigset set)
    {
        Word128 words = default;
        words[0] = (uint)set.Low;
        words[1] = (uint)(set.Low >> 32);
        words[2] = (uint)set.High;
        words[3] = (uint)(set.High >> 32);
        return words;
    }

    public readonly sigset ToSet() => new(this[0] | (ulong)this[1] << 32, this[2] | (ulong)this[3] << 32);
}

/// <summary>A name of at most 19 bytes (MAXCOMLEN) and its NUL.</summary>
[InlineArray(20)]
public struct Name20
{
    private byte _byte;

    public static implicit operator Name20(string name)
    {
        Name20 bytes = default;
        var length = Math.Min(name.Length, 19);
        for (var i = 0; i < length; i++) bytes[i] = (byte)name[i];
        return bytes;
    }

    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        var end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.Latin1.GetString(bytes[..(end < 0 ? bytes.Length : end)]);
    }
}
