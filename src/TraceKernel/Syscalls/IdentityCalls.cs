using TraceKernel.Abi;
using TraceKernel.Processes;

namespace TraceKernel.Syscalls;

/// <summary>Who a process is: kern_prot.c. Real, effective and saved ids are one: nothing is set-user-ID here.</summary>
internal static class IdentityCalls
{
    /// <summary>The login name of the user that guests run as.</summary>
    internal const string LoginName = "user";

    [Syscall(24, "uid_t getuid(void)")]
    [Syscall(25, "uid_t geteuid(void)")]
    internal static Errno getuid(SystemCall call) => call.Return(call.Process.UserId);

    [Syscall(47, "gid_t getgid(void)")]
    [Syscall(43, "gid_t getegid(void)")]
    internal static Errno getgid(SystemCall call) => call.Return(call.Process.GroupId);

    [Syscall(360, "int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)")]
    internal static Errno getresuid(SystemCall call) => Three(call, call.Process.UserId);

    [Syscall(361, "int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)")]
    internal static Errno getresgid(SystemCall call) => Three(call, call.Process.GroupId);

    [Syscall(79, "int getgroups(u_int gidsetsize, gid_t *gidset)")]
    internal static Errno getgroups(SystemCall call)
    {
        if ((uint)call[0] == 0) return call.Return(1);
        var error = call.CopyOut(call[1], call.Process.GroupId);
        return error == Errno.None ? call.Return(1) : error;
    }

    [Syscall(253, "int issetugid(void)")]
    internal static Errno issetugid(SystemCall call) => call.Return(call.Process.Has(ProcessFlags.SetId) ? 1 : 0);

    [Syscall(49, "int getlogin(char *namebuf, u_int namelen)")]
    internal static Errno getlogin(SystemCall call) =>
        (uint)call[1] <= LoginName.Length ? Errno.ERANGE : call.Memory.CopyOut(call[0], System.Text.Encoding.Latin1.GetBytes(LoginName + '\0'));

    private static Errno Three(SystemCall call, uint id)
    {
        for (var argument = 0; argument < 3; argument++)
            if (call[argument] != 0 && call.CopyOut(call[argument], id) is not Errno.None and var error) return error;
        return Errno.None;
    }
}
