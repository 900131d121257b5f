using Arch.Arm64.Lifting;
using Arch.Arm64.Registers;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace Arch.Arm64.Tests.Differential;

/// <summary>The emulated processor executing the cases.</summary>
internal sealed unsafe class GuestCpu : IDisposable
{
    /// <summary>Instructions after which a case has surely ended: its words branch forward only.</summary>
    private const int Budget = 2 * MachineState.Words;

    /// <summary>SVC #0, behind the words.</summary>
    private const uint End = 0xd400_0001;

    private const ulong Factor = 6364136223846793005, Term = 1442695040888963407;

    private readonly AddressSpace _memory;
    private readonly Frame _code;
    private readonly Frame[] _data = new Frame[MachineState.MemoryBytes / Frame.Size];
    private readonly Engine _engine;
    private readonly ulong[] _words = new ulong[MachineState.MemoryBytes / sizeof(ulong)];
    private readonly ulong _codeAddress;
    private readonly ulong _middle;

    /// <param name="codeAddress">Where the words of a case are executed.</param>
    /// <param name="memoryAddress">Where its memory begins, a page.</param>
    public GuestCpu(ulong codeAddress, ulong memoryAddress)
    {
        _codeAddress = codeAddress;
        _middle = memoryAddress + MachineState.MemoryBytes / 2;
        var set = new Arm64InstructionSet();
        _memory = new AddressSpace(new PhysicalMemory(1 << 20), set.AddressBits);
        _code = Map(codeAddress & ~(ulong)(Frame.Size - 1), Access.Read | Access.Execute);
        for (int i = 0; i < _data.Length; i++)
            _data[i] = Map(memoryAddress + (ulong)(i * Frame.Size), Access.ReadWrite);
        _engine = new Engine(set, _memory);
        Cpu = new Cpu(set);
    }

    public Cpu Cpu { get; }

    public void Dispose() => _memory.Dispose();

    /// <summary>Executes a case to the end of its words; <paramref name="state"/> becomes the result.</summary>
    /// <returns>How it ended.</returns>
    public Exit Execute(ref MachineState state)
    {
        Load(state);
        var exit = _engine.Run(Cpu, Budget);
        state.Signal = exit switch
        {
            { Kind: ExitKind.Trap, Trap: Traps.SystemCall } => 0,
            { Kind: ExitKind.Trap, Trap: Traps.Breakpoint } => 5,
            { Kind: ExitKind.Trap, Trap: Traps.PcAlignment } => 7,
            { Kind: ExitKind.MemoryFault } => 11,
            _ => 4,
        };
        Save(ref state);
        return exit;
    }

    private int CodeOffset => (int)(_codeAddress % Frame.Size);

    private Frame Map(ulong page, Access access)
    {
        var frame = _memory.Memory.TryAllocate()!;
        _memory.Enter(page, frame, access);
        return frame;
    }

    private void Load(in MachineState state)
    {
        ulong value = state.Memory;
        for (int i = 0; i < _words.Length; i++)
            _words[i] = value = value * Factor + Term;
        for (int i = 0; i < _data.Length; i++)
            _data[i].Write(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(_words.AsSpan(i * Frame.Size / 8, Frame.Size / 8)));
        fixed (uint* code = state.Code)
            _code.Write(CodeOffset, new ReadOnlySpan<byte>(code, MachineState.Words * sizeof(uint)));
        _code.Write(CodeOffset + MachineState.Words * sizeof(uint), BitConverter.GetBytes(End));
        for (int i = 0; i < 31; i++)
            Cpu[Slots.General(i)] = state.X[i];
        Cpu[Slots.General(28)] += _middle;
        Pstate.WriteFlags(Cpu, state.Nzcv);
        Cpu[Slots.FloatStatus] = state.Fpcr | state.Fpsr;
        for (int i = 0; i < 64; i++)
            Cpu.File[Slots.Vector(0).Index + i] = state.V[i];
        Cpu[Slots.Exclusive] = 0;
        Cpu.Pc = _codeAddress;
    }

    private void Save(ref MachineState state)
    {
        for (int i = 0; i < 31; i++)
            state.X[i] = Cpu[Slots.General(i)];
        state.X[28] -= _middle;
        state.Nzcv = Pstate.Read(Cpu);
        state.Fpcr = Cpu[Slots.FloatStatus] & FloatControl.FpcrMask;
        state.Fpsr = Cpu[Slots.FloatStatus] & FloatControl.FpsrMask;
        for (int i = 0; i < 64; i++)
            state.V[i] = Cpu.File[Slots.Vector(0).Index + i];
        for (int i = 0; i < _data.Length; i++)
            _data[i].Read(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(_words.AsSpan(i * Frame.Size / 8, Frame.Size / 8)));
        ulong sum = 0;
        foreach (ulong word in _words)
            sum = (sum ^ word) * Factor + Term;
        state.Memory = sum;
    }
}
