using System.Reflection.Emit;
using TraceKernel.Machine.Memory;

namespace TraceKernel.Machine.Execution;

// Accesses to memory. Those by one base register mostly stay in one page: the region remembers which, and looks into the translation table
// only for another. Nothing changes the table while a region runs, but helpers.
internal sealed partial class RegionCompiler
{
    private const int MaximumPages = 6;

    // Beyond so many accesses those beside watched bytes are the interpreter's: too many references to locals, and the JIT silently stops optimising.
    private const int MaximumBeside = 120;

    private readonly Dictionary<AccessBase, KnownPage> _pages = [];
    private readonly List<Refill> _refills = [];

    // The page that accesses by a base register were made to last: its tags for reading and writing, and where it is.
    private sealed record KnownPage(LocalBuilder Read, LocalBuilder Write, LocalBuilder Delta);

    // What is done when an access's page is not the one remembered, or (no page) not the one that the table knows.
    private readonly record struct Refill(KnownPage? Page, Label Begin, Label Back, Label Exit, int Size, bool IsWrite)
    {
        public int TagOffset => IsWrite ? Translation.WriteTagOffset : 0;
    }

    private void ChoosePages()
    {
        var accesses = _plan.Blocks.SelectMany(plan => plan.Steps)
            .Where(step => step.Kind is StepKind.Load or StepKind.Store or StepKind.Probe && step.Base.Register != 0);
        foreach (var group in accesses.GroupBy(step => step.Base).OrderByDescending(group => group.Count()).Take(MaximumPages))
        {
            bool reads = group.Any(step => step.Kind == StepKind.Load), writes = group.Any(step => step.Kind != StepKind.Load);
            var (read, write) = (_il.DeclareLocal(typeof(ulong)), _il.DeclareLocal(typeof(ulong)));
            _pages.Add(group.Key, new KnownPage(reads ? read : write, writes ? write : read, _il.DeclareLocal(typeof(nint))));
        }
    }

    private void ForgetPages()
    {
        foreach (var page in _pages.Values)
        {
            foreach (var tag in (ReadOnlySpan<LocalBuilder>)[page.Read, page.Write])
            {
                _il.Emit(OpCodes.Ldc_I8, unchecked((long)Translation.Invalid));
                _il.Emit(OpCodes.Stloc, tag);
            }
        }
    }

    private void EmitLoad(Step step)
    {
        PushHostAddress(EmitCheck(step, isWrite: false));
        _il.Emit(OpCodes.Unaligned, (byte)1);
        if (step.Size == 16)
            _il.Emit(OpCodes.Ldobj, TypeOf(step.Result!));
        else
            _il.Emit(step.Size switch { 1 => OpCodes.Ldind_U1, 2 => OpCodes.Ldind_U2, 4 => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
        if (step.Size < 8)
            _il.Emit(OpCodes.Conv_U8);
        KeepResult(step.Result!);
    }

    private void EmitStore(Step step)
    {
        PushHostAddress(EmitCheck(step, isWrite: true));
        _values.Emit(step.B!);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        if (step.Size == 16)
            _il.Emit(OpCodes.Stobj, TypeOf(step.B!));
        else
            _il.Emit(step.Size switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    // Leaves the address in its local; answers the local with the difference to the host's. Where the access cannot be made here, the interpreter makes it.
    private LocalBuilder EmitCheck(Step step, bool isWrite)
    {
        _values.Emit(step.A!);
        _il.Emit(OpCodes.Stloc, _address);
        PushLastPage(step.Size);
        _il.Emit(OpCodes.Stloc, _lastPage);
        var (begin, back) = (_il.DefineLabel(), _il.DefineLabel());
        _pages.TryGetValue(step.Base, out var page);
        var refill = new Refill(page, begin, back, ExitBefore(step), step.Size, isWrite);
        _refills.Add(refill);
        if (page is null)
        {
            EmitLookup();
            PushField(refill.TagOffset, OpCodes.Ldind_I8);
            _il.Emit(OpCodes.Ldloc, _lastPage);
            _il.Emit(OpCodes.Bne_Un, begin);
            _il.MarkLabel(back);
            PushField(Translation.DeltaOffset, OpCodes.Ldind_I);
            _il.Emit(OpCodes.Stloc, _host);
            return _host;
        }
        // The table's entry is the first byte's, whose tag a crossing access misses; a remembered page may be the last byte's.
        if (step.Size > 1)
        {
            _il.Emit(OpCodes.Ldloc, _address);
            _il.Emit(OpCodes.Ldc_I8, unchecked((long)Translation.PageMask));
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Ldloc, _lastPage);
            _il.Emit(OpCodes.Bne_Un, begin);
        }
        _il.Emit(OpCodes.Ldloc, isWrite ? page.Write : page.Read);
        _il.Emit(OpCodes.Ldloc, _lastPage);
        _il.Emit(OpCodes.Bne_Un, begin);
        _il.MarkLabel(back);
        return page.Delta;
    }

    private void EmitRefill(Refill refill, int number)
    {
        _il.MarkLabel(refill.Begin);
        if (refill.Page is { } page)
        {
            EmitLookup();
            if (page.Read != page.Write)
            {
                PushField(refill.IsWrite ? 0 : Translation.WriteTagOffset, OpCodes.Ldind_I8);
                _il.Emit(OpCodes.Stloc, refill.IsWrite ? page.Read : page.Write);
            }
            PushField(Translation.DeltaOffset, OpCodes.Ldind_I);
            _il.Emit(OpCodes.Stloc, page.Delta);
            PushField(refill.TagOffset, OpCodes.Ldind_I8);
            _il.Emit(OpCodes.Stloc, refill.IsWrite ? page.Write : page.Read);
            _il.Emit(OpCodes.Ldloc, refill.IsWrite ? page.Write : page.Read);
            _il.Emit(OpCodes.Ldloc, _lastPage);
            _il.Emit(OpCodes.Beq, refill.Back);
        }
        if (number < MaximumBeside)
            EmitBeside(refill);
        else
            _il.Emit(OpCodes.Br, refill.Exit);
    }

    // An access beside what is watched in its page is like any other. What overlaps begins less than its own size before the watched bytes, or in them.
    private void EmitBeside(Refill refill)
    {
        PushField(refill.TagOffset, OpCodes.Ldind_I8);
        _il.Emit(OpCodes.Ldc_I8, (long)Translation.Beside);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Ldloc, _lastPage);
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
        _il.Emit(OpCodes.Brfalse, refill.Back);
        _il.Emit(OpCodes.Br, refill.Exit);
    }

    private void AddConstant(long value)
    {
        if (value == 0)
            return;
        _il.Emit(OpCodes.Ldc_I8, value);
        _il.Emit(OpCodes.Add);
    }

    // The page of the access's last byte.
    private void PushLastPage(int size)
    {
        _il.Emit(OpCodes.Ldloc, _address);
        AddConstant(size - 1L);
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
        _il.Emit(OpCodes.Stloc, _host);
    }

    // A field of the entry that the lookup found.
    private void PushField(int offset, OpCode load)
    {
        _il.Emit(OpCodes.Ldloc, _host);
        if (offset != 0)
        {
            _il.Emit(OpCodes.Ldc_I4, offset);
            _il.Emit(OpCodes.Add);
        }
        _il.Emit(load);
    }

    private void PushHostAddress(LocalBuilder delta)
    {
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Ldloc, delta);
        _il.Emit(OpCodes.Add);
    }
}
