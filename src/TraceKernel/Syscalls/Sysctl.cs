using System.Buffers;
using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Processes;
using static TraceKernel.Abi.Mib;

namespace TraceKernel.Syscalls;

/// <summary>sysctl(3) for whoever asks: the system calls of guests and of host processes (kern_sysctl.c).</summary>
public static class Sysctl
{
    /// <summary>Reads by number. ENOMEM when <paramref name="value"/> is too small: it then has what fits.</summary>
    /// <param name="caller">Whose own values (pid −1) are meant.</param>
    /// <param name="length">Bytes that the whole value has.</param>
    public static Errno Read(Kernel kernel, Process caller, ReadOnlySpan<int> name, Span<byte> value, out int length)
    {
        var output = new ArrayBufferWriter<byte>(64);
        var error = Request(kernel, caller, name, default, value.Length, output);
        length = error == Errno.None ? output.WrittenCount : 0;
        output.WrittenSpan[..Math.Min(length, value.Length)].CopyTo(value);
        return error == Errno.None && length > value.Length ? Errno.ENOMEM : error;
    }

    /// <summary>
    /// sysctl_root: ENOENT for an unknown name, EISDIR for a node, ENOTDIR below a leaf, EPERM for a new value of what cannot be set.
    /// </summary>
    /// <param name="newValue">What to set, or to look up; empty: only read.</param>
    /// <param name="oldLength">Bytes that the caller has room for.</param>
    internal static Errno Request(
        Kernel kernel, Process caller, ReadOnlySpan<int> name, ReadOnlySpan<byte> newValue, int oldLength, ArrayBufferWriter<byte> output)
    {
        if (name.Length > 0 && name[0] == CTL_SYSCTL) return SysctlNames.Request(name[1..], newValue, output);
        var node = SysctlTree.Find(name, out var rest);
        if (node is null) return Errno.ENOENT;
        if (node.Handler is null) return rest.IsEmpty ? Errno.EISDIR : Errno.ENOENT;
        if (!node.IsNode && !rest.IsEmpty) return Errno.ENOTDIR;
        if (!newValue.IsEmpty && (node.Kind & CTLFLAG_WR) == 0) return Errno.EPERM;
        if (caller.Credentials.InCapabilityMode && !CapabilityMode.AllowsSysctl(name[..^rest.Length], !newValue.IsEmpty)) return Errno.EPERM;
        return node.Handler(new SysctlRequest(kernel, caller, rest, newValue, oldLength, output));
    }
}

/// <summary>struct sysctl_req, with what follows the node's own number in the name.</summary>
internal readonly ref struct SysctlRequest(
    Kernel kernel, Process caller, ReadOnlySpan<int> arguments, ReadOnlySpan<byte> newValue, int oldLength, ArrayBufferWriter<byte> output)
{
    public Kernel Kernel => kernel;
    public Process Caller => caller;
    public ReadOnlySpan<int> Arguments { get; } = arguments;
    public ReadOnlySpan<byte> NewValue { get; } = newValue;
    public int OldLength => oldLength;

    /// <summary>SYSCTL_OUT.</summary>
    public Errno Put(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        return Errno.None;
    }

    /// <inheritdoc cref="Put(ReadOnlySpan{byte})"/>
    public Errno Put<T>(T value) where T : unmanaged => Put(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>A C string with its NUL.</summary>
    public Errno PutText(string text) => Put(System.Text.Encoding.Latin1.GetBytes(text + '\0'));
}

/// <summary>SYSCTL_HANDLER_ARGS.</summary>
internal delegate Errno SysctlHandler(in SysctlRequest request);
