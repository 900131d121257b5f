using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>Why the interpreter came back.</summary>
internal enum Leave
{
    /// <summary>The next block is not known, or it wants a look.</summary>
    Lookup,
    /// <summary>The instructions asked for are done.</summary>
    Budget,
    /// <summary>The stop flag was up at an instruction boundary.</summary>
    Stop,
    /// <summary>The instruction at the program counter makes an observed access: it wants executing by itself.</summary>
    Observed,
    /// <summary>The instruction at the program counter would make a watched access, and has done nothing.</summary>
    Watched,
    /// <summary>A Trap operation: the instruction is complete.</summary>
    Trap,
    /// <summary>A condition or a helper raised a trap: the instruction has done nothing.</summary>
    Refused,
    /// <summary>An access was refused: the instruction has done nothing.</summary>
    Fault,
}

/// <summary>Executes lists of micro operations; the reference for what the IR means.</summary>
internal sealed unsafe class Interpreter(InstructionSet instructionSet, AddressSpace memory, BlockCache blocks)
{
    private readonly Helper[] _helpers = [.. instructionSet.Helpers];
    private readonly int _traceFlag = instructionSet.TraceFlag.Index * sizeof(ulong);
    private Cpu _cpu = null!;
    private byte* _file;
    private BlockEntry* _left;

    // What the count of retired instructions will be when Remaining is 0.
    private long _retiredAtZero;

    /// <summary>Instructions that may still be executed.</summary>
    public long Remaining { get; set; }

    /// <summary>Something happened that must be looked at before the next instruction.</summary>
    public bool Stop { get; set; }

    /// <summary>The operation that was left at: an exit that may be linked after <see cref="Leave.Lookup"/>.</summary>
    public MicroOperation* At { get; private set; }

    /// <summary>The block that it is in.</summary>
    public Block LeftBlock => blocks[_left];

    /// <summary>The trap raised.</summary>
    public int Trap { get; private set; }

    /// <summary>The first byte that could not be accessed, or is watched, and what was wanted of it.</summary>
    public ulong FaultAddress { get; private set; }

    /// <inheritdoc cref="FaultAddress"/>
    public Access FaultAccess { get; private set; }

    /// <summary>From now on instructions are executed by <paramref name="cpu"/>.</summary>
    public void Use(Cpu cpu)
    {
        _cpu = cpu;
        _file = (byte*)Unsafe.AsPointer(ref cpu.File[0]);
    }

    /// <summary>
    /// Executes a block and those it leads to, until there is a reason to leave. The registers are exact then, the program counter
    /// included.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="ordinal">The instruction of it to begin with.</param>
    /// <param name="exactly">Not to use the first block's reduced list.</param>
    public Leave Execute(Block block, int ordinal, bool exactly)
    {
        _retiredAtZero = _cpu.Retired + Remaining;
        var entry = block.Entry;
        bool canReduce = !exactly && ordinal == 0 && entry->Reduced != null && Remaining >= entry->Instructions;
        var leave = Loop(ref entry, canReduce ? entry->Reduced : block.ExactFrom(ordinal));
        _left = entry;
        if (leave is Leave.Observed or Leave.Watched or Leave.Refused or Leave.Fault)
        {
            Remaining -= At->Before;
            _cpu.Pc = blocks[entry].AddressOf(At->Ordinal);
        }
        _cpu.Retired = _retiredAtZero - Remaining;
        return leave;
    }

    // Aggressive: this loop is never worth running unoptimised, not even once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Leave Loop(ref BlockEntry* start, MicroOperation* operation)
    {
        byte* file = _file;
        var translations = memory.Translations;
        var indirect = blocks.Indirect;
        long remaining = Remaining;
        var entry = start;
        Leave leave;
        while (true)
        {
            if (operation->IsValue)
            {
                ref ulong destination = ref Slot(file, operation->Dst);
                destination = Operations.Evaluate(operation->Code, Slot(file, operation->A), B(file, operation), Slot(file, operation->C));
                operation++;
                continue;
            }
            ulong a = Slot(file, operation->A) + B(file, operation);
            var translation = Translation.Of(translations, a);
            BlockEntry* next;
            switch (operation->Code)
            {
                case IrOpcode.Load8:
                    if (translation->ReadTag != (a & Translation.PageMask))
                        goto Slow;
                    Slot(file, operation->Dst) = *(byte*)((nint)a + translation->Delta);
                    break;
                case IrOpcode.Load16:
                    if (translation->ReadTag != ((a + 1) & Translation.PageMask))
                        goto Slow;
                    Slot(file, operation->Dst) = *(ushort*)((nint)a + translation->Delta);
                    break;
                case IrOpcode.Load32:
                    if (translation->ReadTag != ((a + 3) & Translation.PageMask))
                        goto Slow;
                    Slot(file, operation->Dst) = *(uint*)((nint)a + translation->Delta);
                    break;
                case IrOpcode.Load64:
                    if (translation->ReadTag != ((a + 7) & Translation.PageMask))
                        goto Slow;
                    Slot(file, operation->Dst) = *(ulong*)((nint)a + translation->Delta);
                    break;
                case IrOpcode.Load128:
                    if (translation->ReadTag != ((a + 15) & Translation.PageMask))
                        goto Slow;
                    Vector128.Load((byte*)((nint)a + translation->Delta)).Store(file + operation->Dst);
                    break;
                case IrOpcode.Store8:
                    if (translation->WriteTag != (a & Translation.PageMask))
                        goto Slow;
                    *(byte*)((nint)a + translation->Delta) = (byte)Slot(file, operation->C);
                    break;
                case IrOpcode.Store16:
                    if (translation->WriteTag != ((a + 1) & Translation.PageMask))
                        goto Slow;
                    *(ushort*)((nint)a + translation->Delta) = (ushort)Slot(file, operation->C);
                    break;
                case IrOpcode.Store32:
                    if (translation->WriteTag != ((a + 3) & Translation.PageMask))
                        goto Slow;
                    *(uint*)((nint)a + translation->Delta) = (uint)Slot(file, operation->C);
                    break;
                case IrOpcode.Store64:
                    if (translation->WriteTag != ((a + 7) & Translation.PageMask))
                        goto Slow;
                    *(ulong*)((nint)a + translation->Delta) = Slot(file, operation->C);
                    break;
                case IrOpcode.Store128:
                    if (translation->WriteTag != ((a + 15) & Translation.PageMask))
                        goto Slow;
                    Vector128.Load(file + operation->C).Store((byte*)((nint)a + translation->Delta));
                    break;
                case IrOpcode.ProbeWrite:
                    if (translation->WriteTag != ((a + operation->Width - 1) & Translation.PageMask))
                        goto Slow;
                    break;
                case IrOpcode.Call:
                    _cpu.Retired = _retiredAtZero - remaining + operation->Before;
                    if (!Call(operation, out leave))
                        goto Left;
                    break;
                case IrOpcode.TrapIf:
                    if (Slot(file, operation->A) == 0)
                        break;
                    goto case MicroOperation.Refuse;
                case MicroOperation.Refuse:
                    Trap = operation->Width;
                    leave = Leave.Refused;
                    goto Left;
                case IrOpcode.Trap:
                    remaining -= operation->Before + 1;
                    PcOf(file) = B(file, operation);
                    Trap = operation->Width;
                    leave = Leave.Trap;
                    goto Left;
                case IrOpcode.GotoIf:
                    if (Slot(file, operation->A) == 0)
                        break;
                    goto case IrOpcode.Goto;
                case IrOpcode.Goto:
                    remaining -= operation->Before + 1;
                    PcOf(file) = operation->Immediate;
                    next = operation->Link;
                    goto Chain;
                case IrOpcode.GotoIndirect:
                    remaining -= operation->Before + 1;
                    PcOf(file) = B(file, operation);
                    var target = BlockCache.IndirectOf(indirect, PcOf(file));
                    next = target->Address == PcOf(file) ? target->Entry : null;
                    goto Chain;
                case MicroOperation.Next:
                    PcOf(file) = operation->Immediate;
                    if (--remaining != 0 && !Stop)
                        break;
                    leave = Stop ? Leave.Stop : Leave.Budget;
                    goto Left;
                case MicroOperation.Boundary:
                    if (!Stop)
                        break;
                    remaining -= operation->Before + 1;
                    PcOf(file) = operation->Immediate;
                    leave = Leave.Stop;
                    goto Left;
                case MicroOperation.SetPc:
                    PcOf(file) = operation->Immediate;
                    break;
                case MicroOperation.RaiseStop:
                    Stop = true;
                    break;
            }
            operation++;
            continue;

        Slow:
            if (AccessSlowly(operation, a, out leave))
            {
                operation++;
                continue;
            }
            goto Left;

        Chain:
            if (Stop)
            {
                leave = Leave.Stop;
                goto Left;
            }
            if (next == null || --next->Countdown <= 0)
            {
                leave = Leave.Lookup;
                goto Left;
            }
            if (remaining == 0)
            {
                leave = Leave.Budget;
                goto Left;
            }
            entry = next;
            operation = next->Reduced != null && remaining >= next->Instructions ? next->Reduced : next->Exact;
        }

    Left:
        Remaining = remaining;
        At = operation;
        start = entry;
        return leave;
    }

    private bool AccessSlowly(MicroOperation* operation, ulong address, out Leave leave)
    {
        int size = operation->AccessSize;
        var access = operation->IsLoad ? Access.Read : Access.Write;
        if (instructionSet.WatchStopsBefore && memory.TryHit(address, size, access, out ulong watched))
        {
            FaultAddress = watched;
            leave = Leave.Watched;
            return false;
        }
        leave = Leave.Observed;
        if (!operation->IsDirect && operation->Code != IrOpcode.ProbeWrite && memory.IsObserved(address, size, access))
            return false;
        if (IsDone(operation, address, size))
        {
            Stop |= memory.HasHits;
            return true;
        }
        FaultAccess = operation->Wanted;
        FaultAddress = memory.FirstInaccessible(address, (ulong)size, FaultAccess);
        leave = Leave.Fault;
        return false;
    }

    private bool IsDone(MicroOperation* operation, ulong address, int size)
    {
        ref ulong stored = ref Slot(_file, operation->C);
        if (operation->Code == IrOpcode.ProbeWrite)
            return memory.CanAccess(address, (ulong)size, Access.Write);
        if (operation->Code == IrOpcode.Store128)
            return memory.TryStore128(address, stored, Unsafe.Add(ref stored, 1));
        if (operation->IsStore)
            return memory.TryStore(address, size, stored);
        ulong high = 0;
        bool done = size == 16 ? memory.TryLoad128(address, out ulong low, out high) : memory.TryLoad(address, size, out low);
        if (!done)
            return false;
        ref ulong loaded = ref Slot(_file, operation->Dst);
        loaded = low;
        if (size == 16)
            Unsafe.Add(ref loaded, 1) = high;
        return true;
    }

    private bool Call(MicroOperation* operation, out Leave leave)
    {
        const int Word = sizeof(ulong);
        int trap = _helpers[operation->Width](
            _cpu, operation->Dst / Word, operation->A / Word, operation->B / Word, operation->C / Word, operation->Immediate);
        Stop |= memory.HasHits || Slot(_file, _traceFlag) != 0;
        leave = trap == InstructionSet.MemoryFault ? Leave.Fault : Leave.Refused;
        Trap = trap;
        FaultAddress = _cpu.FaultAddress;
        FaultAccess = _cpu.FaultAccess;
        return trap == InstructionSet.NoTrap;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ulong Slot(byte* file, int offset) => ref *(ulong*)(file + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong B(byte* file, MicroOperation* operation) => Slot(file, operation->B) + operation->Immediate;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ulong PcOf(byte* file) => ref Slot(file, Ir.Slot.Pc.Index * sizeof(ulong));
}
