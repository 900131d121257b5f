using System.Runtime.InteropServices;

namespace TraceKernel.Processes;

/// <summary>struct auditinfo_addr, bsm/audit.h: on whose account a process acts.</summary>
/// <param name="ai_auid">The user that has logged in; AU_DEFAUDITID: nobody has.</param>
/// <param name="am_success">Classes of events that are recorded when they succeed.</param>
/// <param name="am_failure">Classes of events that are recorded when they fail.</param>
/// <param name="at_port">The terminal.</param>
/// <param name="at_type">The kind of the terminal's address: AU_IPv4, AU_IPv6.</param>
/// <param name="at_addr0">The address, or the first of its four words.</param>
/// <param name="at_addr1">Second word.</param>
/// <param name="at_addr2">Third word.</param>
/// <param name="at_addr3">Fourth word.</param>
/// <param name="ai_asid">The audit session.</param>
/// <param name="ai_flags">Flags of the session.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct AuditInformation(
    uint ai_auid, uint am_success, uint am_failure, uint at_port, uint at_type, uint at_addr0, uint at_addr1, uint at_addr2, uint at_addr3, int ai_asid,
    ulong ai_flags)
{
    /// <summary>audit_cred_proc1: AU_DEFAUDITID, AU_DEFAUDITSID, an address of IPv4.</summary>
    public static readonly AuditInformation Default = new() { ai_auid = uint.MaxValue, at_type = 4 };
}
