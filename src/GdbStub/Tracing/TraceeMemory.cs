using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.User;
using static TraceKernel.Abi.Ptrace;

namespace GdbStub.Tracing;

/// <summary>A traced process's memory as its debugger sees it: through PT_IO, without the breakpoint instructions.</summary>
public sealed class TraceeMemory
{
    /// <summary>PT_IO goes page by page (proc_rwmem), so that this is how far a failed read may be retried.</summary>
    private const ulong Page = 4096;

    private readonly SystemCalls _system;
    private readonly Tracee _process;

    internal TraceeMemory(SystemCalls system, Tracee process)
    {
        _system = system;
        _process = process;
    }

    /// <summary>Reads up to the first byte that cannot be read.</summary>
    /// <returns>The error of the first byte; None if at least one was read.</returns>
    public Errno Read(ulong address, Span<byte> bytes, out int count)
    {
        count = bytes.Length;
        if (count == 0) return Errno.None;
        var error = _system.Io(_process.Pid, PIOD_READ_D, address, bytes);
        if (error != Errno.None) error = ReadPages(address, bytes, out count);
        _process.Breakpoints.Hide(address, bytes[..count]);
        return error;
    }

    /// <summary>Writes all of <paramref name="bytes"/>; on an error those before the bad page may have been written.</summary>
    public Errno Write(ulong address, Span<byte> bytes) =>
        bytes.IsEmpty ? Errno.None : _process.Breakpoints.Write(_process.Pid, address, bytes);

    /// <summary>Eight bytes as a number; null where they cannot be read.</summary>
    internal ulong? ReadWord(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        return Read(address, bytes, out var count) == Errno.None && count == bytes.Length
            ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : null;
    }

    /// <summary>Text up to its null byte, to <paramref name="most"/> bytes, or to the end of what can be read.</summary>
    internal string ReadText(ulong address, int most)
    {
        var bytes = new byte[most];
        return Read(address, bytes, out var count) == Errno.None ? NullTerminated.ToText(bytes.AsSpan(0, count)) : "";
    }

    private Errno ReadPages(ulong address, Span<byte> bytes, out int count)
    {
        for (count = 0; count < bytes.Length;)
        {
            var here = address + (ulong)count;
            var part = (int)Math.Min(Page - here % Page, (ulong)(bytes.Length - count));
            var error = _system.Io(_process.Pid, PIOD_READ_D, here, bytes.Slice(count, part));
            if (error != Errno.None) return count == 0 ? error : Errno.None;
            count += part;
        }
        return Errno.None;
    }
}
