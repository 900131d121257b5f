using System.Runtime.InteropServices;
using TraceKernel.Abi;
using TraceKernel.Vm;

namespace TraceKernel.Processes;

/// <summary>
/// fueword32, suword32 and their like. Guest threads run one at a time, so that a read and the write after it are what casueword32 does.
/// </summary>
internal static class UmtxMemory
{
    public static Errno Read32(this IUserMemory memory, ulong address, out uint value)
    {
        value = 0;
        return memory.CopyIn(address, MemoryMarshal.AsBytes(new Span<uint>(ref value)));
    }

    public static Errno Read64(this IUserMemory memory, ulong address, out ulong value)
    {
        value = 0;
        return memory.CopyIn(address, MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
    }

    public static Errno Write32(this IUserMemory memory, ulong address, uint value) =>
        memory.CopyOut(address, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));
}
