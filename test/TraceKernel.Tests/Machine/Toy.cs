using System.Buffers.Binary;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>
/// An instruction set for testing the machine alone: eight registers, three flags, four-byte instructions
/// (operation; d | a &lt;&lt; 4; b | size &lt;&lt; 4; signed immediate).
/// </summary>
internal sealed class Toy : InstructionSet
{
    public const int IllegalTrap = 6, SystemCallTrap = 80, CheckTrap = 5, HelperTrap = 9, HelperCopy = 0, HelperTrace = 1, HelperProtect = 2;
    public const ulong Poison = 0xdead;

    public static readonly Slot Z = new(10), N = new(11), C = new(12), T = new(13);

    public override int Registers => 14;
    public override Slot TraceFlag => T;
    public override int AddressBits => 47;
    public override int MaximumInstructionLength => 4;
    public override IReadOnlyList<Helper> Helpers { get; } = [Copy, Trace, Protect];
    public override IReadOnlyList<Slot> Flags { get; } = [Z, N, C];
    public override IReadOnlyList<Slot> Vectors { get; } = [R(0)];

    public static Slot R(int number) => new((ushort)(2 + number));

    public override void Reset(Cpu cpu) => cpu[R(7)] = 0x7000;

    public override int Lift(IrBuilder builder, ulong pc, ReadOnlySpan<byte> code)
    {
        if (code.Length < 4)
            return 0;
        builder.Start(pc, 4);
        int size = 1 << (code[2] >> 4 & 3);
        Lift(builder, pc, (ToyOp)code[0], R(code[1] & 7), R(code[1] >> 4 & 7), R(code[2] & 7), size, (ulong)(sbyte)code[3]);
        return 4;
    }

    private static void Lift(IrBuilder o, ulong pc, ToyOp op, Slot d, Slot a, Slot b, int size, ulong immediate)
    {
        ulong target = pc + immediate * 4;
        switch (op)
        {
            case ToyOp.Set: o.Move(d, immediate); break;
            case ToyOp.Add: SetFlags(o, d, a, o.Add(a, b)); break;
            case ToyOp.AddImmediate: SetFlags(o, d, a, o.Add(a, immediate)); break;
            case ToyOp.Increment:
                o.Into(d, IrOpcode.Add, d, Slot.Zero, 1);
                o.Into(Z, IrOpcode.Equal, d, Slot.Zero);
                o.Into(N, IrOpcode.ShiftRight, d, Slot.Zero, 63);
                break;
            case ToyOp.ShiftOut:
                o.Into(C, IrOpcode.And, a, Slot.Zero, 1);
                o.Into(d, IrOpcode.ShiftRight, a, Slot.Zero, 1);
                break;
            case ToyOp.SwapFlags:
                {
                    var old = o.Add(Z, 0UL);
                    o.Move(Z, C);
                    o.Move(C, old);
                    break;
                }
            case ToyOp.AddCarry: SetFlags(o, d, a, o.Add(o.Add(a, b), C)); break;
            case ToyOp.ShiftLeft: o.Into(d, IrOpcode.ShiftLeft, a, Slot.Zero, immediate); break;
            case ToyOp.Load: o.Move(d, o.Load(size, a, displacement: immediate)); break;
            case ToyOp.Store: o.Store(size, d, a, displacement: immediate); break;
            case ToyOp.LoadPair:
                {
                    var pair = o.Load128(a, immediate);
                    o.Move(R(0), pair);
                    o.Move(R(1), new Slot((ushort)(pair.Index + 1)));
                    break;
                }
            case ToyOp.StorePair: o.Store128(R(0), a, immediate); break;
            case ToyOp.AddMemory:
                {
                    var old = o.Load(size, a, displacement: immediate);
                    var sum = o.Add(old, d);
                    o.Store(size, sum, a, displacement: immediate);
                    SetFlags(o, default, old, sum);
                    break;
                }
            case ToyOp.PushTwo:
                {
                    var low = o.Subtract(a, 16);
                    o.ProbeWrite(16, low);
                    o.Store(8, d, low, displacement: 8);
                    o.Store(8, b, low);
                    o.Move(a, low);
                    break;
                }
            case ToyOp.CopyBytes:
                o.GotoIf(o.Equal(b, 0), pc + 4);
                o.Store(1, o.Load(1, a), d);
                o.Into(d, IrOpcode.Add, d, Slot.Zero, 1);
                o.Into(a, IrOpcode.Add, a, Slot.Zero, 1);
                o.Into(b, IrOpcode.Subtract, b, Slot.Zero, 1);
                o.GotoIf(o.NotEqual(b, 0), pc);
                break;
            case ToyOp.BranchZero: o.GotoIf(Z, target); break;
            case ToyOp.BranchNotZero: o.GotoIf(o.Equal(Z, 0), target); break;
            case ToyOp.Jump: o.Goto(target); break;
            case ToyOp.JumpRegister: o.GotoIndirect(a); break;
            case ToyOp.SystemCall: o.Trap(SystemCallTrap, pc + 4); break;
            case ToyOp.Check: o.TrapIf(o.Equal(a, 0), CheckTrap); o.Move(d, a); break;
            case ToyOp.CopyWord:
                {
                    var baseAndOffset = o.Temporary128();
                    o.Move(baseAndOffset, a);
                    o.Move(new Slot((ushort)(baseAndOffset.Index + 1)), immediate);
                    o.Call(HelperCopy, d, baseAndOffset, b);
                    break;
                }
            case ToyOp.Pc: o.Move(d, Slot.Pc); break;
            case ToyOp.SetTrace: o.Into(T, IrOpcode.And, a, Slot.Zero, 1); break;
            case ToyOp.HelperSetTrace: o.Call(HelperTrace, default, a); break;
            case ToyOp.BreakContract: o.Call(HelperProtect, default, a); break;
            default: o.Trap(IllegalTrap, pc); break;
        }
    }

    private static void SetFlags(IrBuilder o, Slot d, Slot before, Slot result)
    {
        o.Into(Z, IrOpcode.Equal, result, Slot.Zero);
        o.Into(N, IrOpcode.ShiftRight, result, Slot.Zero, 63);
        o.Into(C, IrOpcode.LessUnsigned, result, before);
        if (d != default)
            o.Move(d, result);
    }

    // d = [a + a's neighbour], [b] = d, by the CPU's own accesses; poison traps.
    private static int Copy(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        if (!cpu.TryLoad(cpu.File[a] + cpu.File[a + 1], 8, out ulong value))
            return MemoryFault;
        if (value == Poison)
            return HelperTrap;
        if (!cpu.TryStore(cpu.File[b], 8, value))
            return MemoryFault;
        cpu.File[dst] = value + (ulong)cpu.Retired;
        return NoTrap;
    }

    private static int Trace(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu[T] = cpu.File[a] & 1;
        return NoTrap;
    }

    // What no helper may do.
    private static int Protect(Cpu cpu, int dst, int a, int b, int c, ulong immediate)
    {
        cpu.Memory.Protect(cpu.File[a], cpu.File[a] + 1, Access.ReadWrite);
        return NoTrap;
    }
}

internal enum ToyOp : byte
{
    Illegal, Set, Add, AddImmediate, ShiftLeft, Load, Store, LoadPair, StorePair, AddMemory, PushTwo, CopyBytes, BranchZero, BranchNotZero,
    Jump, JumpRegister, SystemCall, Check, CopyWord, Increment, ShiftOut, SwapFlags, AddCarry, Pc, SetTrace, HelperSetTrace,
    BreakContract,
}

/// <summary>Writes toy programs.</summary>
internal sealed class ToyAssembler
{
    private readonly List<byte> _code = [];

    public byte[] Code => [.. _code];

    /// <summary>Instructions so far.</summary>
    public int Count => _code.Count / 4;

    public ToyAssembler Emit(ToyOp op, int d = 0, int a = 0, int b = 0, int size = 8, int immediate = 0)
    {
        Span<byte> bytes = stackalloc byte[4];
        Encode(bytes, op, d, a, b, size, immediate);
        _code.AddRange(bytes);
        return this;
    }

    public static void Encode(Span<byte> bytes, ToyOp op, int d = 0, int a = 0, int b = 0, int size = 8, int immediate = 0)
    {
        int log = size switch { 1 => 0, 2 => 1, 4 => 2, _ => 3 };
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes, (uint)op | (uint)(d | a << 4) << 8 | (uint)(b | log << 4) << 16 | (uint)(byte)(sbyte)immediate << 24);
    }
}
