using System.Reflection.Emit;
using TraceKernel.Machine.Ir;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

// Accesses to memory. Those by one base register mostly stay in one page: a window of the register file remembers which, and only for
// another one the translation table is looked into. A window always shows a page that can be accessed as it says; nothing changes that
// while a region runs.
internal sealed partial class RegionCompiler
{
    // Windows for base registers come first, then those for addresses that are known but for an index.
    private const int RegisterWindows = 48, FixedWindows = FileLayout.WindowCount - RegisterWindows;
    private const ulong FirstFixedAddress = 0x10000;

    // Beyond so many accesses those beside watched bytes are the interpreter's: too many references to locals, and the JIT silently stops
    // optimising.
    private const int MaximumBeside = 60;

    private readonly List<Refill> _refills = [];

    // What is done when an access's page is not the one in the window.
    private readonly record struct Refill(int Window, Label Begin, Label Back, Label Exit, int Size, bool IsWrite)
    {
        public int TagOffset => IsWrite ? Translation.WriteTagOffset : 0;
    }

    private void EmitLoad(Step step)
    {
        var result = step.Result!;
        EmitCheck(step, isWrite: false);
        if (result.IsVector && result.Uses == result.UsesByHalves)
        {
            EmitLoadOfHalves(result);
            return;
        }
        PushHostAddress();
        _il.Emit(OpCodes.Unaligned, (byte)1);
        if (step.Size == 16)
            _il.Emit(OpCodes.Ldobj, TypeOf(result));
        else
            _il.Emit(step.Size switch { 1 => OpCodes.Ldind_U1, 2 => OpCodes.Ldind_U2, 4 => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
        if (step.Size < 8)
            _il.Emit(OpCodes.Conv_U8);
        if (result.Uses == 1 && result.User is { Kind: ValueKind.Pair, Home: null } vector && vector.A == result && vector.B!.Is(0))
        {
            // Straight to where it is wanted.
            ValueEmitter.EmitScalar(_il);
            result = vector;
        }
        KeepResult(result);
    }

    // Nobody wants the vector: two integers are loaded.
    private void EmitLoadOfHalves(Value vector)
    {
        foreach (var half in (ReadOnlySpan<Value?>)[vector.Low, vector.High])
        {
            if (half is null || half.Uses == 0)
                continue;
            PushHostAddress();
            if (half == vector.High)
                PushNextWord();
            _il.Emit(OpCodes.Unaligned, (byte)1);
            _il.Emit(OpCodes.Ldind_I8);
            _values.Keep(half);
        }
    }

    private void EmitStore(Step step)
    {
        EmitCheck(step, isWrite: true);
        if (step.B is { Kind: ValueKind.Pair, Home: null, Uses: 1 } pair && IsInteger(pair.A!) && IsInteger(pair.B!))
        {
            EmitStoreOfHalves(pair);
            return;
        }
        PushHostAddress();
        _values.Emit(step.B!);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        if (step.Size == 16)
            _il.Emit(OpCodes.Stobj, TypeOf(step.B!));
        else
            _il.Emit(step.Size switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    private static bool IsInteger(Value value) => value.Kind != ValueKind.Half;

    // A vector that was only made to be stored.
    private void EmitStoreOfHalves(Value pair)
    {
        PushHostAddress();
        _values.Emit(pair.A!);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        _il.Emit(OpCodes.Stind_I8);
        PushHostAddress();
        PushNextWord();
        _values.Emit(pair.B!);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        _il.Emit(OpCodes.Stind_I8);
    }

    // Leaves in two locals where the access is to be made: a place in host memory and the distance from it. Where it cannot be made here,
    // the interpreter makes it.
    private void EmitCheck(Step step, bool isWrite)
    {
        int window = _layout.Window(WindowOf(step), isWrite);
        var (begin, back) = (_il.DefineLabel(), _il.DefineLabel());
        _refills.Add(new Refill(window, begin, back, ExitBefore(step), step.Size, isWrite));
        _values.Emit(step.A!);
        LoadFile(window);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, _distance);
        _il.Emit(OpCodes.Ldloc, _distance);
        _il.Emit(OpCodes.Ldc_I8, (long)Frame.Size - step.Size);
        _il.Emit(OpCodes.Bgt_Un, begin);
        LoadFile(window + 1);
        _il.Emit(OpCodes.Stloc, _host);
        _il.MarkLabel(back);
    }

    private static int WindowOf(Step step)
    {
        var address = step.A!;
        ulong constant = address.IsConstant ? address.Constant : address.IsOperation(IrOpcode.Add) && address.B!.IsConstant ? address.B.Constant : 0;
        bool isFixed = constant >= FirstFixedAddress && (long)constant > 0;
        return step.Base != 0 && !isFixed
            ? step.Base % RegisterWindows
            : RegisterWindows + (int)((constant / Frame.Size + (isFixed ? 0 : (ulong)step.Ordinal)) % FixedWindows);
    }

    // Another page, if it can be accessed; the table's entry is the first byte's, whose tag a crossing access misses.
    private void EmitRefill(Refill refill, int number)
    {
        var other = number < MaximumBeside ? _il.DefineLabel() : refill.Exit;
        _il.MarkLabel(refill.Begin);
        _il.Emit(OpCodes.Ldloc, _distance);
        FileAddress(refill.Window);
        // Volatile, so that the JIT does not keep for this the page that was compared.
        _il.Emit(OpCodes.Volatile);
        _il.Emit(OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _address);
        EmitLookup();
        PushField(refill.TagOffset, OpCodes.Ldind_I8);
        PushPage(refill.Size - 1);
        _il.Emit(OpCodes.Bne_Un, other);
        PushPage(0);
        _il.Emit(OpCodes.Stloc, _distance);
        StoreFile(refill.Window, _distance);
        _il.Emit(OpCodes.Ldloc, _distance);
        PushField(Translation.DeltaOffset, OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _host);
        StoreFile(refill.Window + 1, _host);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldloc, _distance);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, _distance);
        _il.Emit(OpCodes.Br, refill.Back);
        if (number >= MaximumBeside)
            return;
        _il.MarkLabel(other);
        EmitBeside(refill);
    }

    // An access beside what is watched in its page is like any other, but leaves the window alone. What overlaps begins less than its own
    // size before the watched bytes, or in them.
    private void EmitBeside(Refill refill)
    {
        PushField(refill.TagOffset, OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldc_I8, (long)Translation.Beside);
        _il.Emit(OpCodes.Sub);
        PushPage(refill.Size - 1);
        _il.Emit(OpCodes.Xor);
        _il.Emit(OpCodes.Ldloc, _address);
        PushField(Translation.WatchedOffset, OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldc_I4, Translation.WatchedShift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Sub);
        AddConstant(refill.Size - 1L);
        PushField(Translation.WatchedOffset, OpCodes.Ldind_U2);
        _il.Emit(OpCodes.Conv_U8);
        AddConstant(refill.Size - 1L);
        _il.Emit(OpCodes.Clt_Un);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Or);
        _il.Emit(OpCodes.Brtrue, refill.Exit);
        PushField(Translation.DeltaOffset, OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Stloc, _host);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Stloc, _distance);
        _il.Emit(OpCodes.Br, refill.Back);
    }

    private void AddConstant(long value)
    {
        if (value == 0)
            return;
        _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Add);
    }

    // The page of a byte of the access.
    private void PushPage(int offset)
    {
        _il.Emit(OpCodes.Ldloc, _address);
        AddConstant(offset);
        _il.Emit(OpCodes.Ldc_I8, unchecked((long)Translation.PageMask));
        _il.Emit(OpCodes.And);
    }

    // Translation.Of.
    private void EmitLookup()
    {
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldc_I4, Translation.LowShift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldc_I4, Translation.HighShift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Xor);
        _il.Emit(OpCodes.Ldc_I4, (int)Translation.IndexMask);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _entry);
    }

    // A field of the entry that the lookup found.
    private void PushField(int offset, OpCode load)
    {
        _il.Emit(OpCodes.Ldloc, _entry);
        if (offset != 0)
        {
            _il.Emit(OpCodes.Ldc_I4, offset);
            _il.Emit(OpCodes.Add);
        }
        _il.Emit(load);
    }

    private void PushNextWord()
    {
        _il.Emit(OpCodes.Ldc_I4, sizeof(ulong));
        _il.Emit(OpCodes.Add);
    }

    private void PushHostAddress()
    {
        _il.Emit(OpCodes.Ldloc, _host);
        _il.Emit(OpCodes.Ldloc, _distance);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Conv_I);
    }
}
