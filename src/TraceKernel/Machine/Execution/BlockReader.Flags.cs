using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// What instructions do to the flags: described, not done.
internal sealed partial class BlockReader
{
    private void CommitFlags(int ordinal)
    {
        uint written = 0;
        foreach (int slot in _pending)
            written |= _flags.BitOf(slot);
        if (written == 0)
            return;
        _recipe = RecipeOf(written);
        if (_flagsStep >= 0 && !_plan.Steps.Skip(_flagsStep + 1).Any(step => step.CanLeave))
            _plan.Steps.RemoveAt(_flagsStep);
        _flagsStep = _plan.Steps.Count;
        Add(new Step(StepKind.Flags, ordinal) { Recipe = _recipe });
    }

    // From the instruction's own operations, after those of earlier ones that it leaves flags of; from the flags themselves when that takes
    // too much.
    private FlagRecipe RecipeOf(uint written)
    {
        if (_helper is not null)
            return new FlagRecipe([PartOfValues(_flags.All)]);
        List<FlagPart> parts = [];
        if (_recipe is not null)
            parts.AddRange(_recipe.PartsBeside(written));
        else if (written != _flags.All)
            parts.Add(PartOfValues(_flags.All & ~written));
        parts.Add(PartOf(written));
        var recipe = new FlagRecipe(parts);
        return recipe.IsPossible ? recipe : new FlagRecipe([PartOfValues(_flags.All)]);
    }

    private FlagPart PartOf(uint written)
    {
        var needed = new HashSet<int>(_flags.SlotsIn(written));
        var chosen = new bool[_instruction.Count];
        for (int i = _instruction.Count - 1; i >= 0; i--)
        {
            var (operation, _, high) = _instruction[i];
            int slot = operation.Dst / Word;
            chosen[i] = needed.Remove(slot) | (high is not null && needed.Remove(slot + 1));
            if (!chosen[i] || !operation.IsValue)
                continue;
            needed.Add(operation.A / Word);
            needed.Add(operation.B / Word);
            needed.Add(operation.C / Word);
        }
        needed.Remove(0);
        var part = new FlagPart(written);
        foreach (int slot in needed)
            part.AddInput(slot, slot == Slot.Pc.Index ? _values.Constant(_pc) : _inputs[slot]);
        for (int i = 0; i < chosen.Length; i++)
        {
            var (operation, low, high) = _instruction[i];
            if (!chosen[i])
                continue;
            if (operation.IsValue)
                part.AddOperation(operation);
            else
                part.AddInput(operation.Dst / Word, low!);
            if (high is not null)
                part.AddInput(operation.Dst / Word + 1, high);
        }
        return part;
    }

    // From the flags themselves, all in one word.
    private FlagPart PartOfValues(uint flags)
    {
        var word = _values.Constant(0);
        var part = new FlagPart(flags);
        ushort packed = (ushort)(_registers * Word), shifted = (ushort)(packed + Word);
        for (int i = 0; i < _flags.Count; i++)
        {
            if ((flags >> i & 1) == 0)
                continue;
            var flag = _values.Make(IrOpcode.ShiftLeft, ReadRegister(_flags[i]), _values.Constant((ulong)i), null);
            word = _values.Make(IrOpcode.Or, word, flag, null);
            part.AddOperation(new MicroOperation { Code = IrOpcode.ShiftRight, Dst = shifted, A = packed, Immediate = (ulong)i });
            part.AddOperation(new MicroOperation { Code = IrOpcode.And, Dst = (ushort)(_flags[i] * Word), A = shifted, Immediate = 1 });
        }
        var input = new FlagPart(0);
        input.AddInput(_registers, word);
        part.Entries.InsertRange(0, input.Entries);
        return part;
    }
}
