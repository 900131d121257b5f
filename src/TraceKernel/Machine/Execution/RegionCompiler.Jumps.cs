using System.Reflection.Emit;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Computed jumps: to the blocks of the region where they are known to lead, by a switch over some bits of the address.
internal sealed partial class RegionCompiler
{
    private const int FewTargets = 3, MaximumTableBits = 8, MaximumShift = 16;

    // Larger tables are not repeated at every jump.
    private const int SharedTableBits = 6;

    private readonly Dictionary<(ulong Target, int Credit), Label> _cases = [];
    private readonly Dictionary<(HashSet<ulong> Targets, int Credit), Label> _tables = [];

    // A region of several entries is told by the program counter which one is meant.
    private void EmitEntryDispatch()
    {
        LoadFile(Slot.Pc.Index);
        _il.Emit(OpCodes.Stloc, _address);
        EmitCase(_region.Entry.Address, 0);
        EmitDispatch([.. _region.Entries.Skip(1).Select(block => block.Address)], 0);
    }

    // On with the address in its local.
    private void EmitDispatch(HashSet<ulong> targets, int credit)
    {
        _indirect ??= _il.DefineLabel();
        if (targets.Count > FewTargets && TryFindTable(targets, out int shift, out int bits))
        {
            if (_tables.TryGetValue((targets, credit), out var table))
            {
                _il.Emit(OpCodes.Br, table);
                return;
            }
            if (bits >= SharedTableBits)
                _il.MarkLabel(LabelOf(_tables, (targets, credit)));
            var labels = new Label[1 << bits];
            Array.Fill(labels, _indirect.Value);
            foreach (ulong target in targets)
                labels[PlaceOf(target, shift, bits)] = LabelOf(_cases, (target, credit));
            _il.Emit(OpCodes.Ldloc, _address);
            _il.Emit(OpCodes.Ldc_I4, shift);
            _il.Emit(OpCodes.Shr_Un);
            _il.Emit(OpCodes.Conv_I4);
            _il.Emit(OpCodes.Ldc_I4, labels.Length - 1);
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Switch, labels);
        }
        else
        {
            foreach (ulong target in targets)
                EmitCase(target, credit);
        }
        _il.Emit(OpCodes.Br, _indirect.Value);
    }

    private void EmitCases()
    {
        foreach (var ((target, credit), label) in _cases)
        {
            _il.MarkLabel(label);
            EmitCase(target, credit);
            _il.Emit(OpCodes.Br, _indirect!.Value);
        }
    }

    private void EmitCase(ulong target, int credit)
    {
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldc_I8, (long)target);
        _il.Emit(OpCodes.Beq, WayTo(target, credit));
    }

    // The fewest bits of an address that tell the targets apart.
    private static bool TryFindTable(HashSet<ulong> targets, out int shift, out int bits)
    {
        shift = 0;
        for (bits = 2; bits <= MaximumTableBits; bits++)
        {
            for (shift = 0; shift <= MaximumShift; shift++)
            {
                if (AreApart(targets, shift, bits))
                    return true;
            }
        }
        return false;
    }

    private static bool AreApart(HashSet<ulong> targets, int shift, int bits)
    {
        var places = new HashSet<int>();
        foreach (ulong target in targets)
        {
            if (!places.Add(PlaceOf(target, shift, bits)))
                return false;
        }
        return true;
    }

    private static int PlaceOf(ulong target, int shift, int bits) => (int)(target >> shift) & ((1 << bits) - 1);
}
