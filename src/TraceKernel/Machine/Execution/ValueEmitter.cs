using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

/// <summary>Writes the IL that computes values, and knows which local holds which.</summary>
internal sealed partial class ValueEmitter(ILGenerator il, VectorSlots vectors)
{
    private readonly Stack<LocalBuilder> _free = [], _freeVectors = [];
    private readonly List<Value> _inTemporaries = [];
    private readonly Dictionary<int, Value> _inRegisters = [];
    private readonly Dictionary<int, LocalBuilder> _registers = [];

    /// <summary>The local of a register, which has one from its first mention.</summary>
    public LocalBuilder LocalOf(int slot)
    {
        if (!_registers.TryGetValue(slot, out var local))
            _registers.Add(slot, local = il.DeclareLocal(vectors.IsFirst(slot) ? typeof(Vector128<ulong>) : typeof(ulong)));
        return local;
    }

    /// <summary>A block begins: the registers are in their locals, nothing else is known.</summary>
    public void Begin()
    {
        foreach (var value in _inTemporaries)
            FreeOf(value).Push(value.Home!);
        _inTemporaries.Clear();
        _inRegisters.Clear();
    }

    /// <summary>Gives back the locals of values that no step after this one asks for.</summary>
    public void EndStep(int step)
    {
        for (int i = _inTemporaries.Count - 1; i >= 0; i--)
        {
            var value = _inTemporaries[i];
            if (value.LastNeeded > step)
                continue;
            FreeOf(value).Push(value.Home!);
            _inTemporaries.RemoveAt(i);
        }
    }

    /// <summary>Puts a value on the stack.</summary>
    public void Emit(Value value)
    {
        if (value.IsConstant)
        {
            il.Emit(OpCodes.Ldc_I8, (long)value.Constant);
            return;
        }
        if (value.Home is not null)
        {
            il.Emit(OpCodes.Ldloc, value.Home);
            return;
        }
        EmitOperation(value);
        if (value.Uses < 2)
            return;
        il.Emit(OpCodes.Dup);
        Keep(value);
    }

    /// <summary>Takes a value from the stack into a local of its own, as long as somebody asks for it.</summary>
    public void Keep(Value value)
    {
        value.Home = FreeOf(value).TryPop(out var local) ? local : il.DeclareLocal(value.IsVector ? typeof(Vector128<ulong>) : typeof(ulong));
        _inTemporaries.Add(value);
        il.Emit(OpCodes.Stloc, value.Home);
    }

    /// <summary>
    /// Register = value, from step <paramref name="step"/> on. What the register held and is asked for later moves elsewhere.
    /// </summary>
    public void Write(int slot, Value value, int step)
    {
        var local = LocalOf(slot);
        if (_inRegisters.TryGetValue(slot, out var held) && held == value && value.Home == local)
            return;
        bool isNew = value.IsComputed && value.Home is null;
        if (isNew)
            EmitOperation(value);
        else
            Emit(value);
        Displace(slot, step);
        il.Emit(OpCodes.Stloc, local);
        if (!isNew)
            return;
        value.Home = local;
        _inRegisters[slot] = value;
    }

    /// <summary>The local of a register is about to change.</summary>
    public void Displace(int slot, int step)
    {
        if (!_inRegisters.Remove(slot, out var held) || held.Home != LocalOf(slot))
            return;
        held.Home = null;
        if (held.LastNeeded <= step)
            return;
        il.Emit(OpCodes.Ldloc, LocalOf(slot));
        Keep(held);
    }

    /// <summary>All values that registers hold move, if they are asked for later.</summary>
    public void DisplaceAll(int step)
    {
        foreach (int slot in _inRegisters.Keys.ToArray())
            Displace(slot, step);
    }

    /// <summary>Register values stand in their registers' locals from here on.</summary>
    public void Adopt(IEnumerable<Value> values)
    {
        foreach (var value in values)
        {
            value.Home = LocalOf(value.Slot);
            _inRegisters[value.Slot] = value;
        }
    }

    /// <summary>Branches when a value is not 0.</summary>
    public void BranchIf(Value value, Label target)
    {
        if (value.Kind == ValueKind.Operation && value.Home is null && value.Uses < 2)
        {
            if (value.Op is >= IrOpcode.Equal and <= IrOpcode.LessOrEqualSigned)
            {
                EmitComparands(value);
                il.Emit(value.Op switch
                {
                    IrOpcode.Equal => OpCodes.Beq,
                    IrOpcode.NotEqual => OpCodes.Bne_Un,
                    IrOpcode.LessUnsigned => OpCodes.Blt_Un,
                    IrOpcode.LessSigned => OpCodes.Blt,
                    IrOpcode.LessOrEqualUnsigned => OpCodes.Ble_Un,
                    _ => OpCodes.Ble,
                }, target);
                return;
            }
            if (IsSign(value, out var conversion))
            {
                Emit(value.A!);
                il.Emit(conversion);
                il.Emit(OpCodes.Ldc_I4_0);
                if (conversion == OpCodes.Conv_I8)
                    il.Emit(OpCodes.Conv_I8);
                il.Emit(OpCodes.Blt, target);
                return;
            }
            if (value.Op == IrOpcode.Xor && value.B!.Is(1) && value.A!.Bits == 1)
            {
                Emit(value.A);
                il.Emit(OpCodes.Brfalse, target);
                return;
            }
        }
        Emit(value);
        il.Emit(OpCodes.Brtrue, target);
    }

    // Numbers of 32 bits with sign are compared as such, without being extended.
    private void EmitComparands(Value comparison)
    {
        var (a, b) = (comparison.A!, comparison.B!);
        bool isShort = comparison.Op is IrOpcode.LessSigned or IrOpcode.LessOrEqualSigned && (IsExtended(a) || IsExtended(b))
            && (IsExtended(a) || IsShort(a)) && (IsExtended(b) || IsShort(b));
        foreach (var value in (ReadOnlySpan<Value>)[a, b])
        {
            if (isShort && value.IsConstant)
            {
                il.Emit(OpCodes.Ldc_I4, (int)value.Constant);
                continue;
            }
            Emit(isShort ? value.B! : value);
            if (isShort)
                il.Emit(OpCodes.Conv_I4);
        }
    }

    private static bool IsExtended(Value value) => value.IsOperation(IrOpcode.SignExtend32) && value.Home is null;

    private static bool IsShort(Value value) => value.IsConstant && (long)value.Constant == (int)value.Constant;

    // The top bit of something, which is its sign.
    private static bool IsSign(Value value, out OpCode conversion)
    {
        conversion = OpCodes.Conv_I8;
        if (value.Op != IrOpcode.ShiftRight || !value.B!.IsConstant)
            return false;
        conversion = value.B.Constant == 63 ? OpCodes.Conv_I8 : OpCodes.Conv_I4;
        return value.B.Constant == 63 || (value.B.Constant == 31 && value.A!.Bits <= 32);
    }

    private Stack<LocalBuilder> FreeOf(Value value) => value.IsVector ? _freeVectors : _free;

    private void EmitOperation(Value value)
    {
        if (value.IsVector || value.Kind == ValueKind.Half)
        {
            EmitVectorOperation(value);
            return;
        }
        switch (value.Op)
        {
            case < IrOpcode.Add:
                Emit(value.B!);
                EmitUnary(value.Op);
                break;
            case IrOpcode.ShiftLeft or IrOpcode.ShiftRight or IrOpcode.ShiftRightSigned when value.B!.Bits <= 6:
                Emit(value.A!);
                EmitCount(value.B);
                il.Emit(value.Op switch { IrOpcode.ShiftLeft => OpCodes.Shl, IrOpcode.ShiftRight => OpCodes.Shr_Un, _ => OpCodes.Shr });
                break;
            case IrOpcode.RotateRight32 when value.B!.IsConstant:
                Emit(value.A!);
                il.Emit(OpCodes.Conv_U4);
                il.Emit(OpCodes.Ldc_I4, (int)(value.B.Constant & 31));
                il.Emit(OpCodes.Call, Method(typeof(BitOperations), nameof(BitOperations.RotateRight), typeof(uint), typeof(int)));
                il.Emit(OpCodes.Conv_U8);
                break;
            case IrOpcode.Select:
                Emit(value.A!);
                Emit(value.B!);
                Emit(value.C!);
                il.Emit(OpCodes.Call, Operation(nameof(Operations.Select)));
                break;
            default:
                Emit(value.A!);
                Emit(value.B!);
                EmitBinary(value.Op);
                break;
        }
    }

    private void EmitCount(Value count)
    {
        if (count.IsConstant)
        {
            il.Emit(OpCodes.Ldc_I4, (int)count.Constant);
            return;
        }
        Emit(count);
        il.Emit(OpCodes.Conv_I4);
    }

    private void EmitUnary(IrOpcode op)
    {
        switch (op)
        {
            case IrOpcode.Not: il.Emit(OpCodes.Not); break;
            case IrOpcode.Negate: il.Emit(OpCodes.Neg); break;
            case IrOpcode.ZeroExtend8: il.Emit(OpCodes.Conv_U1); il.Emit(OpCodes.Conv_U8); break;
            case IrOpcode.ZeroExtend16: il.Emit(OpCodes.Conv_U2); il.Emit(OpCodes.Conv_U8); break;
            case IrOpcode.ZeroExtend32: il.Emit(OpCodes.Conv_U4); il.Emit(OpCodes.Conv_U8); break;
            case IrOpcode.SignExtend8: il.Emit(OpCodes.Conv_I1); il.Emit(OpCodes.Conv_I8); break;
            case IrOpcode.SignExtend16: il.Emit(OpCodes.Conv_I2); il.Emit(OpCodes.Conv_I8); break;
            case IrOpcode.SignExtend32: il.Emit(OpCodes.Conv_I4); il.Emit(OpCodes.Conv_I8); break;
            case IrOpcode.PopulationCount: EmitCount(nameof(BitOperations.PopCount)); break;
            case IrOpcode.LeadingZeros: EmitCount(nameof(BitOperations.LeadingZeroCount)); break;
            case IrOpcode.TrailingZeros: EmitCount(nameof(BitOperations.TrailingZeroCount)); break;
            default: il.Emit(OpCodes.Call, Operation(op.ToString())); break;
        }
    }

    private void EmitCount(string method)
    {
        il.Emit(OpCodes.Call, Method(typeof(BitOperations), method, typeof(ulong)));
        il.Emit(OpCodes.Conv_I8);
    }

    private void EmitBinary(IrOpcode op)
    {
        switch (op)
        {
            case IrOpcode.Add: il.Emit(OpCodes.Add); break;
            case IrOpcode.Subtract: il.Emit(OpCodes.Sub); break;
            case IrOpcode.Multiply: il.Emit(OpCodes.Mul); break;
            case IrOpcode.And: il.Emit(OpCodes.And); break;
            case IrOpcode.Or: il.Emit(OpCodes.Or); break;
            case IrOpcode.Xor: il.Emit(OpCodes.Xor); break;
            case IrOpcode.Equal: EmitComparison(OpCodes.Ceq, false); break;
            case IrOpcode.NotEqual: EmitComparison(OpCodes.Ceq, true); break;
            case IrOpcode.LessUnsigned: EmitComparison(OpCodes.Clt_Un, false); break;
            case IrOpcode.LessSigned: EmitComparison(OpCodes.Clt, false); break;
            case IrOpcode.LessOrEqualUnsigned: EmitComparison(OpCodes.Cgt_Un, true); break;
            case IrOpcode.LessOrEqualSigned: EmitComparison(OpCodes.Cgt, true); break;
            default: il.Emit(OpCodes.Call, Operation(op.ToString())); break;
        }
    }

    private void EmitComparison(OpCode comparison, bool negated)
    {
        il.Emit(comparison);
        if (negated)
        {
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Ceq);
        }
        il.Emit(OpCodes.Conv_U8);
    }

    private static MethodInfo Operation(string name) => typeof(Operations).GetMethod(name)!;

    private static MethodInfo Method(Type type, string name, params Type[] parameters) => type.GetMethod(name, parameters)!;
}
