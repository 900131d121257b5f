using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Notes of a core file, and the register sets of PT_GETREGSET: sys/elf_common.h.</summary>
public static class CoreNotes
{
    public const int NT_PRSTATUS = 1, NT_FPREGSET = 2, NT_PRPSINFO = 3, NT_THRMISC = 7, NT_PROCSTAT_PROC = 8, NT_PROCSTAT_FILES = 9,
        NT_PROCSTAT_VMMAP = 10, NT_PROCSTAT_GROUPS = 11, NT_PROCSTAT_UMASK = 12, NT_PROCSTAT_RLIMIT = 13, NT_PROCSTAT_OSREL = 14,
        NT_PROCSTAT_PSSTRINGS = 15, NT_PROCSTAT_AUXV = 16, NT_PTLWPINFO = 17;

    public const int NT_X86_SEGBASES = 0x200, NT_X86_XSTATE = 0x202, NT_ARM_TLS = 0x401, NT_ARM_ADDR_MASK = 0x406;

    /// <summary>PRSTATUS_VERSION and PRPSINFO_VERSION.</summary>
    public const int Version = 1;
}

/// <summary>The head of prstatus_t (sys/procfs.h); struct reg follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct prstatus
{
    public const int Bytes = 48;
    [FieldOffset(0)] public int pr_version;
    [FieldOffset(8)] public ulong pr_statussz;
    [FieldOffset(16)] public ulong pr_gregsetsz;
    [FieldOffset(24)] public ulong pr_fpregsetsz;
    [FieldOffset(32)] public int pr_osreldate;
    [FieldOffset(36)] public int pr_cursig;
    /// <summary>The thread's id.</summary>
    [FieldOffset(40)] public int pr_pid;
}

/// <summary>prpsinfo_t, 120 bytes (sys/procfs.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct prpsinfo
{
    public const int Bytes = 120, ArgumentsOffset = 33, ArgumentsBytes = 81;
    [FieldOffset(0)] public int pr_version;
    [FieldOffset(8)] public ulong pr_psinfosz;
    [FieldOffset(16)] public Name17 pr_fname;
    // pr_psargs, 81 bytes, at offset 33
    [FieldOffset(116)] public int pr_pid;
}

/// <summary>thrmisc_t, 24 bytes (sys/procfs.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct thrmisc
{
    public const int Bytes = 24;
    [FieldOffset(0)] public Name20 pr_tname;
}
