using static TraceKernel.Abi.Mib;
using static TraceKernel.Syscalls.SysctlRow;

namespace TraceKernel.Syscalls;

/// <summary>sysctl security.* and debug.*.</summary>
internal static class SecuritySysctls
{
    public static readonly SysctlRow[] Rows =
    [
        Node("debug", CTL_DEBUG, "Debugging"),
        IntVariable("debug.elf64_legacy_coredump", Auto, kernel => kernel.Cores.IsLegacy ? 1 : 0, (kernel, value) => kernel.Cores.IsLegacy = value != 0,
            "Core files have the memory that a crash has"),
        IntVariable("debug.ncores", Auto, kernel => kernel.Cores.Count, (kernel, value) => kernel.Cores.Count = Math.Clamp(value, 0, 100000),
            "Core files of a program that are kept"),
        Int("debug.bootverbose", 0, "The kernel describes what it finds"),
        Int("debug.boothowto", 0, "Flags of the loader"),
        Int("debug.minidump", 1, "Dumps of the kernel are small"),
        Node("debug.sizeof", description: "Sizes of structures"),
        Int("debug.sizeof.kinfo_proc", Abi.kinfo_proc.Bytes, "Bytes of struct kinfo_proc"),
        Node("security", description: "Security"),
        Node("security.bsd", description: "Security of BSD"),
        IntVariable("security.bsd.see_other_uids", Auto, kernel => kernel.Security.SeeOtherUsers ? 1 : 0,
            (kernel, value) => kernel.Security.SeeOtherUsers = value != 0, "Users see the processes of others"),
        IntVariable("security.bsd.see_other_gids", Auto, kernel => kernel.Security.SeeOtherGroups ? 1 : 0,
            (kernel, value) => kernel.Security.SeeOtherGroups = value != 0, "Users see the processes of other groups"),
        IntVariable("security.bsd.allow_ptrace", Auto, kernel => kernel.Security.AllowPtrace ? 1 : 0,
            (kernel, value) => kernel.Security.AllowPtrace = value != 0, "ptrace(2) is allowed"),
        IntVariable("security.bsd.unprivileged_proc_debug", Auto, kernel => kernel.Security.UnprivilegedProcessDebugging ? 1 : 0,
            (kernel, value) => kernel.Security.UnprivilegedProcessDebugging = value != 0, "Users debug their processes"),
        IntVariable("security.bsd.unprivileged_chroot", Auto, kernel => kernel.Security.UnprivilegedChroot ? 1 : 0,
            (kernel, value) => kernel.Security.UnprivilegedChroot = value != 0, "Users who have given up set-id programs call chroot(2)"),
        Int("security.bsd.unprivileged_read_msgbuf", 1, "Users read the kernel's messages"),
        Int("security.bsd.unprivileged_mlock", 1, "Users lock memory"),
        Int("security.bsd.unprivileged_idprio", 0, "Users set idle priorities"),
        Int("security.bsd.unprivileged_get_quota", 0, "Users see the quotas of others"),
        Int("security.bsd.suser_enabled", 1, "The super-user has privileges"),
        Int("security.bsd.conservative_signals", 1, "Set-id programs get few signals from users"),
        Int("security.bsd.hardlink_check_uid", 0, "Users link their own files only"),
        Int("security.bsd.hardlink_check_gid", 0, "Users link files of their groups only"),
        Int("security.bsd.stack_guard_page", 1, "Pages below a stack that stay free"),
        Int("security.bsd.allow_read_dir", 0, "Directories can be read as files"),
        Int("security.bsd.map_at_zero", 0, "Address 0 can be mapped"),
        Node("security.mac", description: "Mandatory access control"),
    ];
}
