using Arch.Amd64.Helpers;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;

namespace Arch.Amd64.Tests;

/// <summary>The emulated processor executing single instructions on a given state.</summary>
internal sealed class GuestCpu
{
    private static readonly Amd64InstructionSet InstructionSet = new();
    private readonly Cpu _cpu = new(InstructionSet);
    private readonly IrBuilder _builder = new(InstructionSet.Registers);
    private byte[] _data = [];

    public Cpu Cpu => _cpu;

    /// <summary>Whether stores to the data page are possible.</summary>
    public bool IsWritable { get; set; } = true;

    /// <summary>
    /// Executes <paramref name="code"/> until it leaves its address: <paramref name="state"/> becomes the result. Answers the trap,
    /// <see cref="InstructionSet.NoTrap"/> or <see cref="InstructionSet.MemoryFault"/>.
    /// </summary>
    public int Execute(MachineState state, ReadOnlySpan<byte> code)
    {
        Load(state);
        _builder.Clear();
        int length = InstructionSet.Lift(_builder, state.Pc, code);
        Assert.That(length, Is.EqualTo(code.Length));
        int outcome;
        do
        {
            outcome = Step(state.Pc + (ulong)length);
        }
        while (outcome == TraceKernel.Machine.Execution.InstructionSet.NoTrap && _cpu.Pc == state.Pc);
        Save(state);
        return outcome;
    }

    private int Step(ulong next)
    {
        var file = _cpu.File;
        foreach (var op in _builder.Operations)
        {
            ulong a = file[op.A.Index], b = file[op.B.Index] + op.Immediate, c = file[op.C.Index];
            switch (op.Op)
            {
                case IrOpcode.Start: break;
                case >= IrOpcode.Load8 and <= IrOpcode.Load128:
                    if (!Access(a + b, op.Width, false)) return -2;
                    if (op.Width == 16)
                    {
                        file[op.Dst.Index] = Get(a + b, 8);
                        file[op.Dst.Index + 1] = Get(a + b + 8, 8);
                    }
                    else file[op.Dst.Index] = Get(a + b, op.Width);
                    break;
                case >= IrOpcode.Store8 and <= IrOpcode.Store128:
                    if (!Access(a + b, op.Width, true)) return -2;
                    Put(a + b, Math.Min(op.Width, (ushort)8), c);
                    if (op.Width == 16) Put(a + b + 8, 8, file[op.C.Index + 1]);
                    break;
                case IrOpcode.ProbeWrite: if (!Access(a + b, op.Width, true)) return -2; break;
                case IrOpcode.Call:
                    int trap = InstructionSet.Helpers[op.Width](_cpu, op.Dst.Index, op.A.Index, op.B.Index, op.C.Index, op.Immediate);
                    if (trap != -1) return trap;
                    break;
                case IrOpcode.Goto: _cpu.Pc = op.Immediate; return -1;
                case IrOpcode.GotoIf: if (a != 0) { _cpu.Pc = op.Immediate; return -1; } break;
                case IrOpcode.GotoIndirect: _cpu.Pc = b; return -1;
                case IrOpcode.Trap: _cpu.Pc = b; return op.Width;
                case IrOpcode.TrapIf: if (a != 0) return op.Width; break;
                default: file[op.Dst.Index] = Operations.Evaluate(op.Op, a, b, c); break;
            }
        }
        _cpu.Pc = next;
        return -1;
    }

    private bool Access(ulong address, int size, bool write) =>
        address >= Layout.Data && address + (ulong)size <= Layout.Data + Layout.DataSize && (IsWritable || !write);

    private ulong Get(ulong address, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        _data.AsSpan((int)(address - Layout.Data), size).CopyTo(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    private void Put(ulong address, int size, ulong value) =>
        BitConverter.GetBytes(value).AsSpan(0, size).CopyTo(_data.AsSpan((int)(address - Layout.Data)));

    private void Load(MachineState state)
    {
        for (int i = 0; i < 16; i++)
            _cpu[Slots.General(i)] = state.Registers[i];
        foreach (var (flag, bit) in Flags)
            _cpu[flag] = (state.Flags >> bit) & 1;
        FxImage.Load(_cpu, state.Fx);
        _cpu.Pc = state.Pc;
        _data = state.Data;
    }

    private void Save(MachineState state)
    {
        for (int i = 0; i < 16; i++)
            state.Registers[i] = _cpu[Slots.General(i)];
        state.Flags = 0;
        foreach (var (flag, bit) in Flags)
            state.Flags |= _cpu[flag] << bit;
        FxImage.Save(_cpu, state.Fx);
        state.Pc = _cpu.Pc;
    }

    private static readonly (Slot Flag, int Bit)[] Flags =
        [(Slots.CF, 0), (Slots.PF, 2), (Slots.AF, 4), (Slots.ZF, 6), (Slots.SF, 7), (Slots.DF, 10), (Slots.OF, 11)];
}
