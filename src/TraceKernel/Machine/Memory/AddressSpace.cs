using TraceKernel.Machine.Execution;

namespace TraceKernel.Machine.Memory;
#pragma warning disable
public sealed class PhysicalMemory : IDisposable
{
    public PhysicalMemory(long maximumBytes) { }
    public long FramesInUse => throw null!;
    public Frame? TryAllocate() => throw null!;
    public void Dispose() { }
}
public sealed class Frame
{
    public const int Size = 4096;
    public void AddReference() => throw null!;
    public void Release() => throw null!;
    public int References => throw null!;
    public void Read(int offset, Span<byte> destination) => throw null!;
    public void Write(int offset, ReadOnlySpan<byte> source) => throw null!;
    public Frame? TryCopy() => throw null!;
}
public sealed class AddressSpace : IDisposable
{
    public AddressSpace(PhysicalMemory memory, int addressBits) { }
    public void Dispose() { }
    public void Enter(ulong page, Frame frame, Access access) => throw null!;
    public void Remove(ulong start, ulong end) => throw null!;
    public void Protect(ulong start, ulong end, Access access) => throw null!;
    public Frame? Lookup(ulong address, out Access access) => throw null!;
    public bool TryLoad(ulong address, int size, out ulong value) => throw null!;
    public bool TryStore(ulong address, int size, ulong value) => throw null!;
    public bool TryLoad128(ulong address, out ulong low, out ulong high) => throw null!;
    public bool TryStore128(ulong address, ulong low, ulong high) => throw null!;
    public bool CanAccess(ulong address, ulong length, Access access) => throw null!;
    public ulong FirstInaccessible(ulong address, ulong length, Access access) => throw null!;
    public bool TryRead(ulong address, Span<byte> destination) => throw null!;
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => throw null!;
    public int Fetch(ulong address, Span<byte> code) => throw null!;
    public void Watch(ReadOnlySpan<DebugComparator> comparators) => throw null!;
    public uint TakeHits() => throw null!;
    public void MarkCode(ulong address, int length) => throw null!;
    public Action<ulong, int>? CodeWritten { get; set; }
}
