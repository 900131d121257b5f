using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Ptrace;

namespace TraceKernel.Syscalls;

/// <summary>
/// Mandatory access control: mac_syscalls.c of a kernel with MAC and no policy. Nothing has a label: reading one names no element, setting
/// one is EINVAL.
/// </summary>
internal static class MacCalls
{
    /// <summary>MAC_MAX_LABEL_BUF_LEN.</summary>
    private const ulong MaximumLabel = 8192;

    /// <summary>struct mac.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Label(ulong Length, ulong Text);

    [Syscall(384, "int __mac_get_proc(struct mac *mac_p)")]
    internal static Errno mac_get_proc(SystemCall call) => Externalize(call, call[0]);

    [Syscall(409, "int __mac_get_pid(pid_t pid, struct mac *mac_p)")]
    internal static Errno mac_get_pid(SystemCall call)
    {
        if (CopyInLabel(call, call[1], out _) is not Errno.None and var error) return error;
        if (call.Kernel.Find(call.Int(0)) is not { } process) return Errno.ESRCH;
        error = Permission.CanSee(call.Process, process);
        return error == Errno.None ? Externalize(call, call[1]) : error;
    }

    /// <summary>mac_policy_externalize: each element that no policy claims is EINVAL unless it begins with a question mark.</summary>
    private static Errno Externalize(SystemCall call, ulong address)
    {
        if (CopyInLabel(call, address, out var label) is not Errno.None and var error) return error;
        if ((error = call.Memory.CopyInString(label.Text, (int)label.Length, out var elements)) != Errno.None) return error;
        if (elements.Length > 0 && elements.Split(',').Any(element => !element.StartsWith('?'))) return Errno.EINVAL;
        return call.Memory.CopyOut(label.Text, [(byte)0]);
    }

    /// <summary>mac_check_structmac_consistent.</summary>
    private static Errno CopyInLabel(SystemCall call, ulong address, out Label label)
    {
        if (call.CopyIn(address, out label) is not Errno.None and var error) return error;
        return label.Length is <= 1 or > MaximumLabel ? Errno.EINVAL : Errno.None;
    }

    // Neither processes nor files have labels (mac_labeled).
    [Syscall(385, "int __mac_set_proc(struct mac *mac_p)")]
    internal static Errno mac_set_proc(SystemCall call) => Errno.EINVAL;

    [Syscall(386, "int __mac_get_fd(int fd, struct mac *mac_p)")]
    internal static Errno mac_get_fd(SystemCall call) => OfDescriptor(call);

    [Syscall(388, "int __mac_set_fd(int fd, struct mac *mac_p)")]
    internal static Errno mac_set_fd(SystemCall call) => OfDescriptor(call);

    private static Errno OfDescriptor(SystemCall call)
    {
        if (CopyInLabel(call, call[1], out _) is not Errno.None and var error) return error;
        error = call.Process.Files.Get(call.Int(0), out _);
        return error == Errno.None ? Errno.EINVAL : error;
    }

    [Syscall(387, "int __mac_get_file(const char *path_p, struct mac *mac_p)")]
    [Syscall(410, "int __mac_get_link(const char *path_p, struct mac *mac_p)")]
    [Syscall(389, "int __mac_set_file(const char *path_p, struct mac *mac_p)")]
    [Syscall(411, "int __mac_set_link(const char *path_p, struct mac *mac_p)")]
    internal static Errno mac_file(SystemCall _) => Errno.EINVAL;

    /// <summary>No policy has the name: ENOSYS.</summary>
    [Syscall(394, "int mac_syscall(const char *policy, int call, void *arg)")]
    internal static Errno mac_syscall(SystemCall call)
    {
        const int MaximumName = 32;
        var error = call.Memory.CopyInString(call[0], MaximumName, out _);
        return error == Errno.None ? Errno.ENOSYS : error;
    }

    /// <summary>With a label it is EINVAL (mac_execve_enter), without one it is execve.</summary>
    [Syscall(415, "int __mac_execve(char *fname, char **argv, char **envv, struct mac *mac_p)")]
    internal static ValueTask<Errno> mac_execve(SystemCall call) => call[3] != 0 ? new(Errno.EINVAL) : ProcessCalls.Execve(call);
}
