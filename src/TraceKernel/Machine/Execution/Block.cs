using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>A run of guest instructions entered only at its first, lifted and ready for the interpreter.</summary>
internal sealed unsafe class Block
{
    /// <summary>Runs after which a block gets its reduced list.</summary>
    public const int Hot = 16;

    private readonly BlockEntry[] _entry = GC.AllocateArray<BlockEntry>(1, pinned: true);
    private readonly MicroOperation[] _exact;
    private readonly int[] _exactStarts;
    private MicroOperation[]? _reduced;

    /// <param name="code">The bytes it was lifted from.</param>
    /// <param name="offsets">Where in <paramref name="code"/> each instruction begins.</param>
    /// <param name="operations">What the instruction set lifted them to.</param>
    public Block(ulong address, byte[] code, ushort[] offsets, IReadOnlyList<IrInstruction> operations, InstructionSet instructionSet)
    {
        Address = address;
        Code = code;
        Offsets = offsets;
        _exactStarts = new int[offsets.Length];
        _exact = Translation(operations, instructionSet.TraceFlag, End);
        for (int i = _exact.Length - 1; i >= 0; i--)
            _exactStarts[_exact[i].Ordinal] = i;
        Entry->Exact = Start(_exact);
        Entry->Instructions = offsets.Length;
        Entry->Countdown = Hot;
    }

    /// <summary>The first byte.</summary>
    public ulong Address { get; }

    /// <summary>The address after the last byte.</summary>
    public ulong End => Address + (ulong)Code.Length;

    public byte[] Code { get; }

    public ushort[] Offsets { get; }

    public int Instructions => Offsets.Length;

    /// <summary>Whether its bytes are still those in memory.</summary>
    public bool IsLive { get; set; }

    /// <summary>It was dropped and is live again: whether its translations may be used has not been looked at since.</summary>
    public bool IsBack { get; set; }

    /// <summary>The exact list.</summary>
    public ReadOnlySpan<MicroOperation> Exact => _exact;

    /// <summary>The region that begins with it, asked for or translated.</summary>
    public Region? Region { get; set; }

    /// <summary>The region, chosen later and larger, that can be entered at it.</summary>
    public Region? GrownRegion { get; set; }

    /// <summary>The region to enter at it now.</summary>
    public Region? RunningRegion => GrownRegion is { IsActive: true } ? GrownRegion : Region is { IsActive: true } ? Region : null;

    /// <summary>The regions that contain it.</summary>
    public List<Region> Regions { get; } = [];

    /// <summary>Micro operations held.</summary>
    public int Operations => _exact.Length + (_reduced?.Length ?? 0);

    /// <summary>Bytes of the host's memory, about.</summary>
    public long Bytes => (long)Operations * sizeof(MicroOperation) + Code.Length + Offsets.Length * (sizeof(ushort) + sizeof(int)) + OwnBytes;

    /// <summary>The object, its collections and its places in those of the cache.</summary>
    private const int OwnBytes = 600;

    public BlockEntry* Entry => (BlockEntry*)Unsafe.AsPointer(ref _entry[0]);

    /// <summary>Addresses to which its computed jump has led, as far as the interpreter noticed.</summary>
    public HashSet<ulong> JumpTargets { get; } = [];

    /// <summary>Exits of other blocks that name this one.</summary>
    public List<nint> Incoming { get; } = [];

    /// <summary>The address of an instruction.</summary>
    public ulong AddressOf(int ordinal) => Address + Offsets[ordinal];

    /// <summary>Where the exact list of an instruction begins.</summary>
    public MicroOperation* ExactFrom(int ordinal) => Entry->Exact + _exactStarts[ordinal];

    /// <summary>The number of the instruction that begins at an address; negative when none does.</summary>
    public int OrdinalOf(ulong address) => address - Address < (ulong)Code.Length ? Array.BinarySearch(Offsets, (ushort)(address - Address)) : -1;

    /// <summary>Whether any of its bytes is in a range.</summary>
    public bool Overlaps(ulong start, int length) => Address < start + (ulong)length && start < End;

    /// <summary>Makes the reduced list.</summary>
    public void Reduce(Optimizer optimizer)
    {
        _reduced = optimizer.Reduce(_exact, AddressOf);
        Entry->Reduced = Start(_reduced);
    }

    // The arrays are pinned for their lives, and this object holds them.
    private static MicroOperation* Start(MicroOperation[] operations) =>
        (MicroOperation*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(operations));

    private static MicroOperation[] Translation(IReadOnlyList<IrInstruction> operations, Slot traceFlag, ulong end)
    {
        var list = new List<MicroOperation>(operations.Count + 1);
        int ordinal = -1;
        ulong start = 0;
        for (int i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            if (operation.Op == IrOpcode.Start)
            {
                if (ordinal >= 0)
                    list.Add(new MicroOperation { Code = MicroOperation.Next, Ordinal = (ushort)ordinal, Immediate = operation.Immediate });
                ordinal++;
                start = operation.Immediate;
                continue;
            }
            var micro = Translation(operation, ordinal);
            if (operation.Op == IrOpcode.Trap && operation.B == Slot.Zero && operation.Immediate == start)
                micro.Code = MicroOperation.Refuse;
            list.Add(micro);
            if (operation.Dst == traceFlag && (micro.IsValue || micro.IsLoad))
                list.Add(new MicroOperation { Code = MicroOperation.RaiseStop, Ordinal = (ushort)ordinal });
        }
        if (operations[^1].Op is not (IrOpcode.Goto or IrOpcode.GotoIndirect or IrOpcode.Trap))
            list.Add(new MicroOperation { Code = IrOpcode.Goto, Ordinal = (ushort)ordinal, Immediate = end });
        var pinned = GC.AllocateUninitializedArray<MicroOperation>(list.Count, pinned: true);
        list.CopyTo(pinned);
        return pinned;
    }

    private static MicroOperation Translation(in IrInstruction operation, int ordinal) => new()
    {
        Code = operation.Op,
        IsDirect = true,
        Dst = (ushort)(operation.Dst.Index * sizeof(ulong)),
        A = (ushort)(operation.A.Index * sizeof(ulong)),
        B = (ushort)(operation.B.Index * sizeof(ulong)),
        C = (ushort)(operation.C.Index * sizeof(ulong)),
        Width = operation.Width,
        Ordinal = (ushort)ordinal,
        Immediate = operation.Immediate,
    };
}
