using System.Buffers.Binary;
using TraceKernel.Abi;
using TraceKernel.Vm;

namespace Shared;

/// <summary>One range of user memory, for the tests of every architecture; everything else faults.</summary>
internal sealed class UserSpace(ulong start, int length) : IUserMemory
{
    private readonly byte[] _bytes = new byte[length];

    public Errno CopyIn(ulong address, Span<byte> destination)
    {
        if (!Contains(address, destination.Length)) return Errno.EFAULT;
        _bytes.AsSpan((int)(address - start), destination.Length).CopyTo(destination);
        return Errno.None;
    }

    public Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
    {
        if (!Contains(address, source.Length)) return Errno.EFAULT;
        source.CopyTo(_bytes.AsSpan((int)(address - start)));
        return Errno.None;
    }

    public Errno CopyInString(ulong address, int maximum, out string text)
    {
        text = "";
        return Errno.EFAULT;
    }

    public ulong Word(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan((int)(address - start)));
    public uint Half(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan((int)(address - start)));
    public ushort Quarter(ulong address) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan((int)(address - start)));
    public void SetWord(ulong address, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan((int)(address - start)), value);
    public void SetHalf(ulong address, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan((int)(address - start)), value);

    private bool Contains(ulong address, int count) => address >= start && address + (ulong)count <= start + (ulong)_bytes.Length;
}
