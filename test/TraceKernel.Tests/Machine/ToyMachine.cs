using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>A toy CPU with its memory: code at <see cref="CodeStart"/>, data at <see cref="DataStart"/>.</summary>
internal sealed class ToyMachine : IDisposable
{
    public const ulong CodeStart = 0x10000, DataStart = 0x6000;

    /// <param name="physical">Memory that it shares with others; null: its own.</param>
    public ToyMachine(byte[] code, int dataPages = 2, TranslationPolicy? policy = null, PhysicalMemory? physical = null)
    {
        Physical = physical ?? new(64 << 20);
        Memory = new AddressSpace(Physical, InstructionSet.AddressBits);
        Map(CodeStart, (code.Length + Frame.Size - 1) / Frame.Size, Access.Read | Access.Execute);
        Map(DataStart, dataPages, Access.ReadWrite);
        Poke(CodeStart, code);
        Engine = new Engine(InstructionSet, Memory, policy);
        Cpu = new Cpu(InstructionSet) { Pc = CodeStart };
    }

    public Toy InstructionSet { get; } = new();
    public PhysicalMemory Physical { get; }
    public AddressSpace Memory { get; }
    public Engine Engine { get; }
    public Cpu Cpu { get; }

    public void Map(ulong start, int pages, Access access)
    {
        for (int i = 0; i < pages; i++)
        {
            var frame = Physical.TryAllocate()!;
            Memory.Enter(start + (ulong)i * Frame.Size, frame, access);
            frame.Release();
        }
    }

    /// <summary>Writes as a debugger does, whatever the rights.</summary>
    public void Poke(ulong address, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Memory.Lookup(address, out _)!.Write((int)(address % Frame.Size), [value]);
            address++;
        }
    }

    public Exit Run(long budget = 1_000_000) => Engine.Run(Cpu, budget);

    public ulong R(int number) => Cpu[Toy.R(number)];

    public ulong At(ulong address)
    {
        var bytes = new byte[8];
        for (int i = 0; i < 8; i++)
            Memory.Lookup(address + (ulong)i, out _)!.Read((int)((address + (ulong)i) % Frame.Size), bytes.AsSpan(i, 1));
        return BitConverter.ToUInt64(bytes);
    }

    public void Dispose()
    {
        Memory.Dispose();
        Physical.Dispose();
    }
}
