using System.Buffers.Binary;
using System.Globalization;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Mib;

namespace GdbStub.Tracing;

/// <summary>What sysctl(3) tells about the system (sys/sysctl.h, CTL_KERN and CTL_HW).</summary>
public static class SystemFacts
{
    /// <summary>kern.hostname; empty if the kernel does not say.</summary>
    public static string HostName(this SystemCalls system) => Text(system, CTL_KERN, KERN_HOSTNAME);

    /// <summary>kern.version: what uname -v prints.</summary>
    public static string KernelVersion(this SystemCalls system) => Text(system, CTL_KERN, KERN_VERSION).TrimEnd('\n');

    /// <summary>kern.osrelease without what follows the numbers: 13.0.</summary>
    public static string Release(this SystemCalls system)
    {
        var release = Text(system, CTL_KERN, KERN_OSRELEASE);
        var end = release.IndexOf('-', StringComparison.Ordinal);
        return end < 0 ? release : release[..end];
    }

    /// <summary>kern.osreldate: __FreeBSD_version.</summary>
    public static int ReleaseDate(this SystemCalls system) => Number(system, CTL_KERN, KERN_OSRELDATE);

    /// <summary>hw.pagesize, in bytes.</summary>
    public static int PageSize(this SystemCalls system) => Number(system, CTL_HW, HW_PAGESIZE);

    /// <summary>hw.ncpu.</summary>
    public static int Processors(this SystemCalls system) => Number(system, CTL_HW, HW_NCPU);

    /// <summary>hw.model.</summary>
    public static string ProcessorModel(this SystemCalls system) => Text(system, CTL_HW, HW_MODEL);

    /// <summary>kern.usrstack: the first address above the stack of a program's first thread.</summary>
    public static ulong StackTop(this SystemCalls system)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        return system.Sysctl([CTL_KERN, KERN_USRSTACK], value, out _) == Errno.None ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
    }

    /// <summary>The triple of the programs: x86_64-unknown-freebsd13.0.</summary>
    public static string Triple(this SystemCalls system, IDebugTarget target) =>
        string.Create(CultureInfo.InvariantCulture, $"{target.TripleArchitecture}-unknown-freebsd{system.Release()}");

    private static string Text(SystemCalls system, int branch, int leaf)
    {
        Span<byte> value = stackalloc byte[256];
        return system.Sysctl([branch, leaf], value, out var length) == Errno.None
            ? GuestText.Of(value[..length]) : "";
    }

    private static int Number(SystemCalls system, int branch, int leaf)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        return system.Sysctl([branch, leaf], value, out _) == Errno.None ? BinaryPrimitives.ReadInt32LittleEndian(value) : 0;
    }
}
