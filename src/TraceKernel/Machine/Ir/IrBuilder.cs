namespace TraceKernel.Machine.Ir;

/// <summary>
/// What a lifter writes to: appends operations, numbers temporaries. Rules, checked by the verifier: a temporary is
/// written before it is read and within the same guest instruction; architectural registers and memory are written only after
/// everything in the instruction that can fault has been done ("faults first, writes last").
/// </summary>
public sealed class IrBuilder(int registers, int maximumTemporaries = 256)
{
    private readonly List<IrInstruction> _operations = new(128);
    private int _temporaries;

    /// <summary>Everything appended since <see cref="Clear"/>.</summary>
    public IReadOnlyList<IrInstruction> Operations => _operations;

    /// <summary>Temporaries that any one instruction of the block uses at most.</summary>
    public int MaximumTemporaries { get; private set; }

    /// <summary>True when the last operation leaves the block for good: nothing may follow.</summary>
    public bool IsClosed => _operations.Count > 0 && _operations[^1].Op is IrOpcode.Goto or IrOpcode.GotoIndirect or IrOpcode.Trap;

    public void Clear()
    {
        _operations.Clear();
        _temporaries = 0;
        MaximumTemporaries = 0;
    }

    /// <summary>
    /// Begins the guest instruction of <paramref name="length"/> bytes at <paramref name="address"/>; earlier temporaries die.
    /// </summary>
    public void Start(ulong address, int length)
    {
        _temporaries = 0;
        _operations.Add(new IrInstruction(IrOpcode.Start, (ushort)length, Immediate: address));
    }

    /// <summary>Forgets the operations from <paramref name="count"/> on: a lifter that cannot go on takes back its instruction.</summary>
    public void Truncate(int count) => _operations.RemoveRange(count, _operations.Count - count);

    /// <summary>A new temporary.</summary>
    public Slot Temporary()
    {
        var slot = new Slot((ushort)(registers + _temporaries++));
        Grown();
        return slot;
    }

    /// <summary>Two neighbouring temporaries (128 bits); the first is returned.</summary>
    public Slot Temporary128()
    {
        var slot = new Slot((ushort)(registers + _temporaries));
        _temporaries += 2;
        Grown();
        return slot;
    }

    private void Grown()
    {
        if (_temporaries > maximumTemporaries)
            throw new InvalidOperationException($"more than {maximumTemporaries} temporaries in one instruction");
        MaximumTemporaries = Math.Max(MaximumTemporaries, _temporaries);
    }

    public void Append(in IrInstruction operation) => _operations.Add(operation);

    // Values: each returns a new temporary.
    public Slot Constant(ulong value) => Value(IrOpcode.Move, default, Slot.Zero, value);
    public Slot Unary(IrOpcode op, Slot b) => Value(op, default, b, 0);
    public Slot Binary(IrOpcode op, Slot a, Slot b) => Value(op, a, b, 0);
    public Slot Binary(IrOpcode op, Slot a, ulong b) => Value(op, a, Slot.Zero, b);
    public Slot Add(Slot a, Slot b) => Binary(IrOpcode.Add, a, b);
    public Slot Add(Slot a, ulong b) => Binary(IrOpcode.Add, a, b);
    public Slot Subtract(Slot a, Slot b) => Binary(IrOpcode.Subtract, a, b);
    public Slot Subtract(Slot a, ulong b) => Binary(IrOpcode.Subtract, a, b);
    public Slot And(Slot a, Slot b) => Binary(IrOpcode.And, a, b);
    public Slot And(Slot a, ulong b) => Binary(IrOpcode.And, a, b);
    public Slot Or(Slot a, Slot b) => Binary(IrOpcode.Or, a, b);
    public Slot Or(Slot a, ulong b) => Binary(IrOpcode.Or, a, b);
    public Slot Xor(Slot a, Slot b) => Binary(IrOpcode.Xor, a, b);
    public Slot Xor(Slot a, ulong b) => Binary(IrOpcode.Xor, a, b);
    public Slot ShiftLeft(Slot a, Slot b) => Binary(IrOpcode.ShiftLeft, a, b);
    public Slot ShiftLeft(Slot a, ulong b) => Binary(IrOpcode.ShiftLeft, a, b);
    public Slot ShiftRight(Slot a, Slot b) => Binary(IrOpcode.ShiftRight, a, b);
    public Slot ShiftRight(Slot a, ulong b) => Binary(IrOpcode.ShiftRight, a, b);
    public Slot Equal(Slot a, Slot b) => Binary(IrOpcode.Equal, a, b);
    public Slot Equal(Slot a, ulong b) => Binary(IrOpcode.Equal, a, b);
    public Slot NotEqual(Slot a, Slot b) => Binary(IrOpcode.NotEqual, a, b);
    public Slot NotEqual(Slot a, ulong b) => Binary(IrOpcode.NotEqual, a, b);

    /// <summary>condition ≠ 0 ? <paramref name="whenSet"/> : <paramref name="whenClear"/>.</summary>
    public Slot Select(Slot condition, Slot whenSet, Slot whenClear)
    {
        var result = Temporary();
        _operations.Add(new IrInstruction(IrOpcode.Select, 0, result, whenSet, whenClear, condition));
        return result;
    }

    // Registers.
    public void Move(Slot destination, Slot source) => _operations.Add(new IrInstruction(IrOpcode.Move, 0, destination, default, source));
    public void Move(Slot destination, ulong value) =>
        _operations.Add(new IrInstruction(IrOpcode.Move, 0, destination, default, Slot.Zero, Immediate: value));

    /// <summary>destination = op(a, b + immediate), into a register or an existing temporary.</summary>
    public void Into(Slot destination, IrOpcode op, Slot a, Slot b, ulong immediate = 0) =>
        _operations.Add(new IrInstruction(op, 0, destination, a, b, default, immediate));

    /// <summary>Loads <paramref name="size"/> (1, 2, 4 or 8) bytes, zero-extended; see <see cref="IrInstruction.ForUpdate"/>.</summary>
    public Slot Load(int size, Slot baseAddress, Slot index = default, ulong displacement = 0, bool forUpdate = false)
    {
        var result = Temporary();
        int width = size | (forUpdate ? IrInstruction.ForUpdate : 0);
        _operations.Add(new IrInstruction(LoadOf(size), (ushort)width, result, baseAddress, index, default, displacement));
        return result;
    }

    /// <summary>Stores <paramref name="size"/> (1, 2, 4 or 8) bytes.</summary>
    public void Store(int size, Slot value, Slot baseAddress, Slot index = default, ulong displacement = 0) =>
        _operations.Add(new IrInstruction(StoreOf(size), (ushort)size, default, baseAddress, index, value, displacement));

    /// <summary>Sixteen bytes into a new pair of temporaries; the first is returned.</summary>
    public Slot Load128(Slot baseAddress, ulong displacement = 0)
    {
        var result = Temporary128();
        _operations.Add(new IrInstruction(IrOpcode.Load128, 16, result, baseAddress, default, default, displacement));
        return result;
    }

    public void Store128(Slot value, Slot baseAddress, ulong displacement = 0) =>
        _operations.Add(new IrInstruction(IrOpcode.Store128, 16, default, baseAddress, default, value, displacement));

    public void ProbeWrite(int size, Slot address, ulong displacement = 0) =>
        _operations.Add(new IrInstruction(IrOpcode.ProbeWrite, (ushort)size, default, address, default, default, displacement));

    /// <summary>Calls a helper of the instruction set; see <see cref="Execution.Helper"/>.</summary>
    public void Call(int helper, Slot destination = default, Slot a = default, Slot b = default, Slot c = default, ulong immediate = 0) =>
        _operations.Add(new IrInstruction(IrOpcode.Call, (ushort)helper, destination, a, b, c, immediate));

    // Exits.
    public void Goto(ulong target) => _operations.Add(new IrInstruction(IrOpcode.Goto, Immediate: target));
    public void GotoIf(Slot condition, ulong target) => _operations.Add(new IrInstruction(IrOpcode.GotoIf, A: condition, Immediate: target));
    public void GotoIndirect(Slot target) => _operations.Add(new IrInstruction(IrOpcode.GotoIndirect, B: target));

    /// <summary>Raises <paramref name="trap"/> with the program counter at <paramref name="pc"/>.</summary>
    public void Trap(int trap, ulong pc) => _operations.Add(new IrInstruction(IrOpcode.Trap, (ushort)trap, Immediate: pc));

    /// <summary>Raises <paramref name="trap"/> at this instruction when <paramref name="condition"/> ≠ 0.</summary>
    public void TrapIf(Slot condition, int trap) => _operations.Add(new IrInstruction(IrOpcode.TrapIf, (ushort)trap, A: condition));

    private Slot Value(IrOpcode op, Slot a, Slot b, ulong immediate)
    {
        var result = Temporary();
        _operations.Add(new IrInstruction(op, 0, result, a, b, default, immediate));
        return result;
    }

    private static IrOpcode LoadOf(int size) => size switch
    {
        1 => IrOpcode.Load8,
        2 => IrOpcode.Load16,
        4 => IrOpcode.Load32,
        8 => IrOpcode.Load64,
        _ => throw new ArgumentOutOfRangeException(nameof(size)),
    };

    private static IrOpcode StoreOf(int size) => size switch
    {
        1 => IrOpcode.Store8,
        2 => IrOpcode.Store16,
        4 => IrOpcode.Store32,
        8 => IrOpcode.Store64,
        _ => throw new ArgumentOutOfRangeException(nameof(size)),
    };
}
