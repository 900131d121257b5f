using BenchmarkDotNet.Attributes;
using TraceKernel.Machine.Memory;

namespace Benchmarks;

/// <summary>Accesses through an address space, and what a fork with copy-on-write costs it.</summary>
public class MemoryBenchmarks : IDisposable
{
    private const ulong Start = 0xc0_0000_0000;
    private const int Pages = 256;

    private readonly PhysicalMemory _memory = new(64 << 20);
    private AddressSpace _space = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _space = new AddressSpace(_memory, 47);
        for (int i = 0; i < Pages; i++)
        {
            var frame = _memory.TryAllocate()!;
            _space.Enter(Page(i), frame, Access.ReadWrite);
            frame.Release();
        }
        // A list in one page, in an order that no prefetcher guesses.
        for (ulong i = 0; i < 64; i++)
            _space.TryStore(Start + i * 64, 8, Start + ((i * 37 + 11) & 63) * 64);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _space.Dispose();
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Pages * Frame.Size / 8)]
    [Arguments(1)]
    [Arguments(4)]
    [Arguments(8)]
    public ulong ReadInOrder(int size)
    {
        ulong sum = 0;
        for (ulong offset = 0; offset < Pages * Frame.Size; offset += 8)
        {
            _space.TryLoad(Start + offset, size, out ulong value);
            sum += value;
        }
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Pages * Frame.Size / 16)]
    public void WriteSixteenBytesInOrder()
    {
        for (ulong offset = 0; offset < Pages * Frame.Size; offset += 16)
            _space.TryStore128(Start + offset, offset, offset);
    }

    [Benchmark(OperationsPerInvoke = 4096)]
    public ulong ChasePointers()
    {
        ulong address = Start;
        for (int i = 0; i < 4096; i++)
            _space.TryLoad(address, 8, out address);
        return address;
    }

    /// <summary>Per page: share it with a child, read it there, write it there (a copy), forget the child.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void ForkReadAndCopy()
    {
        using var child = new AddressSpace(_memory, 47);
        for (int i = 0; i < Pages; i++)
            child.Enter(Page(i), _space.Lookup(Page(i), out _)!, Access.Read);
        for (int i = 0; i < Pages; i++)
            child.TryLoad(Page(i), 8, out _);
        for (int i = 0; i < Pages; i++)
        {
            var copy = child.Lookup(Page(i), out _)!.TryCopy()!;
            child.Enter(Page(i), copy, Access.ReadWrite);
            copy.Release();
            child.TryStore(Page(i), 8, 1);
        }
    }

    private static ulong Page(int number) => Start + (ulong)number * Frame.Size;
}
