using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Writes a region's method: <c>long Region(nint file, nint translations, long remaining)</c>. It returns the number of the region and of
/// the exit by which it was left, with the registers in the file; or it goes on with the region it leads to; or, when that is not known, it
/// returns <c>~remaining</c> with the program counter set.
/// </summary>
internal sealed partial class RegionCompiler
{
    // Above 60,000 bytes of IL the JIT silently stops optimising (DEFAULT_MIN_OPTS_CODE_SIZE): such a region stays with the interpreter.
    private const int MaximumSize = 55_000;

    private static readonly Type[] Parameters = [typeof(nint), typeof(nint), typeof(long)];

    private readonly InstructionSet _instructionSet;
    private readonly Region _region;
    private readonly RegionPlan _plan;
    private readonly FileLayout _layout;
    private readonly FlagSlots _flags;
    private readonly CodeCells _cells;
    private readonly DynamicMethod _method;
    private readonly ILGenerator _il;
    private readonly ValueEmitter _values;
    private readonly Dictionary<ulong, Label> _labels = [];
    private readonly Dictionary<RegionExit, Label> _exits = [];
    private readonly Dictionary<(ulong Pc, int Credit), Label> _ways = [];
    private readonly LocalBuilder _recipe, _exit, _address, _distance, _host, _entry;
    private readonly LocalBuilder[] _captures;
    private Label? _indirect;
    private BlockPlan _block = null!;

    private RegionCompiler(InstructionSet instructionSet, Region region, CodeCells cells)
    {
        _instructionSet = instructionSet;
        _region = region;
        _cells = cells;
        _plan = new RegionPlan(instructionSet, region);
        _layout = new FileLayout(instructionSet.Registers);
        _flags = new FlagSlots(instructionSet);
        _method = new DynamicMethod($"Region {region.Entry.Address:x}", typeof(long), Parameters, typeof(RegionCompiler).Module, skipVisibility: true);
        _il = _method.GetILGenerator(4096);
        _values = new ValueEmitter(_il, new VectorSlots(instructionSet));
        _recipe = _il.DeclareLocal(typeof(ulong));
        _exit = _il.DeclareLocal(typeof(long));
        _address = _il.DeclareLocal(typeof(ulong));
        _distance = _il.DeclareLocal(typeof(ulong));
        _host = _il.DeclareLocal(typeof(ulong));
        _entry = _il.DeclareLocal(typeof(nint));
        _captures = new LocalBuilder[FlagRecipe.MaximumCaptures];
        for (int i = 0; i < _captures.Length; i++)
            _captures[i] = _il.DeclareLocal(typeof(ulong));
    }

    /// <summary>Translates a region to host code.</summary>
    public static void Compile(InstructionSet instructionSet, Region region, CodeCells cells)
    {
        var compiler = new RegionCompiler(instructionSet, region, cells);
        compiler.EmitMethod();
        region.Size = compiler._il.ILOffset;
        if (region.Size > MaximumSize)
            return;
        var method = compiler._method.CreateDelegate<RegionMethod>();
        RuntimeHelpers.PrepareDelegate(method);
        foreach (var recipe in region.Recipes)
            recipe.Forget();
        region.Longest = compiler._plan.Longest;
        region.Method = method;
        region.Code = GetMethodDescriptor(compiler._method).GetFunctionPointer();
    }

    private delegate long RegionMethod(nint file, nint translations, long remaining);

    // A dynamic method's address: its delegate goes through a thunk that a tail call need not.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(GetMethodDescriptor))]
    private static extern RuntimeMethodHandle GetMethodDescriptor(DynamicMethod method);

    private void EmitMethod()
    {
        foreach (var plan in _plan.Blocks)
            _labels.Add(plan.Block.Address, _il.DefineLabel());
        EmitEntry();
        foreach (var plan in _plan.Blocks)
            EmitBlock(plan);
        EmitWaysOut();
    }

    private void EmitEntry()
    {
        if (!_region.IsGrown)
            CountEntry();
        if (_plan.FlagsEntering != 0)
        {
            var exact = _il.DefineLabel();
            LoadFile(_layout.Recipe);
            _il.Emit(OpCodes.Brfalse, exact);
            EmitFlags();
            _il.MarkLabel(exact);
        }
        LoadRegisters(_plan.FlagsEntering);
        if (_region.Entries.Count > 1)
            EmitEntryDispatch();
        else
            _il.Emit(OpCodes.Br, _labels[_region.Entry.Address]);
    }

    // The last of many entries goes by the engine, which then looks whether more should belong to the region.
    private unsafe void CountEntry()
    {
        var enough = _il.DefineLabel();
        _il.Emit(OpCodes.Ldc_I8, (long)_region.Countdown);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Ldc_I8, (long)_region.Countdown);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Stloc, _exit);
        _il.Emit(OpCodes.Stind_I8);
        _il.Emit(OpCodes.Ldloc, _exit);
        _il.Emit(OpCodes.Brtrue, enough);
        FileAddress(Slot.Pc.Index);
        _il.Emit(OpCodes.Ldc_I8, (long)_region.Entry.Address);
        _il.Emit(OpCodes.Stind_I8);
        LeaveToLookUp();
        _il.MarkLabel(enough);
    }

    private void EmitFlags()
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Call, typeof(Translator).GetMethod(nameof(Translator.ComputeFlags))!);
    }

    private void LoadRegisters(uint flags)
    {
        foreach (int slot in _plan.Registers.Concat(_flags.SlotsIn(flags)))
        {
            var local = _values.LocalOf(slot);
            LoadFile(slot, local.LocalType);
            _il.Emit(OpCodes.Stloc, local);
        }
    }

    private void EmitBlock(BlockPlan plan)
    {
        _block = plan;
        var leaves = Schedule(plan);
        _il.MarkLabel(_labels[plan.Block.Address]);
        AddToRemaining(-plan.Block.Instructions);
        // Of a loop of one block the subtraction's own flags are looked at.
        if (plan.IsLoopHead)
        {
            _il.Emit(OpCodes.Ldarg_2);
            _il.Emit(OpCodes.Ldc_I8, (long)plan.Longest - plan.Block.Instructions);
            _il.Emit(OpCodes.Blt, ExitTo(plan.Block.Address, plan.Block.Instructions));
        }
        _values.Begin();
        int epoch = 0;
        _values.Adopt(leaves.Where(leaf => leaf.Epoch == 0));
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            EmitStep(plan.Steps[i], i);
            if (plan.Steps[i].Kind == StepKind.Helper)
            {
                epoch++;
                _values.Adopt(leaves.Where(leaf => leaf.Epoch == epoch));
            }
            _values.EndStep(i);
        }
    }

    // Counts who asks for which value, and until when. Answers the register values asked for.
    private List<Value> Schedule(BlockPlan plan)
    {
        var leaves = new List<Value>();
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            int index = i;
            plan.Steps[i].VisitOperands(value => Need(value, index, leaves));
            foreach (var (_, value) in FlagsFor(plan.Steps[i]))
                Need(value, index, leaves);
        }
        return leaves;
    }

    private static void Need(Value value, int step, List<Value> leaves)
    {
        value.Uses++;
        Reach(value, step, leaves);
    }

    private static void Reach(Value value, int step, List<Value> leaves)
    {
        if (value.Visited == step)
            return;
        bool isFirst = value.LastNeeded < 0;
        value.Visited = value.LastNeeded = step;
        if (isFirst && value.Kind == ValueKind.Register)
            leaves.Add(value);
        foreach (var operand in (ReadOnlySpan<Value?>)[value.A, value.B, value.C])
        {
            if (operand is null)
                continue;
            if (isFirst)
                Use(operand, value);
            Reach(operand, step, leaves);
        }
    }

    private static void Use(Value operand, Value user)
    {
        operand.Uses++;
        operand.User = user;
        if (user.Kind == ValueKind.Half)
            operand.UsesByHalves++;
        // A pair takes a half from the vector that it is half of.
        if (user.Kind == ValueKind.Pair && operand.Kind == ValueKind.Half)
            operand.B!.Uses++;
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

    private void EmitStep(Step step, int index)
    {
        switch (step.Kind)
        {
            case StepKind.Load:
                EmitLoad(step);
                break;
            case StepKind.Store:
                EmitStore(step);
                break;
            case StepKind.Probe:
                EmitCheck(step, isWrite: true);
                break;
            case StepKind.LeaveIf:
                _values.BranchIf(step.A!, ExitBefore(step));
                break;
            case StepKind.Leave:
                _il.Emit(OpCodes.Br, ExitBefore(step));
                break;
            case StepKind.Helper:
                EmitHelper(step, index);
                break;
            case StepKind.Local:
                EmitLocal(step);
                break;
            case StepKind.Inline:
                EmitInline(step);
                break;
            case StepKind.Write:
                _values.Write(step.Slot, step.A!, index);
                break;
            case StepKind.Flags:
                EmitRecipe(step.Recipe!);
                break;
            case StepKind.GotoIf:
                WriteFlags(step, index);
                _values.BranchIf(step.A!, WayTo(step.Target, CreditAfter(step)));
                break;
            case StepKind.Goto:
                WriteFlags(step, index);
                _il.Emit(OpCodes.Br, WayTo(step.Target, CreditAfter(step)));
                break;
            case StepKind.GotoIndirect:
                WriteFlags(step, index);
                _values.Emit(step.A!);
                _il.Emit(OpCodes.Stloc, _address);
                EmitDispatch(_region.JumpTargets, CreditAfter(step));
                break;
            case StepKind.Boundary:
                LoadFile(_layout.Stop);
                _il.Emit(OpCodes.Brtrue, ExitTo(step.Target, CreditAfter(step)));
                break;
        }
    }

    // What a flag held may be asked for by the next one and by the condition of the jump: as if all were written before this step.
    private void WriteFlags(Step step, int index)
    {
        foreach (var (slot, value) in FlagsFor(step))
            _values.Write(slot, value, index - 1);
    }

    private void EmitRecipe(FlagRecipe recipe)
    {
        for (int i = 0; i < recipe.Captures.Count; i++)
        {
            _values.Emit(recipe.Captures[i]);
            _il.Emit(OpCodes.Stloc, _captures[i]);
        }
        _region.Recipes.Add(recipe);
        _il.Emit(OpCodes.Ldc_I8, ((long)_region.Number << Region.NumberBits) | (long)_region.Recipes.Count);
        _il.Emit(OpCodes.Stloc, _recipe);
    }

    private int CreditAfter(Step step) => _block.Block.Instructions - step.Ordinal - 1;

    private Label ExitBefore(Step step) => ExitTo(_block.Block.AddressOf(step.Ordinal), _block.Block.Instructions - step.Ordinal);

    private Label ExitTo(ulong pc, int credit) => LabelOf(_exits, new RegionExit(_block.Block, pc, credit));

    private Label WayTo(ulong target, int credit) =>
        credit == 0 && _labels.TryGetValue(target, out var label) ? label : LabelOf(_ways, (target, credit));

    private Label LabelOf<T>(Dictionary<T, Label> labels, T exit)
        where T : notnull
    {
        if (!labels.TryGetValue(exit, out var label))
            labels.Add(exit, label = _il.DefineLabel());
        return label;
    }

    private void AddToRemaining(int instructions)
    {
        if (instructions == 0)
            return;
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Ldc_I8, (long)instructions);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Starg_S, (byte)2);
    }

    private void FileAddress(int slot)
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, slot * sizeof(ulong));
        _il.Emit(OpCodes.Add);
    }

    private void LoadFile(int slot)
    {
        FileAddress(slot);
        _il.Emit(OpCodes.Ldind_I8);
    }

    private void LoadFile(int slot, Type type)
    {
        FileAddress(slot);
        _il.Emit(OpCodes.Unaligned, (byte)4);
        _il.Emit(OpCodes.Ldobj, type);
    }

    private void StoreFile(int slot, LocalBuilder local)
    {
        FileAddress(slot);
        _il.Emit(OpCodes.Ldloc, local);
        _il.Emit(OpCodes.Unaligned, (byte)4);
        _il.Emit(OpCodes.Stobj, local.LocalType);
    }

    private void StoreFile(int slot, Value value)
    {
        FileAddress(slot);
        _values.Emit(value);
        _il.Emit(OpCodes.Unaligned, (byte)4);
        _il.Emit(OpCodes.Stobj, TypeOf(value));
    }

    private static Type TypeOf(Value value) => value.IsVector ? typeof(Vector128<ulong>) : typeof(ulong);
}
