using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>One hardware thread's state: the register file, the debug comparators, the count of retired instructions.</summary>
public sealed class Cpu
{
    private readonly ulong[] _file;

    public Cpu(InstructionSet instructionSet)
    {
        InstructionSet = instructionSet;
        // Pinned, so that the engine may hold its address for the CPU's life.
        _file = GC.AllocateArray<ulong>(new FileLayout(instructionSet.Registers).Length, pinned: true);
        instructionSet.Reset(this);
    }

    public InstructionSet InstructionSet { get; }

    /// <summary>The address space that instructions run in; set by the scheduler before a slice.</summary>
    public AddressSpace Memory { get; set; } = null!;

    /// <summary>Architectural registers first, then the temporaries of the instruction in execution.</summary>
    public ulong[] File => _file;

    public ulong this[Slot slot]
    {
        get => _file[slot.Index];
        set => _file[slot.Index] = value;
    }

    public ulong Pc
    {
        get => _file[Slot.Pc.Index];
        set => _file[Slot.Pc.Index] = value;
    }

    /// <summary>Instructions retired so far; each iteration of a repeated string instruction counts one.</summary>
    public long Retired { get; set; }

    /// <summary>What <see cref="Counter"/> is ahead of the instructions: others' turns, and time in which nobody ran.</summary>
    public long CounterLead { private get; set; }

    /// <summary>
    /// The machine's counter of time: one for all CPUs, which counts an instruction as a tick and goes on while they rest.
    /// </summary>
    public long Counter => Retired + CounterLead;

    /// <summary>
    /// Hardware breakpoints and watchpoints in force, numbered as the architecture numbers them; empty entries have length 0.
    /// </summary>
    public DebugComparator[] Comparators { get; set; } = [];

    /// <summary>Set while an execution breakpoint at the current pc is to be ignored once (EFLAGS.RF).</summary>
    public bool ResumeOverBreakpoint { get; set; }

    /// <summary>Where the last failed access through <see cref="TryLoad"/> or <see cref="TryStore"/> went, and what it wanted.</summary>
    public ulong FaultAddress { get; private set; }

    /// <inheritdoc cref="FaultAddress"/>
    public Access FaultAccess { get; private set; }

    /// <summary>A helper's read of 1, 2, 4 or 8 bytes. On false the helper returns <see cref="InstructionSet.MemoryFault"/>.</summary>
    public bool TryLoad(ulong address, int size, out ulong value) =>
        Memory.TryLoad(address, size, out value) || Failed(address, size, Access.Read);

    /// <summary>A helper's write of 1, 2, 4 or 8 bytes. On false the helper returns <see cref="InstructionSet.MemoryFault"/>.</summary>
    public bool TryStore(ulong address, int size, ulong value) =>
        Memory.TryStore(address, size, value) || Failed(address, size, Access.Write);

    /// <summary>Whether all of a range can be written; otherwise records the fault.</summary>
    public bool TryProbeWrite(ulong address, int size) =>
        Memory.CanAccess(address, (ulong)size, Access.Write) || Failed(address, size, Access.Write);

    private bool Failed(ulong address, int size, Access access)
    {
        FaultAddress = Memory.FirstInaccessible(address, (ulong)size, access);
        FaultAccess = access;
        return false;
    }
}

/// <summary>One hardware breakpoint or watchpoint.</summary>
/// <param name="Address">First byte.</param>
/// <param name="Length">Bytes; 0 when the comparator is off.</param>
/// <param name="Access">Execute for a breakpoint; Write, Read or both for a watchpoint.</param>
public readonly record struct DebugComparator(ulong Address, long Length, Access Access);
