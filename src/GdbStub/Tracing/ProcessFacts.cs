using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Mib;

namespace GdbStub.Tracing;

/// <summary>What sysctl(3) tells about a process; FreeBSD 13 has no ptrace request for these (sys/sysctl.h, KERN_PROC).</summary>
public static class ProcessFacts
{
    /// <summary>The auxiliary vector as the process found it: pairs of type and value, ended by AT_NULL.</summary>
    public static Errno ReadAuxv(this SystemCalls system, int pid, out byte[] auxv) => Read(system, KERN_PROC_AUXV, pid, out auxv);

    /// <summary>Path of the program that the process executes.</summary>
    public static Errno ReadPathname(this SystemCalls system, int pid, out string path)
    {
        var error = Read(system, KERN_PROC_PATHNAME, pid, out var bytes);
        path = Encoding.UTF8.GetString(bytes.AsSpan().TrimEnd((byte)0));
        return error;
    }

    private static Errno Read(SystemCalls system, int what, int pid, out byte[] value)
    {
        Span<int> name = [CTL_KERN, KERN_PROC, what, pid];
        value = new byte[1024];
        var error = system.Sysctl(name, value, out var length);
        if (error == Errno.ENOMEM && length > value.Length)
        {
            value = new byte[length];
            error = system.Sysctl(name, value, out length);
        }
        value = error == Errno.None ? value[..length] : [];
        return error;
    }
}
