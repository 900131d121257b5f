using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Calls of helpers.
internal sealed partial class RegionCompiler
{
    private static readonly MethodInfo CreateVector = typeof(Vector128).GetMethod(nameof(Vector128.Create), [typeof(ulong), typeof(ulong)])!;
    private static readonly MethodInfo GetElement =
        typeof(Vector128).GetMethod(nameof(Vector128.GetElement))!.MakeGenericMethod(typeof(ulong));

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
        {
            FileAddress(slot);
            _values.Emit(value);
            _il.Emit(OpCodes.Stind_I8);
        }
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
        ForgetPages();
        _il.Emit(OpCodes.Brfalse, ExitBefore(step));
        foreach (var (slot, value) in step.Outputs!)
        {
            LoadFile(slot);
            KeepResult(value);
        }
    }

    private void EmitLocal(Step step)
    {
        const int Word = sizeof(ulong);
        var operation = step.Operation;
        foreach (var (slot, value) in step.Temporaries!)
        {
            FileAddress(slot);
            _values.Emit(value);
            _il.Emit(OpCodes.Stind_I8);
        }
        _il.Emit(OpCodes.Call, typeof(Translator).GetProperty(nameof(Translator.RunningCpu))!.GetMethod!);
        foreach (int operand in (ReadOnlySpan<int>)[operation.Dst / Word, operation.A / Word, operation.B / Word, operation.C / Word])
            _il.Emit(OpCodes.Ldc_I4, operand);
        _il.Emit(OpCodes.Ldc_I8, (long)operation.Immediate);
        _il.Emit(OpCodes.Call, _instructionSet.Helpers[operation.Width].Method);
        _il.Emit(OpCodes.Ldc_I4, InstructionSet.NoTrap);
        _il.Emit(OpCodes.Bne_Un, ExitBefore(step));
        foreach (var (slot, value) in step.Outputs!)
        {
            LoadFile(slot);
            KeepResult(value);
        }
    }

    private void EmitInline(Step step)
    {
        var call = step.Inline!;
        var result = _il.DeclareLocal(call.Helper.Compute.ReturnType);
        EmitArguments(call.ComputeArguments, result);
        _il.Emit(OpCodes.Call, call.Helper.Compute);
        _il.Emit(OpCodes.Stloc, result);
        if (call.Helper.IsCertain is { } certain)
        {
            EmitArguments(call.CertainArguments, result);
            _il.Emit(OpCodes.Call, certain);
            _il.Emit(OpCodes.Brfalse, ExitBefore(step));
        }
        PushElement(result, call.Helper.ReturnsVector, 0);
        KeepResult(step.Result!);
        if (step.ResultHigh is not { } high)
            return;
        PushElement(result, isVector: true, 1);
        KeepResult(high);
    }

    private void EmitArguments(Value[][] arguments, LocalBuilder result)
    {
        foreach (var argument in arguments)
        {
            if (argument.Length == 0)
                _il.Emit(OpCodes.Ldloc, result);
            foreach (var value in argument)
                _values.Emit(value);
            if (argument.Length == 2)
                _il.Emit(OpCodes.Call, CreateVector);
        }
    }

    private void PushElement(LocalBuilder result, bool isVector, int number)
    {
        _il.Emit(OpCodes.Ldloc, result);
        if (!isVector)
            return;
        _il.Emit(OpCodes.Ldc_I4, number);
        _il.Emit(OpCodes.Call, GetElement);
    }
}
