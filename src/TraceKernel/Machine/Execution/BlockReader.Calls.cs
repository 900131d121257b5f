using System.Reflection;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Calls of helpers: as functions of values, through the slots of their operands, through the whole register file.
internal sealed partial class BlockReader
{
    private void ReadCall(in MicroOperation operation)
    {
        if (instructionSet.Inline(operation.Width, operation.Immediate) is not { } inline)
        {
            if (instructionSet.IsLocal(operation.Width))
                ReadLocal(operation);
            else
                ReadHelper(operation);
            return;
        }
        var call = operation;
        var bound = new InlineCall(inline, parameter => Argument(call, parameter));
        var result = inline.ReturnsVector ? ValueTable.VectorResult() : ValueTable.Result();
        Add(new Step(StepKind.Inline, operation.Ordinal) { Inline = bound, Result = result });
        if (inline.ClearsHigh)
            AssignResult(operation, _values.Half(result, 0), _values.Constant(0));
        else
            AssignResult(operation, result);
        if (!inline.MakesEveryday)
            return;
        foreach (var (type, value) in bound.CertainArguments)
        {
            if (value is { IsConstant: false } && NumberIn(type) is { } number)
                value.EverydayAs = number;
        }
        result.EverydayAs = NumberIn(inline.Compute.ReturnType);
    }

    // The type of the low number in what has a type.
    private static Type? NumberIn(Type type)
    {
        var number = type.IsGenericType ? type.GetGenericArguments()[0] : type;
        return number == typeof(double) || number == typeof(float) ? number : null;
    }

    private Value Argument(in MicroOperation call, ParameterInfo parameter)
    {
        if (parameter.Name is "aIsEveryday" or "bIsEveryday")
            return _values.Constant(IsEveryday(parameter.Name[0] == 'a' ? call.A : call.B, parameter) ? 1u : 0u);
        ushort slot = parameter.Name switch
        {
            "a" => call.A,
            "b" => call.B,
            "c" => call.C,
            "dst" => call.Dst,
            "status" => (ushort)(instructionSet.FloatStatus.Index * Word),
            "immediate" => ushort.MaxValue,
            _ => throw new InvalidOperationException($"{parameter.Member}: no value is called {parameter.Name}"),
        };
        if (slot == ushort.MaxValue)
            return _values.Constant(call.Immediate);
        return parameter.ParameterType == typeof(ulong) ? ReadSlot(slot) : parameter.ParameterType.IsGenericType ? ReadPair(slot) : ReadNumber(slot);
    }

    // A number is taken out of its vector without a way through an integer register.
    private Value ReadNumber(ushort offset)
    {
        var value = ReadSlot(offset);
        return value.IsHalf(0) ? value.B! : value;
    }

    // As the number that the method's first parameter is.
    private bool IsEveryday(ushort offset, ParameterInfo parameter) =>
        ReadNumber(offset).EverydayAs == ((MethodInfo)parameter.Member).GetParameters()[0].ParameterType;

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
        List<(int Slot, Value Value)> outputs = _vectors.IsFirst(dst)
            ? [(dst, ValueTable.VectorResult())]
            : [(dst, ValueTable.Result()), (dst + 1, ValueTable.Result())];
        Add(new Step(StepKind.Local, operation.Ordinal) { Operation = operation, Temporaries = Joined(inputs), Outputs = outputs });
        if (outputs.Count == 1)
            AssignResult(operation, outputs[0].Value);
        else
            AssignResult(operation, outputs[0].Value, outputs[1].Value);
        if (status == 0)
            return;
        outputs.Add((status, ValueTable.Result()));
        Assign(status, outputs[^1].Value);
    }

    // Two slots that hold a vector are stored as one: who loads a vector does not wait for two stores.
    private List<(int Slot, Value Value)> Joined(SortedDictionary<int, Value> slots)
    {
        var joined = new List<(int Slot, Value Value)>();
        foreach (var (slot, value) in slots)
        {
            bool follows = joined.Count > 0 && joined[^1].Slot == slot - 1 && !joined[^1].Value.IsVector;
            if (follows && _values.Whole(joined[^1].Value, value) is { } vector)
                joined[^1] = (slot - 1, vector);
            else
                joined.Add((slot, value));
        }
        return joined;
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
        var temporaries = new SortedDictionary<int, Value>();
        for (int i = 0; i < _temporaries.Length; i++)
        {
            int slot = _registers + i;
            if (_temporaries[i] is { } value && (slot >= from || IsOperand(operation, slot)))
                temporaries.Add(slot, value);
        }
        _helper = new Step(StepKind.Helper, operation.Ordinal) { Operation = operation, Temporaries = Joined(temporaries), Target = _pc, Outputs = [] };
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
}
