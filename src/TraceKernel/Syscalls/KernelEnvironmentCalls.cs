using System.Text;
using TraceKernel.Abi;

namespace TraceKernel.Syscalls;

/// <summary>kenv(2).</summary>
internal static class KernelEnvironmentCalls
{
    private const int KENV_GET = 0, KENV_SET = 1, KENV_UNSET = 2, KENV_DUMP = 3;

    /// <summary>KENV_MNAMELEN and KENV_MVALLEN.</summary>
    private const int MaximumName = 128, MaximumValue = 128;

    [Syscall(390, "int kenv(int action, const char *name, char *value, int len)")]
    internal static Errno kenv(SystemCall call)
    {
        var (action, environment) = (call.Int(0), call.Kernel.Environment);
        if (action == KENV_DUMP) return Dump(call);
        if (action is KENV_SET or KENV_UNSET && !call.Process.Credentials.IsHostSuperUser) return Errno.EPERM;
        if (call.Memory.CopyInString(call[1], MaximumName + 1, out var name) is not Errno.None and var error) return error;
        switch (action)
        {
            case KENV_GET:
                if (environment.Get(name) is not { } value) return Errno.ENOENT;
                var bytes = Encoding.Latin1.GetBytes(value + '\0');
                // A negative length is the largest (size_t).
                var length = call.Int(3) < 0 ? bytes.Length : Math.Min(bytes.Length, call.Int(3));
                error = call.Memory.CopyOut(call[2], bytes.AsSpan(0, length));
                return error == Errno.None ? call.Return(length) : error;
            case KENV_SET:
                if (call.Int(3) < 1) return Errno.EINVAL;
                if ((error = call.Memory.CopyInString(call[2], Math.Min(call.Int(3), MaximumValue + 1), out value)) != Errno.None) return error;
                environment.Set(name, value);
                return Errno.None;
            case KENV_UNSET:
                return environment.Unset(name);
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Every variable, each with its NUL. Returns the bytes needed when they have no room, else 0.</summary>
    private static Errno Dump(SystemCall call)
    {
        var all = new StringBuilder();
        foreach (var line in call.Kernel.Environment.Lines) all.Append(line).Append('\0');
        var (bytes, room) = (Encoding.Latin1.GetBytes(all.ToString()), call[2] == 0 ? 0 : Math.Max(call.Int(3), 0));
        var done = Math.Min(bytes.Length, room);
        var error = call.Memory.CopyOut(call[2], bytes.AsSpan(0, done));
        return error == Errno.None ? call.Return(done == bytes.Length ? 0 : bytes.Length) : error;
    }
}
