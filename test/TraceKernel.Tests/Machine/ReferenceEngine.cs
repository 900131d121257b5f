using TraceKernel.Machine.Execution;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Tests.Machine;

/// <summary>
/// What an engine must do, said in the simplest way: fetch, lift and evaluate one instruction after the other, remembering nothing.
/// </summary>
internal sealed class ReferenceEngine(InstructionSet instructionSet, AddressSpace memory)
{
    private readonly IrBuilder _builder = new(instructionSet.Registers);
    private readonly Verifier _verifier = new(instructionSet.Registers);

    public Exit Run(Cpu cpu, long budget)
    {
        cpu.Memory = memory;
        memory.Watch(cpu.Comparators);
        memory.TakeHits();
        for (; budget > 0; budget--)
        {
            uint hits = cpu.ResumeOverBreakpoint ? 0 : Breakpoints(cpu);
            if (hits != 0)
                return new Exit(ExitKind.Debug, Hits: hits);
            bool traced = cpu[instructionSet.TraceFlag] != 0;
            var exit = Step(cpu);
            hits = memory.TakeHits();
            if (exit is { Kind: ExitKind.MemoryFault } || (exit is { Kind: ExitKind.Trap } && !_completed))
                return exit.Value;
            cpu.Retired++;
            cpu.ResumeOverBreakpoint = false;
            if (exit is not null)
                return exit.Value with { Hits = hits };
            if (hits != 0 || traced)
                return new Exit(ExitKind.Debug, Stepped: traced, Hits: hits);
        }
        return new Exit(ExitKind.Budget);
    }

    private bool _completed;

    private static uint Breakpoints(Cpu cpu)
    {
        uint hits = 0;
        for (int i = 0; i < cpu.Comparators.Length; i++)
        {
            if ((cpu.Comparators[i].Access & Access.Execute) != 0 && cpu.Pc - cpu.Comparators[i].Address < (ulong)cpu.Comparators[i].Length)
                hits |= 1u << i;
        }
        return hits;
    }

    // One instruction; the program counter is moved when it completes.
    private Exit? Step(Cpu cpu)
    {
        _completed = false;
        var code = new byte[instructionSet.MaximumInstructionLength];
        int fetched = memory.Fetch(cpu.Pc, code);
        _builder.Clear();
        int length = fetched == 0 ? 0 : instructionSet.Lift(_builder, cpu.Pc, code.AsSpan(0, fetched));
        if (length == 0)
            return new Exit(ExitKind.MemoryFault, Address: cpu.Pc + (ulong)fetched, Access: Access.Execute);
        Assert(_verifier.Check(_builder.Operations));
        ulong next = cpu.Pc + (ulong)length;
        foreach (var operation in _builder.Operations)
        {
            var exit = Execute(cpu, operation, ref next, out bool leaves);
            if (exit is not null && !_completed)
                return exit;
            if (!leaves)
                continue;
            cpu.Pc = next;
            return exit;
        }
        _completed = true;
        cpu.Pc = next;
        return null;
    }

    private Exit? Execute(Cpu cpu, in IrInstruction operation, ref ulong next, out bool leaves)
    {
        ulong a = cpu[operation.A], b = cpu[operation.B] + operation.Immediate, c = cpu[operation.C];
        leaves = false;
        switch (operation.Op)
        {
            case IrOpcode.Start:
                return null;
            case IrOpcode.GotoIf when a == 0:
            case IrOpcode.TrapIf when a == 0:
                return null;
            case IrOpcode.TrapIf:
                return new Exit(ExitKind.Trap, operation.Width);
            case IrOpcode.Goto or IrOpcode.GotoIf or IrOpcode.GotoIndirect or IrOpcode.Trap:
                leaves = true;
                _completed = operation.Op != IrOpcode.Trap || b != cpu.Pc;
                next = operation.Op == IrOpcode.GotoIndirect || operation.Op == IrOpcode.Trap ? b : operation.Immediate;
                return operation.Op == IrOpcode.Trap ? new Exit(ExitKind.Trap, operation.Width) : null;
            case IrOpcode.Call:
                return Call(cpu, operation);
            case >= IrOpcode.Load8 and <= IrOpcode.ProbeWrite:
                return AccessMemory(cpu, operation, a + b);
            default:
                cpu[operation.Dst] = Operations.Evaluate(operation.Op, a, b, c);
                return null;
        }
    }

    private Exit? AccessMemory(Cpu cpu, in IrInstruction operation, ulong address)
    {
        var access = operation.Op <= IrOpcode.Load128 ? Access.Read : Access.Write;
        if (!memory.CanAccess(address, operation.Width, access))
            return new Exit(ExitKind.MemoryFault, Address: memory.FirstInaccessible(address, operation.Width, access), Access: access);
        switch (operation.Op)
        {
            case IrOpcode.Load128:
                memory.TryLoad128(address, out ulong low, out ulong high);
                cpu[operation.Dst] = low;
                cpu[new Slot((ushort)(operation.Dst.Index + 1))] = high;
                break;
            case <= IrOpcode.Load128:
                memory.TryLoad(address, operation.Width, out ulong value);
                cpu[operation.Dst] = value;
                break;
            case IrOpcode.Store128:
                memory.TryStore128(address, cpu[operation.C], cpu[new Slot((ushort)(operation.C.Index + 1))]);
                break;
            case < IrOpcode.ProbeWrite:
                memory.TryStore(address, operation.Width, cpu[operation.C]);
                break;
        }
        return null;
    }

    private Exit? Call(Cpu cpu, in IrInstruction operation)
    {
        int trap = instructionSet.Helpers[operation.Width](
            cpu, operation.Dst.Index, operation.A.Index, operation.B.Index, operation.C.Index, operation.Immediate);
        return trap switch
        {
            InstructionSet.NoTrap => null,
            InstructionSet.MemoryFault => new Exit(ExitKind.MemoryFault, Address: cpu.FaultAddress, Access: cpu.FaultAccess),
            _ => new Exit(ExitKind.Trap, trap),
        };
    }

    private static void Assert(string? error)
    {
        if (error is not null)
            throw new InvalidOperationException(error);
    }
}
