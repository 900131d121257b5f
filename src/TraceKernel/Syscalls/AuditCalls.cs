using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>
/// Auditing: audit_syscalls.c of a kernel with AUDIT on which no auditd(8) runs. Who is audited is kept; nothing is recorded. All of it is
/// root's: EPERM for others.
/// </summary>
internal static class AuditCalls
{
    private const int A_GETCOND = 37, A_SETCOND = 38, AUC_AUDITING = 1, AUC_NOAUDIT = 2, AUC_DISABLED = -1;

    /// <summary>AU_IPv4, AU_IPv6: kinds of a terminal's address.</summary>
    private const uint AU_IPv4 = 4, AU_IPv6 = 16;

    /// <summary>struct auditinfo: the same with an address of four bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct auditinfo(uint ai_auid, uint am_success, uint am_failure, uint port, uint machine, int ai_asid);

    [Syscall(447, "int getauid(uid_t *auid)")]
    internal static Errno getauid(SystemCall call) =>
        MayNot(call, out var error) ? error : call.CopyOut(call[0], call.Process.Credentials.Audit.ai_auid);

    [Syscall(448, "int setauid(uid_t *auid)")]
    internal static Errno setauid(SystemCall call)
    {
        if (MayNot(call, out var error)) return error;
        if ((error = call.CopyIn<uint>(call[0], out var id)) != Errno.None) return error;
        return Become(call, call.Process.Credentials.Audit with { ai_auid = id });
    }

    /// <summary>E2BIG when the terminal's address is of IPv6.</summary>
    [Syscall(449, "int getaudit(struct auditinfo *auditinfo)")]
    internal static Errno getaudit(SystemCall call)
    {
        if (MayNot(call, out var error)) return error;
        var audit = call.Process.Credentials.Audit;
        if (audit.at_type == AU_IPv6) return Errno.E2BIG;
        return call.CopyOut(call[0], new auditinfo(audit.ai_auid, audit.am_success, audit.am_failure, audit.at_port, audit.at_addr0, audit.ai_asid));
    }

    [Syscall(450, "int setaudit(struct auditinfo *auditinfo)")]
    internal static Errno setaudit(SystemCall call)
    {
        if (MayNot(call, out var error)) return error;
        if ((error = call.CopyIn<auditinfo>(call[0], out var wanted)) != Errno.None) return error;
        return Become(call, new AuditInformation(
            wanted.ai_auid, wanted.am_success, wanted.am_failure, wanted.port, AU_IPv4, wanted.machine, 0, 0, 0, wanted.ai_asid, 0));
    }

    /// <summary>EOVERFLOW when the caller's structure has no room.</summary>
    [Syscall(451, "int getaudit_addr(struct auditinfo_addr *auditinfo_addr, u_int length)")]
    internal static Errno getaudit_addr(SystemCall call) =>
        (uint)call[1] < Marshal.SizeOf<AuditInformation>() ? Errno.EOVERFLOW
            : MayNot(call, out var error) ? error : call.CopyOut(call[0], call.Process.Credentials.Audit);

    [Syscall(452, "int setaudit_addr(struct auditinfo_addr *auditinfo_addr, u_int length)")]
    internal static Errno setaudit_addr(SystemCall call)
    {
        if (MayNot(call, out var error)) return error;
        if ((error = call.CopyIn<AuditInformation>(call[0], out var wanted)) != Errno.None) return error;
        return wanted.at_type is AU_IPv4 or AU_IPv6 ? Become(call, wanted) : Errno.EINVAL;
    }

    /// <summary>A record of a program: without an audit file it goes nowhere, as on a kernel that does not audit.</summary>
    [Syscall(445, "int audit(const void *record, u_int length)")]
    internal static Errno audit(SystemCall call)
    {
        const uint MaximumRecord = 32767;
        if (MayNot(call, out var error)) return error;
        if ((uint)call[1] is 0 or > MaximumRecord) return Errno.EINVAL;
        return call.Memory.CopyIn(call[0], new byte[(uint)call[1]]);
    }

    [Syscall(446, "int auditon(int cmd, void *data, u_int length)", Lacks = "All commands but A_GETCOND and A_SETCOND are EINVAL.")]
    internal static Errno auditon(SystemCall call)
    {
        if (call.Int(2) <= 0) return Errno.EINVAL;
        if (MayNot(call, out var error)) return error;
        if (call.Int(0) == A_GETCOND) return call.CopyOut(call[1], AUC_NOAUDIT);
        if (call.Int(0) != A_SETCOND || call.Int(2) != sizeof(int)) return Errno.EINVAL;
        if ((error = call.CopyIn<int>(call[1], out var condition)) != Errno.None) return error;
        // Auditing begins only when there is a file for it (auditctl).
        return condition is AUC_AUDITING or AUC_NOAUDIT or AUC_DISABLED ? Errno.None : Errno.EINVAL;
    }

    [Syscall(453, "int auditctl(const char *path)", Lacks = "Root gets EINVAL: there is no audit file.")]
    internal static Errno auditctl(SystemCall call) => MayNot(call, out var error) ? error : Errno.EINVAL;

    private static bool MayNot(SystemCall call, out Errno error)
    {
        error = call.Process.Credentials.IsHostSuperUser ? Errno.None : Errno.EPERM;
        return error != Errno.None;
    }

    private static Errno Become(SystemCall call, AuditInformation audit)
    {
        call.Process.Credentials = call.Process.Credentials with { Audit = audit };
        return Errno.None;
    }
}
