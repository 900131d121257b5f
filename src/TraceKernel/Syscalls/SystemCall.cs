using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Files;
using TraceKernel.Processes;
using TraceKernel.Vm;

namespace TraceKernel.Syscalls;

/// <summary>One system call in progress: what the handler reads its arguments from and leaves its results in. Reused per thread.</summary>
/// <param name="memory">Where its pointers point (UIO_SYSSPACE); null: into the process's own space.</param>
public sealed class SystemCall(Lwp lwp, IUserMemory? memory = null)
{
    private readonly ulong[] _arguments = new ulong[8];

    public Lwp Lwp => lwp;
    public Process Process => lwp.Process;
    public Kernel Kernel => lwp.Process.Kernel;
    public IUserMemory Memory => memory ?? lwp.Process.Vm;

    /// <summary>Its number; 0 outside a call.</summary>
    public uint Code { get; set; }

    /// <summary>Number of arguments it takes.</summary>
    public int ArgumentCount { get; set; }

    /// <summary>The registers' values, eight of them.</summary>
    public Span<ulong> Arguments => _arguments;

    /// <summary>td_retval: what a successful call returns. Set 0 by the kernel before the handler runs.</summary>
    public ulong Value { get; set; }

    /// <inheritdoc cref="Value"/>
    public ulong SecondValue { get; set; }

    /// <summary>td_errno of the last call that ended.</summary>
    public Errno Error { get; set; }

    /// <summary>What a debugger is told instead of EJUSTRETURN (TDP_NERRNO); None before each call.</summary>
    public Errno ShownError { get; set; }

    public ulong this[int argument] => _arguments[argument];

    public int Int(int argument) => (int)_arguments[argument];
    public long Long(int argument) => (long)_arguments[argument];

    /// <summary>The same thread's call with other arguments: how a call of an older release becomes one of today.</summary>
    public SystemCall With(params ReadOnlySpan<ulong> arguments)
    {
        var call = new SystemCall(lwp, memory) { Code = Code, ArgumentCount = arguments.Length };
        arguments.CopyTo(call._arguments);
        return call;
    }

    /// <summary>Returns <paramref name="value"/> from the call.</summary>
    public Errno Return(long value)
    {
        Value = (ulong)value;
        return Errno.None;
    }

    /// <summary>Returns a new descriptor of <paramref name="file"/>, whose reference it takes over.</summary>
    /// <param name="minimum">The lowest descriptor that it may be.</param>
    /// <param name="capabilities">What it may be used for; null: everything.</param>
    internal Errno Return(OpenFile file, bool closeOnExec, int minimum = 0, FileCapabilities? capabilities = null)
    {
        var error = Process.Files.Add(file, out var descriptor, closeOnExec, minimum, Process.Limits.Descriptors, capabilities);
        return error == Errno.None ? Return(descriptor) : error;
    }

    /// <summary>copyin of one structure.</summary>
    public Errno CopyIn<T>(ulong address, out T value) where T : unmanaged
    {
        value = default;
        return Memory.CopyIn(address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }

    /// <summary>copyout of one structure.</summary>
    public Errno CopyOut<T>(ulong address, T value) where T : unmanaged =>
        Memory.CopyOut(address, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
