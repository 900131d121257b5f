using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Mib;

namespace GdbStub.Tracing;

/// <summary>What sysctl(3) tells about a process; FreeBSD 13 has no ptrace request for these (sys/sysctl.h, KERN_PROC).</summary>
public static class ProcessFacts
{
    /// <summary>The auxiliary vector as the process found it: pairs of type and value, ended by AT_NULL.</summary>
    public static Errno ReadAuxv(this SystemCalls system, int pid, out byte[] auxv) => ReadFacts(system, KERN_PROC_AUXV, pid, out auxv);

    /// <summary>Path of the program that the process executes.</summary>
    public static Errno ReadPathname(this SystemCalls system, int pid, out string path)
    {
        var error = ReadFacts(system, KERN_PROC_PATHNAME, pid, out var bytes);
        path = GuestText.Of(bytes);
        return error;
    }

    /// <summary>argv; empty for a process that has executed nothing.</summary>
    public static Errno ReadArguments(this SystemCalls system, int pid, out string[] arguments)
    {
        var error = ReadFacts(system, KERN_PROC_ARGS, pid, out var bytes);
        arguments = bytes.Length == 0 ? [] : Encoding.Latin1.GetString(bytes.AsSpan()[..^1]).Split('\0');
        return error;
    }

    /// <summary>struct kinfo_proc of one process; ESRCH if there is none.</summary>
    public static Errno ReadProcess(this SystemCalls system, int pid, out kinfo_proc process)
    {
        var error = ReadFacts(system, KERN_PROC_PID, pid, out var bytes);
        if (error == Errno.None && bytes.Length < kinfo_proc.Bytes) error = Errno.ESRCH;
        process = error == Errno.None ? MemoryMarshal.Read<kinfo_proc>(bytes) : default;
        return error;
    }

    /// <summary>struct kinfo_proc of every thread of a process, in order of creation.</summary>
    public static kinfo_proc[] ReadThreads(this SystemCalls system, int pid) =>
        ReadFacts(system, KERN_PROC_PID | KERN_PROC_INC_THREAD, pid, out var bytes) == Errno.None
            ? MemoryMarshal.Cast<byte, kinfo_proc>(bytes).ToArray() : [];

    /// <summary>struct kinfo_proc of every process.</summary>
    public static kinfo_proc[] ReadProcesses(this SystemCalls system) =>
        ReadFacts(system, KERN_PROC_PROC, 0, out var bytes) == Errno.None ? MemoryMarshal.Cast<byte, kinfo_proc>(bytes).ToArray() : [];

    /// <summary>The descriptors of a process with the names of their files, and its directories and program.</summary>
    public static List<(kinfo_file File, string Path)> ReadFiles(this SystemCalls system, int pid) =>
        ReadFacts(system, KERN_PROC_FILEDESC, pid, out var bytes) == Errno.None
            ? Split<kinfo_file>(bytes, file => file.kf_structsize, kinfo_file.PathOffset) : [];

    /// <summary>The map of a process's memory with the names of mapped files, in ascending order.</summary>
    public static List<(kinfo_vmentry Entry, string Path)> ReadMap(this SystemCalls system, int pid) =>
        ReadFacts(system, KERN_PROC_VMMAP, pid, out var bytes) == Errno.None
            ? Split<kinfo_vmentry>(bytes, entry => entry.kve_structsize, kinfo_vmentry.PathOffset) : [];

    /// <summary>Where the kernel has put the code that calls signal handlers.</summary>
    public static Errno ReadSignalTrampoline(this SystemCalls system, int pid, out ulong start, out ulong end)
    {
        var error = ReadFacts(system, KERN_PROC_SIGTRAMP, pid, out var bytes);
        if (error == Errno.None && bytes.Length < 2 * sizeof(ulong)) error = Errno.EINVAL;
        (start, end) = error != Errno.None ? default
            : (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(sizeof(ulong))));
        return error;
    }

    /// <summary>Takes apart records of which each says how long it is, with a path at its end.</summary>
    private static List<(T Record, string Path)> Split<T>(byte[] bytes, Func<T, int> size, int pathOffset)
        where T : unmanaged
    {
        var records = new List<(T, string)>();
        for (var rest = bytes.AsSpan(); rest.Length >= pathOffset;)
        {
            var record = MemoryMarshal.Read<T>(rest);
            var length = size(record);
            if (length < pathOffset || length > rest.Length) break;
            records.Add((record, NullTerminated.ToText(rest[pathOffset..length])));
            rest = rest[length..];
        }
        return records;
    }

    /// <summary>One of the values of KERN_PROC as it is.</summary>
    internal static Errno ReadFacts(this SystemCalls system, int what, int pid, out byte[] value)
    {
        Span<int> name = [CTL_KERN, KERN_PROC, what, pid];
        value = new byte[2048];
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
