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
        var error = Request(name, new SysctlRequest(kernel, caller, default, default, isWrite: false, value.Length, output));
        length = error == Errno.None ? output.WrittenCount : 0;
        output.WrittenSpan[..Math.Min(length, value.Length)].CopyTo(value);
        return error == Errno.None && length > value.Length ? Errno.ENOMEM : error;
    }

    /// <summary>kernel_sysctl: a request of the kernel's own for a process.</summary>
    /// <param name="newValue">What to set; empty: only read.</param>
    /// <param name="room">Bytes that the caller has room for; ENOMEM is not judged here.</param>
    internal static Errno Request(
        Kernel kernel, Process caller, ReadOnlySpan<int> name, ReadOnlySpan<byte> newValue, int room, ArrayBufferWriter<byte> output) =>
        Request(name, new SysctlRequest(kernel, caller, default, newValue, !newValue.IsEmpty, room, output));

    /// <summary>
    /// sysctl_root: ENOENT for an unknown name, EISDIR for a node, ENOTDIR below a leaf, EPERM for a new value of what cannot be set, or not
    /// by the caller, or not at this securelevel.
    /// </summary>
    internal static Errno Request(ReadOnlySpan<int> name, in SysctlRequest request)
    {
        if (SysctlTree.Find(name, out var node, out var rest) is not Errno.None and var error) return error;
        if (node.IsNode && node.Handler is null) return Errno.EISDIR;
        if (request.IsWrite && MayWrite(node, request) is not Errno.None and var refused) return refused;
        // IN_CAPABILITY_MODE
        if (request.Caller.Credentials.InCapabilityMode && !MayUseConfined(node, request)) return Errno.EPERM;
        return node.Handler is { } handler ? handler(request.Below(rest)) : Errno.EINVAL;
    }

    private static bool MayUseConfined(SysctlNode node, in SysctlRequest request) =>
        (request.IsProbe || node.Has(CTLFLAG_CAPRD)) && (!request.IsWrite || node.Has(CTLFLAG_CAPWR));

    private static Errno MayWrite(SysctlNode node, in SysctlRequest request)
    {
        if (!node.Has(CTLFLAG_WR)) return Errno.EPERM;
        // securelevel_gt
        var level = (int)((node.Kind & CTLMASK_SECURE) >> CTLSHIFT_SECURE);
        if (node.Has(CTLFLAG_SECURE) && request.Kernel.Security.SecureLevel > level) return Errno.EPERM;
        if (node.Has(CTLFLAG_ANYBODY)) return Errno.None;
        // PRIV_SYSCTL_WRITEJAIL, which root of a jail has, and PRIV_SYSCTL_WRITE, which it lacks.
        if (!request.Caller.Credentials.IsSuperUser) return Errno.EPERM;
        return request.Caller.Jail == 0 || node.Has(CTLFLAG_PRISON) ? Errno.None : Errno.EPERM;
    }
}

/// <summary>struct sysctl_req, with what follows the node's own number in the name.</summary>
internal readonly ref struct SysctlRequest(
    Kernel kernel, Process caller, ReadOnlySpan<int> arguments, ReadOnlySpan<byte> newValue, bool isWrite, int oldLength, ArrayBufferWriter<byte> output,
    bool isProbe = false, int limit = int.MaxValue)
{
    private readonly ArrayBufferWriter<byte> _output = output;
    private readonly int _limit = limit;

    public Kernel Kernel { get; } = kernel;
    public Process Caller { get; } = caller;
    public ReadOnlySpan<int> Arguments { get; } = arguments;

    /// <summary>What to set, or to look up.</summary>
    public ReadOnlySpan<byte> NewValue { get; } = newValue;

    /// <summary>newptr is not null: there is a new value, which may be of 0 bytes.</summary>
    public bool IsWrite { get; } = isWrite;

    /// <summary>Bytes that the caller has room for.</summary>
    public int OldLength { get; } = oldLength;

    /// <summary>oldptr is null: only the length is asked for.</summary>
    public bool IsProbe { get; } = isProbe;

    /// <summary>The same request of a handler, whose arguments are the rest of the name.</summary>
    public SysctlRequest Below(ReadOnlySpan<int> rest) => new(Kernel, Caller, rest, NewValue, IsWrite, OldLength, _output, IsProbe, _limit);

    /// <summary>SYSCTL_OUT: ENOMEM when there is no more room; a handler then sets nothing.</summary>
    public Errno Put(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        return _output.WrittenCount > _limit ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc cref="Put(ReadOnlySpan{byte})"/>
    public Errno Put<T>(T value) where T : unmanaged => Put(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>A C string with its NUL.</summary>
    public Errno PutText(string text) => Put(System.Text.Encoding.Latin1.GetBytes(text + '\0'));
}

/// <summary>SYSCTL_HANDLER_ARGS.</summary>
internal delegate Errno SysctlHandler(in SysctlRequest request);
