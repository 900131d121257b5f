using System.Runtime.InteropServices;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Makes a block's reduced list from its exact one: without the writes that nothing can observe (flags overwritten before an operation that
/// can fault, leave or call), without temporaries that only those needed, and with results computed straight into their registers. The
/// register file is exact wherever the reduced list can be left.
/// </summary>
internal sealed unsafe class Optimizer(int registers)
{
    private const int Word = sizeof(ulong);

    private readonly int _firstTemporary = registers * Word;
    private readonly List<MicroOperation> _kept = [];

    // Going backwards: an architectural slot is dead while its stamp is the current one, a temporary is live while its is.
    private readonly int[] _stamps = new int[registers + 256 + 1];
    private int _deadStamp = 1, _liveStamp = 2;
    private bool _allTemporariesLive;

    /// <summary>The reduced list, in a pinned array.</summary>
    /// <param name="exact">All operations of the block.</param>
    /// <param name="addressOf">The address of an instruction by its number.</param>
    public MicroOperation[] Reduce(ReadOnlySpan<MicroOperation> exact, Func<int, ulong> addressOf)
    {
        var keep = new bool[exact.Length];
        for (int end = exact.Length; end > 0;)
        {
            int start = InstructionStart(exact, end);
            FindNeeded(exact[start..end], keep.AsSpan(start..end));
            end = start;
        }
        _kept.Clear();
        for (int start = 0; start < exact.Length;)
        {
            int end = InstructionEnd(exact, start);
            Add(exact[start..end], keep.AsSpan(start..end), addressOf(exact[start].Ordinal));
            start = end;
        }
        var reduced = GC.AllocateUninitializedArray<MicroOperation>(_kept.Count, pinned: true);
        _kept.CopyTo(reduced);
        return reduced;
    }

    private void FindNeeded(ReadOnlySpan<MicroOperation> instruction, Span<bool> keep)
    {
        _liveStamp += 2;
        _allTemporariesLive = false;
        if (NeedsBoundary(instruction))
            AllRegistersLive();
        for (int i = instruction.Length - 1; i >= 0; i--)
        {
            ref readonly var operation = ref instruction[i];
            keep[i] = !operation.IsValue || IsLive(operation.Dst);
            if (!keep[i])
                continue;
            if (operation.IsValue || operation.IsLoad)
                Kill(operation.Dst);
            if (!operation.IsValue && operation.Code is not (MicroOperation.Next or MicroOperation.RaiseStop))
                AllRegistersLive();
            if (operation.Code == IrOpcode.Call)
                _allTemporariesLive = true;
            Use(operation);
        }
    }

    private void Use(in MicroOperation operation)
    {
        Revive(operation.A);
        Revive(operation.B);
        Revive(operation.C);
        if (operation.Code == IrOpcode.Store128)
            Revive((ushort)(operation.C + Word));
    }

    private void AllRegistersLive() => _deadStamp += 2;

    private bool IsTemporary(ushort slot) => slot >= _firstTemporary;

    private bool IsLive(ushort slot) =>
        IsTemporary(slot) ? _allTemporariesLive || _stamps[slot / Word] == _liveStamp : _stamps[slot / Word] != _deadStamp;

    private void Kill(ushort slot) => _stamps[slot / Word] = IsTemporary(slot) ? 0 : _deadStamp;

    private void Revive(ushort slot) => _stamps[slot / Word] = IsTemporary(slot) ? _liveStamp : 0;

    private void Add(ReadOnlySpan<MicroOperation> instruction, ReadOnlySpan<bool> keep, ulong address)
    {
        bool boundary = NeedsBoundary(instruction);
        if (NeedsPc(instruction))
            _kept.Add(new MicroOperation { Code = MicroOperation.SetPc, Ordinal = instruction[0].Ordinal, Immediate = address });
        int first = _kept.Count;
        for (int i = 0; i < instruction.Length; i++)
        {
            if (!keep[i] || (instruction[i].Code == MicroOperation.Next && !boundary))
                continue;
            var operation = instruction[i];
            operation.Before = operation.Ordinal;
            operation.IsDirect = boundary;
            operation.Link = null;
            if (operation.Code == MicroOperation.Next)
                operation.Code = MicroOperation.Boundary;
            _kept.Add(operation);
        }
        for (int move = _kept.Count - 1; move > first; move--)
            ComputeInPlace(CollectionsMarshal.AsSpan(_kept)[first..], move - first, first);
    }

    // "t = f(…); register = t" becomes "register = f(…)" where nothing in between looks at the register or can leave.
    private void ComputeInPlace(Span<MicroOperation> instruction, int move, int first)
    {
        var (code, register, temporary) = (instruction[move].Code, instruction[move].Dst, instruction[move].B);
        if (code != IrOpcode.Move || instruction[move].Immediate != 0 || IsTemporary(register) || !IsTemporary(temporary))
            return;
        int definition = move - 1;
        while (definition >= 0 && instruction[definition].Dst != temporary)
        {
            ref readonly var between = ref instruction[definition--];
            if (!between.IsValue || between.Dst == register || Reads(between, register))
                return;
        }
        if (definition < 0 || !(instruction[definition].IsValue || (instruction[definition].IsLoad && instruction[definition].Code != IrOpcode.Load128)))
            return;
        foreach (ref readonly var later in instruction[(move + 1)..])
        {
            if (later.Code is IrOpcode.Call or IrOpcode.Store128 || later.Dst == temporary || later.Dst == register)
                return;
        }
        instruction[definition].Dst = register;
        foreach (ref var reader in instruction[(definition + 1)..])
            Rename(ref reader, temporary, register);
        _kept.RemoveAt(first + move);
    }

    private static void Rename(ref MicroOperation operation, ushort from, ushort to)
    {
        if (operation.A == from)
            operation.A = to;
        if (operation.B == from)
            operation.B = to;
        if (operation.C == from)
            operation.C = to;
    }

    private static bool Reads(in MicroOperation operation, ushort slot) => operation.A == slot || operation.B == slot || operation.C == slot;

    // An instruction that cannot simply be begun again, because it has written something before its last access or calls a
    // helper (which may access memory or set the trace flag): its end is a place where the block may have to be left.
    private bool NeedsBoundary(ReadOnlySpan<MicroOperation> instruction)
    {
        bool written = false;
        foreach (ref readonly var operation in instruction)
        {
            bool accesses = operation.IsLoad || operation.IsStore || operation.Code == IrOpcode.ProbeWrite;
            if (operation.Code is IrOpcode.Call or MicroOperation.RaiseStop || (accesses && written))
                return true;
            written |= operation.IsStore || ((operation.IsValue || operation.IsLoad) && !IsTemporary(operation.Dst));
        }
        return false;
    }

    private static bool NeedsPc(ReadOnlySpan<MicroOperation> instruction)
    {
        ushort pc = (ushort)(Slot.Pc.Index * Word);
        foreach (ref readonly var operation in instruction)
        {
            if (operation.Code == IrOpcode.Call || Reads(operation, pc))
                return true;
        }
        return false;
    }

    private static int InstructionStart(ReadOnlySpan<MicroOperation> operations, int end)
    {
        int start = end - 1;
        while (start > 0 && operations[start - 1].Ordinal == operations[end - 1].Ordinal)
            start--;
        return start;
    }

    private static int InstructionEnd(ReadOnlySpan<MicroOperation> operations, int start)
    {
        int end = start + 1;
        while (end < operations.Length && operations[end].Ordinal == operations[start].Ordinal)
            end++;
        return end;
    }
}
