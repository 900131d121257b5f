using System.Runtime.InteropServices;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

/// <summary>An IR operation as the interpreter reads it: slots are byte offsets into the register file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MicroOperation
{
    // Operations that only lists of micro operations have. They follow IrOpcode, so that one dense switch serves both.

    /// <summary>An instruction of an exact list is over; the next one is at the immediate.</summary>
    public const IrOpcode Next = IrOpcode.TrapIf + 1;

    /// <summary>The same in a reduced list, after an instruction that may have raised the stop flag: leaves if it has.</summary>
    public const IrOpcode Boundary = IrOpcode.TrapIf + 2;

    /// <summary>The program counter is needed inside this instruction: sets it to the immediate.</summary>
    public const IrOpcode SetPc = IrOpcode.TrapIf + 3;

    /// <summary>The trace flag may have changed: raises the stop flag.</summary>
    public const IrOpcode RaiseStop = IrOpcode.TrapIf + 4;

    /// <summary>A Trap at the instruction's own address: the instruction has done nothing.</summary>
    public const IrOpcode Refuse = IrOpcode.TrapIf + 5;

    public IrOpcode Code;

    /// <summary>
    /// The access is made here and now even if somebody observes it. Otherwise an observed access leaves the reduced list with nothing of
    /// the instruction done, and the exact list executes it.
    /// </summary>
    public bool IsDirect;

    public ushort Dst, A, B, C, Width;

    /// <summary>Instructions completed since the list began that have not been counted yet when this operation executes.</summary>
    public ushort Before;

    /// <summary>Number of the instruction within the block.</summary>
    public ushort Ordinal;

    public ulong Immediate;

    /// <summary>Of an exit: the block at its target, once that is known.</summary>
    public BlockEntry* Link;

    /// <summary>Whether it is a pure function of slots into slot Dst. (Start comes before those, but in no list.)</summary>
    public readonly bool IsValue => Code <= IrOpcode.Select;

    public readonly bool IsLoad => Code is >= IrOpcode.Load8 and <= IrOpcode.Load128;

    /// <summary>What a refused access wanted.</summary>
    public readonly Access Wanted => IsLoad && (Width & IrInstruction.ForUpdate) == 0 ? Access.Read : Access.Write;

    public readonly bool IsStore => Code is >= IrOpcode.Store8 and <= IrOpcode.Store128;

    /// <summary>Whether it can leave the block for a target that a link may name.</summary>
    public readonly bool IsGoto => Code is IrOpcode.Goto or IrOpcode.GotoIf;

    /// <summary>Bytes that a load or store moves.</summary>
    public readonly int AccessSize => Code switch
    {
        IrOpcode.Load8 or IrOpcode.Store8 => 1,
        IrOpcode.Load16 or IrOpcode.Store16 => 2,
        IrOpcode.Load32 or IrOpcode.Store32 => 4,
        IrOpcode.Load64 or IrOpcode.Store64 => 8,
        IrOpcode.Load128 or IrOpcode.Store128 => 16,
        _ => Width,
    };
}

/// <summary>What a link leads to: a block as the interpreter sees it, at a fixed address.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BlockEntry
{
    /// <summary>The list in which every instruction boundary is exact.</summary>
    public MicroOperation* Exact;

    /// <summary>The list that is exact only where something can be seen; null until the block has run often.</summary>
    public MicroOperation* Reduced;

    public int Instructions;

    /// <summary>Entries until somebody must look at the block: it has become hot, or it is translated.</summary>
    public int Countdown;

    /// <summary>The block's place in <see cref="BlockCache"/>.</summary>
    public int Index;
}
