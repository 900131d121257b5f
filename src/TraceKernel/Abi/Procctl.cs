using System.Runtime.InteropServices;

namespace TraceKernel.Abi;

/// <summary>Commands, operations and flags of procctl(2), sys/procctl.h.</summary>
public static class Procctl
{
    public const int PROC_SPROTECT = 1, PROC_REAP_ACQUIRE = 2, PROC_REAP_RELEASE = 3, PROC_REAP_STATUS = 4, PROC_REAP_GETPIDS = 5,
        PROC_REAP_KILL = 6, PROC_TRACE_CTL = 7, PROC_TRACE_STATUS = 8, PROC_TRAPCAP_CTL = 9, PROC_TRAPCAP_STATUS = 10,
        PROC_PDEATHSIG_CTL = 11, PROC_PDEATHSIG_STATUS = 12, PROC_ASLR_CTL = 13, PROC_ASLR_STATUS = 14, PROC_PROTMAX_CTL = 15,
        PROC_PROTMAX_STATUS = 16, PROC_STACKGAP_CTL = 17, PROC_STACKGAP_STATUS = 18, PROC_NO_NEW_PRIVS_CTL = 19,
        PROC_NO_NEW_PRIVS_STATUS = 20, PROC_WXMAP_CTL = 21, PROC_WXMAP_STATUS = 22, PROC_LOGSIGEXIT_CTL = 23, PROC_LOGSIGEXIT_STATUS = 24;

    /// <summary>Commands of the machine, x86/procctl.h.</summary>
    public const int PROC_PROCCTL_MD_MIN = 0x10000000, PROC_KPTI_CTL = PROC_PROCCTL_MD_MIN, PROC_KPTI_STATUS = PROC_PROCCTL_MD_MIN + 1,
        PROC_LA_CTL = PROC_PROCCTL_MD_MIN + 2, PROC_LA_STATUS = PROC_PROCCTL_MD_MIN + 3;

    public const int PROC_KPTI_CTL_ENABLE_ON_EXEC = 1, PROC_KPTI_CTL_DISABLE_ON_EXEC = 2;

    public const int PROC_LA_CTL_LA48_ON_EXEC = 1, PROC_LA_CTL_LA57_ON_EXEC = 2, PROC_LA_CTL_DEFAULT_ON_EXEC = 3, PROC_LA_STATUS_LA48 = 0x1000000;

    public const int PROC_WX_MAPPINGS_PERMIT = 1, PROC_WX_MAPPINGS_DISALLOW_EXEC = 2, PROC_WXORX_ENFORCE = unchecked((int)0x80000000);

    public const int PROC_LOGSIGEXIT_CTL_NOFORCE = 1, PROC_LOGSIGEXIT_CTL_FORCE_ENABLE = 2, PROC_LOGSIGEXIT_CTL_FORCE_DISABLE = 3;

    /// <summary>PROC_SPROTECT: the operation in the low four bits, and its flags.</summary>
    public const int PPROT_OP_MASK = 0xf, PPROT_SET = 1, PPROT_CLEAR = 2, PPROT_DESCEND = 0x10, PPROT_INHERIT = 0x20;

    public const uint REAPER_STATUS_OWNED = 1, REAPER_STATUS_REALINIT = 2;
    public const uint REAPER_PIDINFO_VALID = 1, REAPER_PIDINFO_CHILD = 2, REAPER_PIDINFO_REAPER = 4;
    public const uint REAPER_KILL_CHILDREN = 1, REAPER_KILL_SUBTREE = 2;

    public const int PROC_TRACE_CTL_ENABLE = 1, PROC_TRACE_CTL_DISABLE = 2, PROC_TRACE_CTL_DISABLE_EXEC = 3;
    public const int PROC_TRAPCAP_CTL_ENABLE = 1, PROC_TRAPCAP_CTL_DISABLE = 2;
    public const int PROC_NO_NEW_PRIVS_ENABLE = 1, PROC_NO_NEW_PRIVS_DISABLE = 2;

    /// <summary>
    /// PROC_ASLR_CTL and PROC_PROTMAX_CTL: forced on, forced off, as the system says; and what the status adds when it is in force.
    /// </summary>
    public const int PROC_FORCE_ENABLE = 1, PROC_FORCE_DISABLE = 2, PROC_NOFORCE = 3, PROC_ACTIVE = unchecked((int)0x80000000);

    public const int PROC_STACKGAP_ENABLE = 1, PROC_STACKGAP_DISABLE = 2, PROC_STACKGAP_ENABLE_EXEC = 4, PROC_STACKGAP_DISABLE_EXEC = 8;
}

/// <summary>struct procctl_reaper_status (80 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public record struct procctl_reaper_status
{
    public const int Bytes = 80;
    public uint rs_flags;
    public uint rs_children;
    public uint rs_descendants;
    public int rs_reaper;
    /// <summary>A child of the reaper, or one of its descendants; −1 without any.</summary>
    public int rs_pid;
}

/// <summary>struct procctl_reaper_pidinfo (72 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public record struct procctl_reaper_pidinfo
{
    public const int Bytes = 72;
    public int pi_pid;
    public int pi_subtree;
    public uint pi_flags;
}

/// <summary>struct procctl_reaper_pids (72 bytes).</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public record struct procctl_reaper_pids
{
    public const int Bytes = 72;
    [FieldOffset(0)] public uint rp_count;
    [FieldOffset(64)] public ulong rp_pids;
}

/// <summary>struct procctl_reaper_kill (80 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public record struct procctl_reaper_kill
{
    public const int Bytes = 80;
    public int rk_sig;
    public uint rk_flags;
    public int rk_subtree;
    /// <summary>Out: how many were signalled.</summary>
    public uint rk_killed;
    /// <summary>Out: the first that may not be; −1.</summary>
    public int rk_fpid;
}
