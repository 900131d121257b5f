using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>
/// Becoming someone else: the changes of kern_prot.c. A process that has done so is tainted (P_SUGID) until it executes a program.
/// </summary>
internal static class CredentialCalls
{
    /// <summary>Leave this one as it is.</summary>
    private const uint Unchanged = uint.MaxValue;

    [Syscall(23, "int setuid(uid_t uid)")]
    internal static Errno setuid(SystemCall call)
    {
        var (old, id) = (call.Process.Credentials, (uint)call[0]);
        if (id != old.RealUserId && id != old.UserId && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old with { RealUserId = id, UserId = id, SavedUserId = id });
    }

    [Syscall(183, "int seteuid(uid_t euid)")]
    internal static Errno seteuid(SystemCall call)
    {
        var (old, id) = (call.Process.Credentials, (uint)call[0]);
        if (id != old.RealUserId && id != old.SavedUserId && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old with { UserId = id });
    }

    [Syscall(126, "int setreuid(int ruid, int euid)")]
    internal static Errno setreuid(SystemCall call)
    {
        var (old, real, effective) = (call.Process.Credentials, (uint)call[0], (uint)call[1]);
        var mayBeReal = real == Unchanged || real == old.RealUserId || real == old.SavedUserId;
        if (!(mayBeReal && IsOwnUser(old, effective)) && !old.IsSuperUser) return Errno.EPERM;
        var next = old with { RealUserId = Or(real, old.RealUserId), UserId = Or(effective, old.UserId) };
        if (real != Unchanged || next.UserId != next.RealUserId) next = next with { SavedUserId = next.UserId };
        return Become(call, next);
    }

    [Syscall(311, "int setresuid(uid_t ruid, uid_t euid, uid_t suid)")]
    internal static Errno setresuid(SystemCall call)
    {
        var (old, real, effective, saved) = (call.Process.Credentials, (uint)call[0], (uint)call[1], (uint)call[2]);
        if (!(IsOwnUser(old, real) && IsOwnUser(old, effective) && IsOwnUser(old, saved)) && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old with
        {
            RealUserId = Or(real, old.RealUserId), UserId = Or(effective, old.UserId), SavedUserId = Or(saved, old.SavedUserId),
        });
    }

    [Syscall(181, "int setgid(gid_t gid)")]
    internal static Errno setgid(SystemCall call)
    {
        var (old, id) = (call.Process.Credentials, (uint)call[0]);
        if (id != old.RealGroupId && id != old.GroupId && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old.WithGroup(id) with { RealGroupId = id, SavedGroupId = id });
    }

    [Syscall(182, "int setegid(gid_t egid)")]
    internal static Errno setegid(SystemCall call)
    {
        var (old, id) = (call.Process.Credentials, (uint)call[0]);
        if (id != old.RealGroupId && id != old.SavedGroupId && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old.WithGroup(id));
    }

    [Syscall(127, "int setregid(int rgid, int egid)")]
    internal static Errno setregid(SystemCall call)
    {
        var (old, real, effective) = (call.Process.Credentials, (uint)call[0], (uint)call[1]);
        var mayBeReal = real == Unchanged || real == old.RealGroupId || real == old.SavedGroupId;
        if (!(mayBeReal && IsOwnGroup(old, effective)) && !old.IsSuperUser) return Errno.EPERM;
        var next = old.WithGroup(Or(effective, old.GroupId)) with { RealGroupId = Or(real, old.RealGroupId) };
        if (real != Unchanged || next.GroupId != next.RealGroupId) next = next with { SavedGroupId = next.GroupId };
        return Become(call, next);
    }

    [Syscall(312, "int setresgid(gid_t rgid, gid_t egid, gid_t sgid)")]
    internal static Errno setresgid(SystemCall call)
    {
        var (old, real, effective, saved) = (call.Process.Credentials, (uint)call[0], (uint)call[1], (uint)call[2]);
        if (!(IsOwnGroup(old, real) && IsOwnGroup(old, effective) && IsOwnGroup(old, saved)) && !old.IsSuperUser) return Errno.EPERM;
        return Become(call, old.WithGroup(Or(effective, old.GroupId)) with
        {
            RealGroupId = Or(real, old.RealGroupId), SavedGroupId = Or(saved, old.SavedGroupId),
        });
    }

    /// <summary>kern_setgroups: no groups leave the effective one; taints even without a change.</summary>
    [Syscall(80, "int setgroups(u_int gidsetsize, gid_t *gidset)")]
    internal static Errno setgroups(SystemCall call)
    {
        var (old, count) = (call.Process.Credentials, (uint)call[0]);
        if (count > Credentials.MaximumGroups + 1) return Errno.EINVAL;
        var groups = new uint[count];
        if (call.Memory.CopyIn(call[1], MemoryMarshal.AsBytes(groups.AsSpan())) is not Errno.None and var error) return error;
        if (!old.IsSuperUser) return Errno.EPERM;
        call.Process.Credentials = old with { Groups = count == 0 ? [old.GroupId] : groups };
        call.Process.Flags |= ProcessFlags.SetId;
        return Errno.None;
    }

    private static bool IsOwnUser(Credentials old, uint id) => id == Unchanged || id == old.RealUserId || id == old.UserId || id == old.SavedUserId;

    private static bool IsOwnGroup(Credentials old, uint id) => id == Unchanged || id == old.RealGroupId || id == old.GroupId || id == old.SavedGroupId;

    private static uint Or(uint id, uint old) => id == Unchanged ? old : id;

    /// <summary>setsugid, when anything is another than before.</summary>
    private static Errno Become(SystemCall call, Credentials next)
    {
        if (next != call.Process.Credentials) call.Process.Flags |= ProcessFlags.SetId;
        call.Process.Credentials = next;
        return Errno.None;
    }
}
