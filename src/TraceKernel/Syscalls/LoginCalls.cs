using System.Text;
using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>The name of a session's user, and the login class of a process: kern_prot.c and kern_loginclass.c.</summary>
internal static class LoginCalls
{
    /// <summary>MAXLOGNAME: bytes of a name with its NUL.</summary>
    private const int MaximumName = 33;

    [Syscall(49, "int getlogin(char *namebuf, u_int namelen)")]
    internal static Errno getlogin(SystemCall call) => CopyOutName(call, call.Process.Login.Name, Math.Min((uint)call[1], MaximumName));

    /// <summary>EPERM unless root calls; EINVAL for a name that is too long.</summary>
    [Syscall(50, "int setlogin(const char *namebuf)")]
    internal static Errno setlogin(SystemCall call)
    {
        if (!call.Process.Credentials.IsSuperUser) return Errno.EPERM;
        var error = call.Memory.CopyInString(call[0], MaximumName, out var name);
        if (error != Errno.None) return error == Errno.ENAMETOOLONG ? Errno.EINVAL : error;
        call.Process.Login.Name = name;
        return Errno.None;
    }

    [Syscall(523, "int getloginclass(char *namebuf, size_t namelen)")]
    internal static Errno getloginclass(SystemCall call) => CopyOutName(call, call.Process.Credentials.LoginClass, call[1]);

    /// <summary>EPERM unless root calls; EINVAL for an empty name (loginclass_find).</summary>
    [Syscall(524, "int setloginclass(const char *namebuf)")]
    internal static Errno setloginclass(SystemCall call)
    {
        var old = call.Process.Credentials;
        if (!old.IsSuperUser) return Errno.EPERM;
        if (call.Memory.CopyInString(call[0], MaximumName, out var name) is not Errno.None and var error) return error;
        if (name.Length == 0) return Errno.EINVAL;
        call.Process.Credentials = old with { LoginClass = name };
        return Errno.None;
    }

    private static Errno CopyOutName(SystemCall call, string name, ulong room) =>
        (ulong)name.Length >= room ? Errno.ERANGE : call.Memory.CopyOut(call[0], Encoding.Latin1.GetBytes(name + '\0'));
}
