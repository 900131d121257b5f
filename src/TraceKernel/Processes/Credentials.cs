namespace TraceKernel.Processes;

/// <summary>struct ucred: for whom a process acts. Immutable: a process that changes gets another one.</summary>
/// <param name="RealUserId">cr_ruid.</param>
/// <param name="UserId">cr_uid, the effective one: what is asked when rights are judged.</param>
/// <param name="SavedUserId">cr_svuid.</param>
/// <param name="RealGroupId">cr_rgid.</param>
/// <param name="SavedGroupId">cr_svgid.</param>
/// <param name="Groups">cr_groups; the first is the effective group, and there is always one.</param>
public sealed record Credentials(
    uint RealUserId, uint UserId, uint SavedUserId, uint RealGroupId, uint SavedGroupId, IReadOnlyList<uint> Groups)
{
    /// <summary>CRED_FLAG_CAPMODE: cap_enter(2) was called; nothing but descriptors leads out of the process.</summary>
    public bool InCapabilityMode { get; init; }

    /// <summary>cr_prison; null: the host.</summary>
    public Prison? Prison { get; init; }

    /// <summary>kern.ngroups: most supplementary groups.</summary>
    public const int MaximumGroups = 1023;

    /// <summary>cr_loginclass.</summary>
    public string LoginClass { get; init; } = "default";

    /// <summary>cr_audit.</summary>
    public AuditInformation Audit { get; init; } = AuditInformation.Default;

    /// <summary>A user in one group, as login(1) would begin.</summary>
    public static Credentials Of(uint user, uint group) => new(user, user, user, group, group, [group]);

    /// <summary>A user in several groups, the effective one first; there is at least one.</summary>
    public static Credentials Of(uint user, IReadOnlyList<uint> groups) => new(user, user, user, groups[0], groups[0], groups);

    /// <summary>cr_groups[0].</summary>
    public uint GroupId => Groups[0];

    /// <summary>priv_check_cred: every privilege that there is here.</summary>
    public bool IsSuperUser => UserId == 0;

    /// <summary>A privilege that prison_priv_check keeps from the root of a jail.</summary>
    public bool IsHostSuperUser => IsSuperUser && Prison is null;

    /// <summary>A privilege that the root of a jail has if the jail allows it, PR_ALLOW_*.</summary>
    internal bool IsSuperUserWith(uint permission) => IsSuperUser && (Prison is null || Prison.Allows(permission));

    /// <summary>groupmember.</summary>
    public bool IsMember(uint group)
    {
        foreach (var own in Groups)
            if (own == group) return true;
        return false;
    }

    /// <summary>The same with another effective group.</summary>
    public Credentials WithGroup(uint group) => this with { Groups = [group, .. Groups.Skip(1)] };

    public bool Equals(Credentials? other) =>
        other is not null && RealUserId == other.RealUserId && UserId == other.UserId && SavedUserId == other.SavedUserId
        && RealGroupId == other.RealGroupId && SavedGroupId == other.SavedGroupId && LoginClass == other.LoginClass && Audit == other.Audit
        && InCapabilityMode == other.InCapabilityMode && Prison == other.Prison && Groups.SequenceEqual(other.Groups);

    public override int GetHashCode() => HashCode.Combine(RealUserId, UserId, SavedUserId, RealGroupId, SavedGroupId, Groups.Count, GroupId);
}
