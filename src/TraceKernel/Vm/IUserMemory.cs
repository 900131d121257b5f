using TraceKernel.Abi;

namespace TraceKernel.Vm;

/// <summary>copy(9): how the kernel reaches a process's memory, with the process's own rights. Pages are faulted in as needed.</summary>
public interface IUserMemory
{
    /// <summary>copyin: EFAULT when any byte is not readable (then <paramref name="destination"/> is undefined).</summary>
    Errno CopyIn(ulong address, Span<byte> destination);

    /// <summary>copyout: EFAULT when any byte is not writable (bytes before it may have been written).</summary>
    Errno CopyOut(ulong address, ReadOnlySpan<byte> source);

    /// <summary>copyinstr: ENAMETOOLONG when no NUL within <paramref name="maximum"/> bytes. Bytes are Latin-1 in the string.</summary>
    Errno CopyInString(ulong address, int maximum, out string text);
}
