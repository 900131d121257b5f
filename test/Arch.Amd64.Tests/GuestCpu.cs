using Arch.Amd64.Helpers;
using Arch.Amd64.Lifting;
using Arch.Amd64.Registers;
using NUnit.Framework;
using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace Arch.Amd64.Tests;

/// <summary>The emulated processor executing single instructions on a given state, in an address space laid out as the host's.</summary>
internal sealed class GuestCpu(TranslationPolicy? policy = null)
{
    private static readonly Amd64InstructionSet InstructionSet = new();
    private static readonly AddressSpace Memory = new(new PhysicalMemory(1 << 20), InstructionSet.AddressBits);
    private static readonly Frame Code = Map(Layout.Base, Access.Read | Access.Execute), Data = Map(Layout.Data, Access.ReadWrite);

    private static readonly (Slot Flag, int Bit)[] Flags =
        [(Slots.CF, 0), (Slots.PF, 2), (Slots.AF, 4), (Slots.ZF, 6), (Slots.SF, 7), (Slots.DF, 10), (Slots.OF, 11)];

    // One engine each: it keeps what it has lifted at the one address that all instructions are written to.
    private readonly Engine _engine = new(InstructionSet, Memory, policy);

    /// <summary>The registers that a <see cref="MachineState"/> does not carry are set and read here.</summary>
    public Cpu Cpu { get; } = new(InstructionSet);

    /// <summary>The rights of the data page.</summary>
    public Access DataAccess { get; set; } = Access.ReadWrite;

    /// <summary>Where the last memory fault was.</summary>
    public ulong FaultAddress { get; private set; }

    /// <summary>
    /// Executes <paramref name="code"/>, all iterations of it; <paramref name="state"/> becomes the result.
    /// </summary>
    /// <returns>The trap, <see cref="InstructionSet.MemoryFault"/>, or <see cref="InstructionSet.NoTrap"/>.</returns>
    public int Execute(MachineState state, ReadOnlySpan<byte> code)
    {
        Load(state, code);
        Exit exit;
        do
        {
            exit = _engine.Run(Cpu, 1);
        }
        while (exit.Kind == ExitKind.Budget && Cpu.Pc == Layout.Instruction);
        Save(state);
        FaultAddress = exit.Address;
        return exit.Kind switch
        {
            ExitKind.Trap => exit.Trap,
            ExitKind.MemoryFault => TraceKernel.Machine.Execution.InstructionSet.MemoryFault,
            _ => TraceKernel.Machine.Execution.InstructionSet.NoTrap,
        };
    }

    /// <summary>Executes a program at full speed until its end, which it must reach; <paramref name="state"/> becomes the result.</summary>
    public void ExecuteProgram(MachineState state, ReadOnlySpan<byte> code)
    {
        const byte Breakpoint = 0xcc;
        Load(state, [.. code, Breakpoint]);
        var exit = _engine.Run(Cpu, 1 << 20);
        Assert.That(exit, Is.EqualTo(new Exit(ExitKind.Trap, Traps.Breakpoint)));
        Cpu.Pc--;
        Save(state);
    }

    private static Frame Map(ulong page, Access access)
    {
        var frame = Memory.Memory.TryAllocate()!;
        Memory.Enter(page, frame, access);
        return frame;
    }

    private void Load(MachineState state, ReadOnlySpan<byte> code)
    {
        Code.Write((int)(Layout.Instruction - Layout.Base), code);
        Memory.Enter(Layout.Data, Data, DataAccess);
        for (int i = 0; i < 16; i++)
            Cpu[Slots.General(i)] = state.Registers[i];
        foreach (var (flag, bit) in Flags)
            Cpu[flag] = (state.Flags >> bit) & 1;
        FxImage.Load(Cpu, state.Fx);
        Cpu.Pc = state.Pc;
        Data.Write(0, state.Data);
    }

    private void Save(MachineState state)
    {
        for (int i = 0; i < 16; i++)
            state.Registers[i] = Cpu[Slots.General(i)];
        state.Flags = 0;
        foreach (var (flag, bit) in Flags)
            state.Flags |= Cpu[flag] << bit;
        FxImage.Save(Cpu, state.Fx);
        state.Pc = Cpu.Pc;
        Data.Read(0, state.Data);
    }
}
