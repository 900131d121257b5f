using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>
/// A random toy program of loops long enough to become hot, whose pointers stroll over page ends, watched bytes and the program itself; and
/// what a debugger does to it meanwhile.
/// </summary>
internal sealed class ToyProgram
{
    private const int Loops = 4;

    // The loops' counter and the program's own address are theirs alone: bodies write the registers below.
    private const int Counter = 6, Self = 7, Written = 6;

    private readonly Random _random;
    private readonly ToyAssembler _assembler = new();

    public ToyProgram(int seed)
    {
        _random = new Random(seed);
        for (int i = 0; i < Loops; i++)
            Loop();
        _assembler.Emit(ToyOp.Jump, immediate: -_assembler.Count);
        Code = _assembler.Code;
    }

    public byte[] Code { get; }

    public int Instructions => Code.Length / 4;

    public string Listing => string.Join('\n', Code.Chunk(4).Select((bytes, i) =>
        $"{AddressOf(i):x} {(ToyOp)bytes[0]} d{bytes[1] & 7} a{bytes[1] >> 4 & 7} b{bytes[2] & 7} size{1 << (bytes[2] >> 4 & 3)} {(sbyte)bytes[3]}"));

    public static ulong AddressOf(int instruction) => ToyMachine.CodeStart + (ulong)instruction * 4;

    /// <summary>A machine with the program, the same every time.</summary>
    public ToyMachine Start(TranslationPolicy? policy = null)
    {
        var machine = new ToyMachine(Code, policy: policy);
        machine.Memory.Enter(ToyMachine.CodeStart, machine.Memory.Lookup(ToyMachine.CodeStart, out _)!, Access.All);
        machine.Poke(ToyMachine.DataStart + 0x400, BitConverter.GetBytes(Toy.Poison));
        GoOn(machine);
        return machine;
    }

    /// <summary>Puts the pointers back into the data, as after a fault.</summary>
    public static void GoOn(ToyMachine machine)
    {
        for (int i = 0; i < Written; i++)
            machine.Cpu[Toy.R(i)] = ToyMachine.DataStart + 0x400 + ((ulong)i * 0x308 + machine.Cpu[Toy.R(i)]) % 0x1800;
        machine.Cpu[Toy.R(5)] &= 0x1f;
        machine.Cpu[Toy.R(Self)] = ToyMachine.CodeStart;
    }

    /// <summary>What happens to the stopped program at a moment of its life: the same for the same moment.</summary>
    public void Disturb(ToyMachine machine, int moment)
    {
        var random = new Random(HashCode(moment));
        int place = random.Next(Instructions);
        switch (random.Next(6))
        {
            case 0:
                machine.Poke(AddressOf(place), new ToyAssembler().Emit(ToyOp.SystemCall).Code);
                break;
            case 1:
                machine.Poke(ToyMachine.CodeStart, Code);
                break;
            case 2:
                machine.Cpu.Comparators = [];
                break;
            case 3:
                machine.Cpu.Comparators =
                [
                    new DebugComparator(ToyMachine.DataStart + (ulong)random.Next(0x2000), random.Next(0, 500), (Access)random.Next(1, 4)),
                    new DebugComparator(AddressOf(place), random.Next(0, 5), Access.Execute),
                    default,
                    new DebugComparator(AddressOf(random.Next(Instructions)), random.Next(0, 9), (Access)random.Next(1, 8)),
                ];
                break;
            case 4:
                machine.Memory.Protect(ToyMachine.CodeStart, ToyMachine.CodeStart + Frame.Size, Access.ReadWrite);
                break;
            default:
                var frame = machine.Memory.Lookup(ToyMachine.CodeStart, out _)!;
                var copy = random.Next(2) == 0 ? frame.TryCopy()! : frame;
                machine.Memory.Enter(ToyMachine.CodeStart, copy, Access.All);
                break;
        }
    }

    private int HashCode(int moment) => moment * 7919 + Code[1] + Code[5] * 256;

    private void Loop()
    {
        _assembler.Emit(ToyOp.Set, d: Counter, immediate: _random.Next(20, 90));
        int start = _assembler.Count;
        for (int i = _random.Next(2, 10); i > 0; i--)
            Body();
        _assembler.Emit(ToyOp.AddImmediate, d: Counter, a: Counter, immediate: -1);
        _assembler.Emit(ToyOp.BranchNotZero, immediate: start - _assembler.Count);
    }

    private void Body()
    {
        int d = _random.Next(Written), a = _random.Next(Written), b = _random.Next(Written), size = 1 << _random.Next(4);
        switch (_random.Next(16))
        {
            case 0:
                _assembler.Emit(ToyOp.Pc, d: d).Emit(ToyOp.AddImmediate, d: d, a: d, immediate: _random.Next(3, 5) * 4).Emit(ToyOp.JumpRegister, a: d);
                break;
            case 1:
                // The program copies one of its instructions onto another.
                _assembler.Emit(ToyOp.Load, d: d, a: Self, size: 4, immediate: _random.Next(31) * 4);
                _assembler.Emit(ToyOp.Store, d: d, a: Self, size: 4, immediate: _random.Next(31) * 4);
                break;
            case 2:
                _assembler.Emit(_random.Next(2) == 0 ? ToyOp.BranchZero : ToyOp.BranchNotZero, immediate: _random.Next(1, 3));
                break;
            case < 6:
                _assembler.Emit(ToyOp.AddImmediate, d: d, a: _random.Next(4) == 0 ? a : d, immediate: _random.Next(-64, 128));
                break;
            case 6:
                _assembler.Emit(ToyOp.Add, d: d, a: a, b: b).Emit(ToyOp.Add, d: a, a: d, b: d);
                break;
            default:
                var op = (ToyOp)_random.Next((int)ToyOp.Load, (int)ToyOp.HelperSetTrace + 1);
                if (op is not (ToyOp.BranchZero or ToyOp.BranchNotZero or ToyOp.Jump or ToyOp.JumpRegister))
                    _assembler.Emit(op, d, a, b, size, _random.Next(-64, 64));
                break;
        }
    }
}
