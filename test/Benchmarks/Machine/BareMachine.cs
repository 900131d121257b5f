using System.Buffers.Binary;
using System.Diagnostics;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Benchmarks.Machine;

/// <summary>
/// A static FreeBSD program on the processor alone: no kernel but write and exit, so that what is measured is the machine.
/// </summary>
internal sealed class BareMachine : IDisposable
{
    private const int Breakpoint = 3, ExitCall = 1, WriteCall = 4;
    private const ulong StackTop = 0x7ffffffff000;

    private readonly BareCpu _kind;
    private readonly PhysicalMemory _physical = new(1L << 30);
    private readonly AddressSpace _memory;
    private readonly TextWriter _output;

    /// <param name="output">Where the program's output goes.</param>
    public BareMachine(string program, TranslationPolicy policy, TextWriter? output = null)
    {
        _output = output ?? Console.Out;
        byte[] image = File.ReadAllBytes(program);
        _kind = BareCpu.Of(image);
        _memory = new AddressSpace(_physical, _kind.InstructionSet.AddressBits);
        Engine = new Engine(_kind.InstructionSet, _memory, policy);
        Cpu = new Cpu(_kind.InstructionSet) { Memory = _memory };
        Load(image);
    }

    public Engine Engine { get; }

    public Cpu Cpu { get; }

    /// <summary>Where the program begins.</summary>
    public ulong Entry { get; private set; }

    /// <summary>Times that a watched byte was accessed, or a breakpoint met.</summary>
    public long Hits { get; private set; }

    /// <summary>Replaces bytes, of code perhaps.</summary>
    public void Poke(ulong address, params ReadOnlySpan<byte> bytes) => _memory.TryWrite(address, bytes);

    public byte Peek(ulong address)
    {
        Span<byte> value = stackalloc byte[1];
        _memory.TryRead(address, value);
        return value[0];
    }

    /// <summary>Runs to the end, or until <paramref name="most"/> instructions have retired.</summary>
    public TimeSpan Run(long turn, long most = long.MaxValue)
    {
        long start = Stopwatch.GetTimestamp();
        while (Cpu.Retired < most)
        {
            var exit = Engine.Run(Cpu, turn);
            if (exit.Kind == ExitKind.Budget)
                continue;
            if (exit.Kind == ExitKind.Debug)
            {
                Hits++;
                continue;
            }
            if (exit.Kind == ExitKind.MemoryFault && Grow(exit.Address))
                continue;
            if (exit.Kind != ExitKind.Trap || exit.Trap != _kind.SystemCallTrap)
                throw new InvalidOperationException($"{exit} at {Cpu.Pc:x}");
            if (Cpu[_kind.Number] == ExitCall)
                break;
            Print();
        }
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Runs to an int3, before which it stays.</summary>
    public void RunToBreakpoint(long turn)
    {
        Exit exit;
        do
            exit = Engine.Run(Cpu, turn);
        while (exit.Kind == ExitKind.Budget);
        if (exit.Kind != ExitKind.Trap || exit.Trap != Breakpoint)
            throw new InvalidOperationException($"{exit} at {Cpu.Pc:x}");
        Cpu.Pc--;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _physical.Dispose();
    }

    private void Print()
    {
        var bytes = new byte[(int)Cpu[_kind.Size]];
        _memory.TryRead(Cpu[_kind.Pointer], bytes);
        if (Cpu[_kind.Number] == WriteCall)
            _output.Write(System.Text.Encoding.ASCII.GetString(bytes));
        Cpu[_kind.Result] = Cpu[_kind.Size];
    }

    private void Load(byte[] image)
    {
        var elf = (ReadOnlySpan<byte>)image;
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[32..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]);
        for (int i = 0; i < count; i++)
        {
            var header = elf[(headers + 56 * i)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == 1)
                LoadSegment(elf, header);
        }
        Map(StackTop - Frame.Size);
        ulong stack = StackTop - 256;
        _memory.TryWrite(stack, BitConverter.GetBytes(1UL));
        Cpu[_kind.Argument] = stack;
        Cpu[_kind.Stack] = stack - (ulong)_kind.Pushed;
        Entry = BinaryPrimitives.ReadUInt64LittleEndian(elf[24..]);
        Cpu.Pc = Entry;
    }

    private void LoadSegment(ReadOnlySpan<byte> elf, ReadOnlySpan<byte> header)
    {
        int offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), inFile = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        for (ulong page = address & ~(ulong)(Frame.Size - 1); page < address + size; page += Frame.Size)
            Map(page);
        _memory.TryWrite(address, elf.Slice(offset, inFile));
    }

    // Memory comes as it is touched, as the kernel would have it.
    private bool Grow(ulong address)
    {
        if (StackTop - address > 1 << 20)
            return false;
        Map(address & ~(ulong)(Frame.Size - 1));
        return true;
    }

    /// <summary>Memory to read, write and execute, unless there is some.</summary>
    public void Map(ulong page)
    {
        if (_memory.Lookup(page, out _) is not null)
            return;
        var frame = _physical.TryAllocate() ?? throw new InvalidOperationException("no memory");
        _memory.Enter(page, frame, Access.All);
        frame.Release();
    }
}
