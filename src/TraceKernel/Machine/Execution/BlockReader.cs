using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>
/// Turns a block's operations into a <see cref="BlockPlan"/>: follows the values from slot to slot, so that only loads, stores, exits and
/// final register values remain as steps. What an instruction writes to registers is committed at its end, after everything in it that can
/// leave; until then it can be left and executed again from its beginning.
/// </summary>
internal sealed partial class BlockReader(InstructionSet instructionSet)
{
    private const int Word = sizeof(ulong);

    private readonly int _registers = instructionSet.Registers;
    private readonly FlagSlots _flags = new(instructionSet);
    private readonly VectorSlots _vectors = new(instructionSet);
    private readonly ValueTable _values = new();
    private readonly Dictionary<int, Value> _current = [];
    private readonly Dictionary<int, Value> _leaves = [];
    private readonly Value?[] _temporaries = new Value?[256];
    private readonly HashSet<int> _pending = [];

    // Conditions that were found to be 0.
    private readonly HashSet<Value> _excluded = [];
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
            bool isCall = operation.Code == IrOpcode.Call && instructionSet.Inline(operation.Width, operation.Immediate) is null && !instructionSet.IsLocal(operation.Width);
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
                var stored = operation.Code == IrOpcode.Store128 ? ReadPair(operation.C) : ReadSlot(operation.C);
                Add(new Step(StepKind.Store, ordinal) { A = Address(operation), B = stored, Size = operation.AccessSize, Base = BaseOf(operation) });
                break;
            case IrOpcode.ProbeWrite:
                Add(new Step(StepKind.Probe, ordinal) { A = Address(operation), Size = operation.Width, Base = BaseOf(operation) });
                break;
            case IrOpcode.TrapIf:
                var condition = ReadSlot(operation.A);
                if (!condition.Is(0) && _excluded.Add(condition))
                    Add(new Step(StepKind.LeaveIf, ordinal) { A = condition });
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
        int size = operation.AccessSize;
        var result = size == 16 ? ValueTable.VectorResult() : ValueTable.Result(8 * size);
        Add(new Step(StepKind.Load, operation.Ordinal) { A = Address(operation), Size = size, Result = result, Base = BaseOf(operation) });
        AssignResult(operation, result);
    }

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

    private Value ReadPair(ushort offset) => _values.Pair(ReadSlot(offset), ReadSlot((ushort)(offset + Word)));

    private Value ReadRegister(int slot)
    {
        if (_current.TryGetValue(slot, out var value))
            return value;
        if (_vectors.FirstOf(slot) is not 0 and int first)
            return ReadVector(first, slot);
        value = ValueTable.Register(slot, _epoch, _flags.Contains(slot) ? 1 : 64);
        _current.Add(slot, value);
        _leaves.Add(slot, value);
        if (!_flags.Contains(slot))
            _plan.Registers.Add(slot);
        return value;
    }

    // Of a vector register one half may have been written already.
    private Value ReadVector(int first, int slot)
    {
        var vector = ValueTable.VectorRegister(first, _epoch);
        _leaves.Add(first, vector);
        _current.TryAdd(first, _values.Half(vector, 0));
        _current.TryAdd(first + 1, _values.Half(vector, 1));
        _plan.Registers.Add(first);
        return _current[slot];
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

    private void AssignResult(in MicroOperation operation, Value result) =>
        AssignResult(operation, result.IsVector ? _values.Half(result, 0) : result, result.IsVector ? _values.Half(result, 1) : null);

    // What a load or a call gives its destination, and perhaps the slot after it.
    private void AssignResult(in MicroOperation operation, Value low, Value? high)
    {
        int slot = operation.Dst / Word;
        _instruction.Add((operation, low, high));
        Assign(slot, low);
        if (high is not null)
            Assign(slot + 1, high);
    }

    private void Commit(int ordinal)
    {
        CommitFlags(ordinal);
        foreach (int slot in _pending)
        {
            int first = _vectors.FirstOf(slot);
            if (first != 0)
                CommitVector(ordinal, first);
            else if (!_flags.Contains(slot))
                Commit(ordinal, slot, _current[slot]);
        }
        _pending.Clear();
    }

    private void CommitVector(int ordinal, int first)
    {
        var vector = _values.Pair(ReadRegister(first), ReadRegister(first + 1));
        Commit(ordinal, first, vector);
        _current[first] = _values.Half(vector, 0);
        _current[first + 1] = _values.Half(vector, 1);
    }

    private void Commit(int ordinal, int slot, Value value)
    {
        _plan.Registers.Add(slot);
        _plan.Written.Add(slot);
        if (!_leaves.TryGetValue(slot, out var leaf) || leaf != value || IsWritten(slot))
            Add(new Step(StepKind.Write, ordinal) { Slot = slot, A = value });
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
