using System.Reflection.Emit;

namespace TraceKernel.Machine.Execution;

// Flags. Within a block it is known what they are made from, so that only the ways out say it; a block that others follow leaves the number of
// its recipe and what that starts from in locals.
internal sealed partial class RegionCompiler
{
    // What the locals of the recipe and its captures hold at the end of a block.
    private FlagRecipe? _handedOver;

    // To the blocks that a jump leads to: the recipe, and the flags that they read.
    private void HandOverFlags(Step step, int index)
    {
        if (step.Recipe is { } recipe && recipe != _handedOver)
        {
            for (int i = 0; i < recipe.Captures.Count; i++)
            {
                _values.Emit(recipe.Captures[i]);
                _il.Emit(OpCodes.Stloc, _captures[i]);
            }
            PushNumber(recipe);
            _il.Emit(OpCodes.Stloc, _recipe);
            _handedOver = recipe;
        }
        // What a flag was may be asked for by the next one, and by the condition of the jump.
        foreach (var (slot, value) in FlagsFor(step))
            _values.Write(slot, value, index - 1);
    }

    private void PushNumber(FlagRecipe recipe)
    {
        if (recipe.Number == 0)
        {
            _region.Recipes.Add(recipe);
            recipe.Number = _region.Recipes.Count;
        }
        _il.Emit(OpCodes.Ldc_I8, ((long)_region.Number << Region.NumberBits) | (long)recipe.Number);
    }

    // The flags that the block at an exit's target reads, and their values here.
    private IEnumerable<(int Slot, Value Value)> FlagsFor(Step step)
    {
        uint asked = _plan.FlagsAskedFor(step);
        for (int i = 0; i < _flags.Count; i++)
        {
            if ((asked >> i & 1) != 0 && step.FlagValues![i] is { } value)
                yield return (_flags[i], value);
        }
    }

    private void EmitFlags()
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Call, typeof(Translator).GetMethod(nameof(Translator.ComputeFlags))!);
    }

    // Where the values that a recipe starts from are.
    private LocalBuilder[] HomesOf(FlagRecipe? recipe) => [.. (recipe?.Captures ?? []).Select(_values.HomeOf)];

    // The flags as they are within a block: those that changed in it have a recipe of their own.
    private void SaveFlags(FlagRecipe? recipe)
    {
        if (recipe?.Written != _flags.All)
            SaveRecipe();
        if (recipe is not null)
            SaveRecipe(recipe, HomesOf(recipe));
    }

    private void SaveRecipe(FlagRecipe recipe, LocalBuilder[] captures)
    {
        int place = recipe.Written == _flags.All ? _layout.Recipe : _layout.Amendment;
        FileAddress(place);
        PushNumber(recipe);
        _il.Emit(OpCodes.Stind_I8);
        for (int i = 0; i < captures.Length; i++)
            StoreFile(place + 1 + i, captures[i]);
    }

    // The flags as the last block left them; still those of whoever came here when no recipe was noted since.
    private void SaveRecipe()
    {
        int captures = 0;
        foreach (var plan in _plan.Blocks)
        {
            foreach (var step in plan.Steps)
                captures = Math.Max(captures, step.IsJump && step.Recipe is not null ? step.Recipe.Captures.Count + 1 : 0);
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
