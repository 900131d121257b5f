using System.Reflection.Emit;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Calls of helpers.
internal sealed partial class RegionCompiler
{
    private void KeepResult(Value value)
    {
        if (value.Uses > 0)
            _values.Keep(value);
        else
            _il.Emit(OpCodes.Pop);
    }

    private void EmitHelper(Step step, int index)
    {
        const int Word = sizeof(ulong);
        foreach (var (slot, value) in step.Temporaries!)
            StoreFile(slot, value);
        FileAddress(Slot.Pc.Index);
        _il.Emit(OpCodes.Ldc_I8, (long)step.Target);
        _il.Emit(OpCodes.Stind_I8);
        SaveState();
        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Stloc, _recipe);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Ldc_I8, (long)(_block.Block.Instructions - step.Ordinal));
        _il.Emit(OpCodes.Add);
        foreach (int operand in (ReadOnlySpan<int>)
            [step.Operation.Width, step.Operation.Dst / Word, step.Operation.A / Word, step.Operation.B / Word, step.Operation.C / Word])
            _il.Emit(OpCodes.Ldc_I4, operand);
        _il.Emit(OpCodes.Ldc_I8, (long)step.Operation.Immediate);
        _il.Emit(OpCodes.Call, typeof(Translator).GetMethod(nameof(Translator.CallHelper))!);
        _values.DisplaceAll(index);
        LoadRegisters(_plan.FlagsHeld);
        _il.Emit(OpCodes.Brfalse, ExitBefore(step));
        foreach (var (slot, value) in step.Outputs!)
        {
            LoadFile(slot, TypeOf(value));
            KeepResult(value);
        }
    }

    private void EmitLocal(Step step)
    {
        const int Word = sizeof(ulong);
        var operation = step.Operation;
        foreach (var (slot, value) in step.Temporaries!)
            StoreFile(slot, value);
        _il.Emit(OpCodes.Call, typeof(Translator).GetProperty(nameof(Translator.RunningCpu))!.GetMethod!);
        foreach (int operand in (ReadOnlySpan<int>)[operation.Dst / Word, operation.A / Word, operation.B / Word, operation.C / Word])
            _il.Emit(OpCodes.Ldc_I4, operand);
        _il.Emit(OpCodes.Ldc_I8, (long)operation.Immediate);
        _il.Emit(OpCodes.Call, _instructionSet.Helpers[operation.Width].Method);
        _il.Emit(OpCodes.Ldc_I4, InstructionSet.NoTrap);
        _il.Emit(OpCodes.Bne_Un, ExitBefore(step));
        foreach (var (slot, value) in step.Outputs!)
        {
            LoadFile(slot, TypeOf(value));
            KeepResult(value);
        }
    }

    private void EmitInline(Step step)
    {
        var call = step.Inline!;
        foreach (var (type, value) in call.ComputeArguments)
            _values.Emit(value!, type);
        _il.Emit(OpCodes.Call, call.Helper.Compute);
        ValueEmitter.ConvertResult(_il, call.Helper.Compute.ReturnType);
        if (call.Helper.IsCertain is not { } certain)
        {
            KeepResult(step.Result!);
            return;
        }
        _values.Keep(step.Result!);
        foreach (var (type, value) in call.CertainArguments)
            _values.Emit(value ?? step.Result!, type);
        _il.Emit(OpCodes.Call, certain);
        _il.Emit(OpCodes.Brfalse, ExitBefore(step));
    }
}
