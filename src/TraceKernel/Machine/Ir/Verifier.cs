namespace TraceKernel.Machine.Ir;

/// <summary>
/// Checks a block against the rules that make every fault precise.
/// <list type="number">
/// <item>A block begins with Start; each instruction begins where the one before ends; nothing follows Goto, GotoIndirect or Trap.</item>
/// <item>Slots are inside the register file, with room for both halves of 128-bit ones; Zero and Pc are never written.</item>
/// <item>A temporary is written before it is read, in the same instruction. A Call may write every temporary from its Dst on.</item>
/// <item>Faults first: once an instruction has written memory or an architectural register, it does nothing more that can fault: no load,
/// probe, TrapIf or Call, and no store but one whose bytes a ProbeWrite covered before, with the same slots A and B. A store is itself both
/// a possible fault and a write; so is a Call, unless its Dst is a temporary: then it writes nothing architectural.</item>
/// </list>
/// </summary>
public sealed class Verifier(int registers, int maximumTemporaries = 256)
{
    private readonly HashSet<int> _written = [];
    private readonly List<IrInstruction> _probes = [];
    private int _allWrittenFrom;
    private bool _hasWritten;

    /// <summary>What is wrong with a block; null when nothing is.</summary>
    public string? Check(IReadOnlyList<IrInstruction> operations)
    {
        if (operations.Count == 0 || operations[0].Op != IrOpcode.Start)
            return "a block begins with Start";
        ulong? next = null;
        for (int i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            if (i > 0 && operations[i - 1].Op is IrOpcode.Goto or IrOpcode.GotoIndirect or IrOpcode.Trap)
                return $"{i}: {operation} follows an exit";
            string? error = operation.Op == IrOpcode.Start ? CheckStart(operation, next) : CheckOperation(operation);
            if (error is not null)
                return $"{i}: {operation}: {error}";
            if (operation.Op == IrOpcode.Start)
                next = operation.Immediate + operation.Width;
        }
        return null;
    }

    private string? CheckStart(in IrInstruction operation, ulong? next)
    {
        _written.Clear();
        _probes.Clear();
        _allWrittenFrom = int.MaxValue;
        _hasWritten = false;
        if (operation.Width == 0)
            return "an instruction has at least one byte";
        return next is not null && next != operation.Immediate ? $"begins at {operation.Immediate:x}, not at {next:x}" : null;
    }

    private string? CheckOperation(in IrInstruction operation) =>
        CheckWidth(operation) ?? CheckReads(operation) ?? CheckOrder(operation) ?? CheckWrites(operation);

    private static string? CheckWidth(in IrInstruction operation)
    {
        int size = SizeOf(operation.Op);
        int width = operation.Op <= IrOpcode.Load128 ? operation.Width & ~IrInstruction.ForUpdate : operation.Width;
        if (size != 0 && width != size)
            return $"its width is {size}";
        return operation.Op == IrOpcode.ProbeWrite && operation.Width == 0 ? "a probe has a width" : null;
    }

    private string? CheckReads(in IrInstruction operation) =>
        CheckRead(operation.A) ?? CheckRead(operation.B) ?? CheckRead(operation.C)
        ?? (operation.Op == IrOpcode.Store128 ? CheckRead(new Slot((ushort)(operation.C.Index + 1))) : null);

    private string? CheckRead(Slot slot)
    {
        if (slot.Index >= registers + maximumTemporaries)
            return $"{slot} is outside the register file";
        return slot.Index >= registers && slot.Index < _allWrittenFrom && !_written.Contains(slot.Index) ? $"{slot} is read before it is written" : null;
    }

    private string? CheckOrder(in IrInstruction operation)
    {
        bool canFault = operation.Op is (>= IrOpcode.Load8 and <= IrOpcode.Call) or IrOpcode.TrapIf;
        if (_hasWritten && canFault && !(IsStore(operation.Op) && IsProbed(operation)))
            return "it can fault after the instruction has written something";
        if (operation.Op == IrOpcode.ProbeWrite)
            _probes.Add(operation);
        return null;
    }

    private bool IsProbed(in IrInstruction store)
    {
        foreach (var probe in _probes)
        {
            ulong offset = store.Immediate - probe.Immediate;
            if (probe.A == store.A && probe.B == store.B && offset < probe.Width && store.Width <= probe.Width - offset)
                return true;
        }
        return false;
    }

    private string? CheckWrites(in IrInstruction operation)
    {
        if (IsStore(operation.Op))
            _hasWritten = true;
        else if (operation.Op == IrOpcode.Call)
            return CheckCallResult(operation.Dst);
        else if (operation.Op is >= IrOpcode.Move and <= IrOpcode.Load128)
            return CheckWrite(operation.Dst) ?? (operation.Op == IrOpcode.Load128 ? CheckWrite(new Slot((ushort)(operation.Dst.Index + 1))) : null);
        else if (operation.Dst != default)
            return "it has no destination";
        return null;
    }

    private string? CheckCallResult(Slot slot)
    {
        if (slot.Index >= registers + maximumTemporaries)
            return $"{slot} is outside the register file";
        if (slot.Index >= registers)
            _allWrittenFrom = Math.Min(_allWrittenFrom, slot.Index);
        else
            _hasWritten = true;
        return null;
    }

    private string? CheckWrite(Slot slot)
    {
        if (slot == Slot.Zero || slot == Slot.Pc)
            return $"{slot} is never written";
        if (slot.Index >= registers + maximumTemporaries)
            return $"{slot} is outside the register file";
        // A probe whose address has changed covers nothing any more.
        _probes.RemoveAll(probe => probe.A == slot || probe.B == slot);
        _hasWritten |= slot.Index < registers;
        _written.Add(slot.Index);
        return null;
    }

    private static bool IsStore(IrOpcode op) => op is >= IrOpcode.Store8 and <= IrOpcode.Store128;

    private static int SizeOf(IrOpcode op) => op switch
    {
        IrOpcode.Load8 or IrOpcode.Store8 => 1,
        IrOpcode.Load16 or IrOpcode.Store16 => 2,
        IrOpcode.Load32 or IrOpcode.Store32 => 4,
        IrOpcode.Load64 or IrOpcode.Store64 => 8,
        IrOpcode.Load128 or IrOpcode.Store128 => 16,
        _ => 0,
    };
}
