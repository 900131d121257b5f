using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Turns a block's operations into a <see cref="BlockPlan"/>: follows the values from slot to slot, so that only loads, stores, exits and final
/// register values remain as steps. What an instruction writes to registers is committed at its end, after everything in it that can leave;
/// until then it can be left and executed again from its beginning.
/// </summary>
internal sealed class BlockReader(InstructionSet instructionSet)
{
    private const int Word = sizeof(ulong);

    private readonly int _registers = instructionSet.Registers;
    private readonly FlagSlots _flags = new(instructionSet);
    private readonly ValueTable _values = new();
    private readonly Dictionary<int, Value> _current = [];
    private readonly Dictionary<int, Value> _leaves = [];
    private readonly Value?[] _temporaries = new Value?[256];
    private readonly HashSet<int> _pending = [];
    private BlockPlan _plan = null!;
    private ulong _pc;
    private int _epoch;

    // The operations of the instruction that were read, and the values at its beginning of the slots it read.
    private readonly List<(MicroOperation Operation, Value? Result, Value? High)> _instruction = [];
    private readonly Dictionary<int, Value> _inputs = [];

    // What the flags are made from since the block began, if all of them are; the temporaries that a helper may have written.
    private FlagRecipe? _recipe;
    private Step? _helper;
    private int _flagsStep = -1;

    /// <summary>Reads a whole block.</summary>
    public BlockPlan Read(Block block)
    {
        _plan = new BlockPlan(block);
        var operations = block.Exact;
        for (int start = 0; start < operations.Length;)
        {
            int end = start + 1;
            while (end < operations.Length && operations[end].Ordinal == operations[start].Ordinal)
                end++;
            if (!ReadInstruction(operations[start..end]))
                break;
            start = end;
        }
        return _plan;
    }

    // False when the block's translation ends with this instruction's beginning.
    private bool ReadInstruction(ReadOnlySpan<MicroOperation> operations)
    {
        int ordinal = operations[0].Ordinal;
        _pc = _plan.Block.AddressOf(ordinal);
        Array.Clear(_temporaries);
        _pending.Clear();
        _instruction.Clear();
        _inputs.Clear();
        _helper = null;
        if (!IsTranslatable(operations))
        {
            _plan.Steps.Add(new Step(StepKind.Leave, ordinal));
            return false;
        }
        foreach (ref readonly var operation in operations)
        {
            if (operation.Code is IrOpcode.Trap or MicroOperation.Refuse)
            {
                _plan.Steps.Add(new Step(StepKind.Leave, ordinal));
                return false;
            }
            Read(operation, operations.Length == 0 ? 0 : operations[^1].Immediate);
        }
        return true;
    }

    // An instruction is left to the interpreter if it changes the trace flag, or if it could be left after part of it was committed.
    private bool IsTranslatable(ReadOnlySpan<MicroOperation> operations)
    {
        bool written = false, committed = false, calls = false;
        foreach (ref readonly var operation in operations)
        {
            bool accesses = operation.IsLoad || operation.IsStore || operation.Code is IrOpcode.ProbeWrite or IrOpcode.Call or IrOpcode.TrapIf;
            if (operation.Code == MicroOperation.RaiseStop || (accesses && committed))
                return false;
            bool isCall = operation.Code == IrOpcode.Call && instructionSet.Inline(operation.Width) is null && !instructionSet.IsLocal(operation.Width);
            if (calls && operation.Code is IrOpcode.GotoIf or IrOpcode.GotoIndirect)
                return false;
            calls |= isCall;
            committed |= operation.Code == IrOpcode.GotoIf && written;
            written |= (operation.IsValue || operation.IsLoad || operation.Code == IrOpcode.Call) && operation.Dst / Word < _registers;
        }
        return true;
    }

    private void Read(in MicroOperation operation, ulong next)
    {
        int ordinal = operation.Ordinal;
        if (operation.IsValue)
        {
            var value = _values.Make(operation.Code, ReadSlot(operation.A), B(operation), ReadSlot(operation.C));
            _instruction.Add((operation, null, null));
            Assign(operation.Dst / Word, value);
            return;
        }
        switch (operation.Code)
        {
            case >= IrOpcode.Load8 and <= IrOpcode.Load128:
                ReadLoad(operation);
                break;
            case >= IrOpcode.Store8 and <= IrOpcode.Store128:
                var high = operation.Code == IrOpcode.Store128 ? ReadSlot((ushort)(operation.C + Word)) : null;
                Add(new Step(StepKind.Store, ordinal) { A = Address(operation), B = ReadSlot(operation.C), C = high, Size = operation.AccessSize, Base = BaseOf(operation) });
                break;
            case IrOpcode.ProbeWrite:
                Add(new Step(StepKind.Probe, ordinal) { A = Address(operation), Size = operation.Width, Base = BaseOf(operation) });
                break;
            case IrOpcode.TrapIf:
                Add(new Step(StepKind.LeaveIf, ordinal) { A = ReadSlot(operation.A) });
                break;
            case IrOpcode.Call:
                ReadCall(operation);
                break;
            case IrOpcode.GotoIf:
                Commit(ordinal);
                Add(new Step(StepKind.GotoIf, ordinal) { A = ReadSlot(operation.A), Target = operation.Immediate, FlagValues = FlagValues() });
                break;
            case IrOpcode.Goto:
                Commit(ordinal);
                if (_helper is not null)
                    Add(new Step(StepKind.Boundary, ordinal) { Target = operation.Immediate });
                Add(new Step(StepKind.Goto, ordinal) { Target = operation.Immediate, FlagValues = FlagValues() });
                break;
            case IrOpcode.GotoIndirect:
                Commit(ordinal);
                Add(new Step(StepKind.GotoIndirect, ordinal) { A = B(operation), FlagValues = FlagValues() });
                break;
            case MicroOperation.Next:
                Commit(ordinal);
                if (_helper is not null)
                    Add(new Step(StepKind.Boundary, ordinal) { Target = next });
                break;
        }
    }

    private void ReadLoad(in MicroOperation operation)
    {
        var address = Address(operation);
        int size = operation.AccessSize;
        var low = ValueTable.Result(Math.Min(64, 8 * size));
        var high = size == 16 ? ValueTable.Result() : null;
        Add(new Step(StepKind.Load, operation.Ordinal) { A = address, Size = size, Result = low, ResultHigh = high, Base = BaseOf(operation) });
        _instruction.Add((operation, low, high));
        Assign(operation.Dst / Word, low);
        if (high is not null)
            Assign(operation.Dst / Word + 1, high);
    }

    private void ReadCall(in MicroOperation operation)
    {
        if (instructionSet.Inline(operation.Width) is not { } inline)
        {
            if (instructionSet.IsLocal(operation.Width))
                ReadLocal(operation);
            else
                ReadHelper(operation);
            return;
        }
        var call = operation;
        var bound = new InlineCall(inline, (name, isVector) => Argument(call, inline, name, isVector));
        var low = ValueTable.Result();
        var high = inline.ReturnsVector ? ValueTable.Result() : null;
        Add(new Step(StepKind.Inline, operation.Ordinal) { Inline = bound, Result = low, ResultHigh = high });
        _instruction.Add((operation, low, high));
        Assign(operation.Dst / Word, low);
        if (high is not null)
            Assign(operation.Dst / Word + 1, high);
    }

    private Value[] Argument(in MicroOperation call, InlineHelper inline, string name, bool isVector)
    {
        ushort slot = name switch
        {
            "a" => call.A,
            "b" => call.B,
            "c" => call.C,
            "dst" => call.Dst,
            "status" => (ushort)(instructionSet.FloatStatus.Index * Word),
            "immediate" => ushort.MaxValue,
            _ => throw new InvalidOperationException($"{inline.Compute.Name}: no value is called {name}"),
        };
        if (slot == ushort.MaxValue)
            return [_values.Constant(call.Immediate)];
        return isVector ? [ReadSlot(slot), ReadSlot((ushort)(slot + Word))] : [ReadSlot(slot)];
    }

    private void ReadLocal(in MicroOperation operation)
    {
        int status = instructionSet.FloatStatus.Index, dst = operation.Dst / Word;
        var inputs = new SortedDictionary<int, Value>();
        foreach (ushort first in (ReadOnlySpan<ushort>)[operation.Dst, operation.A, operation.B, operation.C])
        {
            AddInput(inputs, first, isNeighbour: false);
            AddInput(inputs, (ushort)(first + Word), isNeighbour: true);
        }
        AddInput(inputs, (ushort)(status * Word), isNeighbour: false);
        var (low, high) = (ValueTable.Result(), ValueTable.Result());
        var outputs = new List<(int, Value)> { (dst, low), (dst + 1, high) };
        if (status != 0)
            outputs.Add((status, ValueTable.Result()));
        Add(new Step(StepKind.Local, operation.Ordinal)
        {
            Operation = operation, Temporaries = [.. inputs.Select(input => (input.Key, input.Value))], Outputs = outputs,
        });
        _instruction.Add((operation, low, high));
        foreach (var (slot, value) in outputs)
            Assign(slot, value);
    }

    // Flags are no halves of anything.
    private void AddInput(SortedDictionary<int, Value> inputs, ushort offset, bool isNeighbour)
    {
        int slot = offset / Word;
        bool isKnown = slot >= _registers ? _temporaries[slot - _registers] is not null : slot >= Slot.FirstRegister && !(isNeighbour && _flags.Contains(slot));
        if (isKnown && !inputs.ContainsKey(slot))
            inputs.Add(slot, ReadSlot(offset));
    }

    private void ReadHelper(in MicroOperation operation)
    {
        int from = operation.Dst / Word >= _registers ? operation.Dst / Word : int.MaxValue;
        var temporaries = new List<(int, Value)>();
        for (int i = 0; i < _temporaries.Length; i++)
        {
            int slot = _registers + i;
            if (_temporaries[i] is { } value && (slot >= from || IsOperand(operation, slot)))
                temporaries.Add((slot, value));
        }
        _helper = new Step(StepKind.Helper, operation.Ordinal) { Operation = operation, Temporaries = temporaries, Target = _pc, Outputs = [] };
        Add(_helper);
        _plan.CallsHelpers = true;
        for (int slot = from; slot - _registers < _temporaries.Length && from != int.MaxValue; slot++)
            _temporaries[slot - _registers] = null;
        _epoch++;
        _current.Clear();
        _leaves.Clear();
        _recipe = null;
        _flagsStep = -1;
    }

    private static bool IsOperand(in MicroOperation operation, int slot) => IsPair(operation.A, slot) || IsPair(operation.B, slot) || IsPair(operation.C, slot);

    private static bool IsPair(ushort first, int slot) => slot == first / Word || slot == first / Word + 1;

    private void Add(Step step) => _plan.Steps.Add(step);

    private int BaseOf(in MicroOperation operation) =>
        IsRegister(operation.A) ? operation.A / Word : IsRegister(operation.B) ? operation.B / Word : 0;

    private bool IsRegister(ushort offset) => offset / Word >= Slot.FirstRegister && offset / Word < _registers;

    private Value Address(in MicroOperation operation) => _values.Add(ReadSlot(operation.A), B(operation));

    private Value B(in MicroOperation operation) => _values.Add(ReadSlot(operation.B), _values.Constant(operation.Immediate));

    private Value ReadSlot(ushort offset)
    {
        int slot = offset / Word;
        if (slot == 0)
            return _values.Constant(0);
        if (slot == Slot.Pc.Index)
            return _values.Constant(_pc);
        if (slot >= _registers)
            return _temporaries[slot - _registers] ??= OutputOfHelper(slot);
        var value = ReadRegister(slot);
        if (!_pending.Contains(slot))
            _inputs[slot] = value;
        return value;
    }

    private Value ReadRegister(int slot)
    {
        if (_current.TryGetValue(slot, out var value))
            return value;
        value = ValueTable.Register(slot, _epoch, _flags.Contains(slot) ? 1 : 64);
        _current.Add(slot, value);
        _leaves.Add(slot, value);
        if (!_flags.Contains(slot))
            _plan.Registers.Add(slot);
        return value;
    }

    // What nothing has written is whatever the helper left there.
    private Value OutputOfHelper(int slot)
    {
        var value = ValueTable.Result();
        _helper!.Outputs!.Add((slot, value));
        return value;
    }

    private void Assign(int slot, Value value)
    {
        if (slot >= _registers)
        {
            _temporaries[slot - _registers] = value;
            return;
        }
        _current[slot] = value;
        _pending.Add(slot);
    }

    private void Commit(int ordinal)
    {
        CommitFlags(ordinal);
        foreach (int slot in _pending)
        {
            if (_flags.Contains(slot))
                continue;
            _plan.Registers.Add(slot);
            _plan.Written.Add(slot);
            if (!_leaves.TryGetValue(slot, out var leaf) || leaf != _current[slot] || IsWritten(slot))
                Add(new Step(StepKind.Write, ordinal) { Slot = slot, A = _current[slot] });
        }
        _pending.Clear();
    }

    private bool IsWritten(int slot)
    {
        foreach (var step in _plan.Steps)
        {
            if (step.Kind == StepKind.Write && step.Slot == slot)
                return true;
        }
        return false;
    }

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

    // From the instruction's own operations, after those of earlier ones that it leaves flags of; from the flags themselves when that takes too much.
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

    // Null where a flag is what it was when the block began.
    private Value[] FlagValues()
    {
        var values = new Value[_flags.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (_current.TryGetValue(_flags[i], out var value) && !(_leaves.TryGetValue(_flags[i], out var leaf) && leaf == value))
                values[i] = value;
        }
        return values;
    }
}
