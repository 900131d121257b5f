using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>Who a process is: the questions of kern_prot.c.</summary>
internal static class IdentityCalls
{
    [Syscall(24, "uid_t getuid(void)")]
    internal static Errno getuid(SystemCall call) => call.Return(call.Process.Credentials.RealUserId);

    [Syscall(25, "uid_t geteuid(void)")]
    internal static Errno geteuid(SystemCall call) => call.Return(call.Process.Credentials.UserId);

    [Syscall(47, "gid_t getgid(void)")]
    internal static Errno getgid(SystemCall call) => call.Return(call.Process.Credentials.RealGroupId);

    [Syscall(43, "gid_t getegid(void)")]
    internal static Errno getegid(SystemCall call) => call.Return(call.Process.Credentials.GroupId);

    [Syscall(360, "int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)")]
    internal static Errno getresuid(SystemCall call)
    {
        var credentials = call.Process.Credentials;
        return Three(call, credentials.RealUserId, credentials.UserId, credentials.SavedUserId);
    }

    [Syscall(361, "int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)")]
    internal static Errno getresgid(SystemCall call)
    {
        var credentials = call.Process.Credentials;
        return Three(call, credentials.RealGroupId, credentials.GroupId, credentials.SavedGroupId);
    }

    [Syscall(79, "int getgroups(u_int gidsetsize, gid_t *gidset)")]
    internal static Errno getgroups(SystemCall call)
    {
        var groups = call.Process.Credentials.Groups.ToArray();
        if ((uint)call[0] == 0) return call.Return(groups.Length);
        if ((uint)call[0] < groups.Length) return Errno.EINVAL;
        var error = call.Memory.CopyOut(call[1], MemoryMarshal.AsBytes(groups.AsSpan()));
        return error == Errno.None ? call.Return(groups.Length) : error;
    }

    [Syscall(253, "int issetugid(void)")]
    internal static Errno issetugid(SystemCall call) => call.Return(call.Process.Has(ProcessFlags.SetId) ? 1 : 0);

    private static Errno Three(SystemCall call, params ReadOnlySpan<uint> ids)
    {
        var first = Errno.None;
        for (var argument = 0; argument < ids.Length; argument++)
        {
            if (call[argument] == 0) continue;
            var error = call.CopyOut(call[argument], ids[argument]);
            if (first == Errno.None) first = error;
        }
        return first;
    }
}
