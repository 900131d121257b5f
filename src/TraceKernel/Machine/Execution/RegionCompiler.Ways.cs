using System.Reflection.Emit;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// The ends of a region's method, out of the way of its blocks.
internal sealed partial class RegionCompiler
{
    private void EmitWaysOut()
    {
        EmitCases();
        for (int i = 0; i < _refills.Count; i++)
            EmitRefill(_refills[i], i);
        foreach (var (way, label) in _ways)
        {
            _il.MarkLabel(label);
            AddToRemaining(way.Credit);
            if (_labels.TryGetValue(way.Pc, out var inside))
                _il.Emit(OpCodes.Br, inside);
            else
                EmitLink(way.Pc);
        }
        if (_indirect is { } indirect)
            EmitIndirect(indirect);
        EmitExits();
    }

    // Everything unusual: the number of the exit says where execution goes on, and the interpreter does the next instruction.
    private void EmitExits()
    {
        if (_exits.Count == 0)
            return;
        var common = _il.DefineLabel();
        foreach (var (exit, label) in _exits)
        {
            _il.MarkLabel(label);
            _il.Emit(OpCodes.Ldc_I8, ((long)_region.Number << Region.NumberBits) | (long)_region.Exits.Count);
            _il.Emit(OpCodes.Stloc, _exit);
            _il.Emit(OpCodes.Br, common);
            _region.Exits.Add(exit);
        }
        _il.MarkLabel(common);
        SaveState();
        FileAddress(_layout.Remaining);
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Stind_I8);
        _il.Emit(OpCodes.Ldloc, _exit);
        _il.Emit(OpCodes.Ret);
    }

    // On with the region at a known address, by way of the cell that holds its code.
    private void EmitLink(ulong target)
    {
        FileAddress(Slot.Pc.Index);
        _il.Emit(OpCodes.Ldc_I8, (long)target);
        _il.Emit(OpCodes.Stind_I8);
        SaveState();
        EmitTailCall(() =>
        {
            _il.Emit(OpCodes.Ldc_I8, (long)_cells.Of(target));
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Ldind_I);
        });
    }

    // On with the region at a computed address, if the table of those knows it.
    private void EmitIndirect(Label label)
    {
        var unknown = _il.DefineLabel();
        _il.MarkLabel(label);
        StoreFile(Slot.Pc.Index, _address);
        SaveState();
        _il.Emit(OpCodes.Ldc_I8, (long)_cells.Indirect);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldc_I4, CodeCells.IndirectShift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Xor);
        _il.Emit(OpCodes.Ldc_I8, CodeCells.IndirectMask);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Ldc_I4, CodeCells.IndirectEntryShift);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Stloc, _entry);
        _il.Emit(OpCodes.Ldloc, _entry);
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Bne_Un, unknown);
        EmitTailCall(() =>
        {
            _il.Emit(OpCodes.Ldloc, _entry);
            _il.Emit(OpCodes.Ldc_I4, sizeof(ulong));
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Ldind_I);
        });
        _il.MarkLabel(unknown);
        LeaveToLookUp();
    }

    private void LeaveToLookUp()
    {
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Not);
        _il.Emit(OpCodes.Ret);
    }

    private void EmitTailCall(Action code)
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldarg_2);
        code();
        _il.Emit(OpCodes.Tailcall);
        _il.EmitCalli(OpCodes.Calli, System.Reflection.CallingConventions.Standard, typeof(long), Parameters, null);
        _il.Emit(OpCodes.Ret);
    }

    private void SaveState()
    {
        foreach (int slot in _plan.Written)
            StoreFile(slot, _values.LocalOf(slot));
        SaveRecipe();
    }

    // The flags are still those of whoever came here when no recipe was noted since.
    private void SaveRecipe()
    {
        int captures = 0;
        foreach (var plan in _plan.Blocks)
        {
            foreach (var step in plan.Steps)
                captures = Math.Max(captures, step.Kind == StepKind.Flags ? step.Recipe!.Captures.Count + 1 : 0);
        }
        if (captures == 0)
            return;
        var unchanged = _il.DefineLabel();
        _il.Emit(OpCodes.Ldloc, _recipe);
        _il.Emit(OpCodes.Brfalse, unchanged);
        StoreFile(_layout.Recipe, _recipe);
        for (int i = 0; i < captures - 1; i++)
            StoreFile(_layout.Captures + i, _captures[i]);
        _il.MarkLabel(unchanged);
    }
}
