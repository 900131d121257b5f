using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Ir;

namespace TraceKernel.Machine.Execution;

// Vectors: calls of the runtime's own functions, which the JIT turns into single instructions.
internal sealed partial class ValueEmitter
{
    private static readonly MethodInfo Create = Function(nameof(Vector128.Create), typeof(ulong), typeof(ulong));
    private static readonly MethodInfo CreateScalar = Function(nameof(Vector128.CreateScalar), typeof(ulong));
    private static readonly MethodInfo Broadcast = Function(nameof(Vector128.Create), typeof(ulong));
    private static readonly MethodInfo ToScalar = Generic(nameof(Vector128.ToScalar), typeof(ulong));
    private static readonly MethodInfo GetElement = Generic(nameof(Vector128.GetElement), typeof(ulong));
    private static readonly MethodInfo WithElement = Generic(nameof(Vector128.WithElement), typeof(ulong));

    /// <summary>Puts a value on the stack as a parameter of an <see cref="InlineHelper"/> wants it.</summary>
    public void Emit(Value value, Type type)
    {
        if (type == typeof(bool))
        {
            il.Emit(OpCodes.Ldc_I4, (int)value.Constant);
            return;
        }
        Emit(value);
        Convert(il, value.IsVector, type);
    }

    /// <summary>
    /// Makes what stands on the stack, a <c>ulong</c> or a vector of two, what a parameter wants; its low bits where that is less.
    /// </summary>
    public static void Convert(ILGenerator il, bool isVector, Type type)
    {
        if (isVector)
        {
            var element = type.IsGenericType ? type.GetGenericArguments()[0] : type;
            if (element != typeof(ulong))
                il.Emit(OpCodes.Call, Generic(nameof(Vector128.As), typeof(ulong), element));
            if (!type.IsGenericType)
                il.Emit(OpCodes.Call, Generic(nameof(Vector128.ToScalar), element));
        }
        else if (type == typeof(double))
            il.Emit(OpCodes.Call, Method(typeof(BitConverter), nameof(BitConverter.UInt64BitsToDouble), typeof(ulong)));
        else if (type == typeof(float))
        {
            il.Emit(OpCodes.Conv_U4);
            il.Emit(OpCodes.Call, Method(typeof(BitConverter), nameof(BitConverter.UInt32BitsToSingle), typeof(uint)));
        }
    }

    /// <summary>Makes a <c>ulong</c> on the stack a vector with zeros above it.</summary>
    public static void EmitScalar(ILGenerator il) => il.Emit(OpCodes.Call, CreateScalar);

    /// <summary>Makes a vector of anything a vector of <c>ulong</c>.</summary>
    public static void ConvertResult(ILGenerator il, Type type)
    {
        if (type.IsGenericType && type != typeof(Vector128<ulong>))
            il.Emit(OpCodes.Call, Generic(nameof(Vector128.As), type.GetGenericArguments()[0], typeof(ulong)));
    }

    private void EmitVectorOperation(Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Half:
                Emit(value.B!);
                EmitHalf((int)value.Constant);
                break;
            case ValueKind.Pair:
                EmitPair(value.A!, value.B!);
                break;
            case ValueKind.Operation:
                if (value.A is not null)
                    Emit(value.A);
                Emit(value.B!);
                il.Emit(OpCodes.Call, Operator(value.Op switch
                {
                    IrOpcode.Not => "op_OnesComplement",
                    IrOpcode.And => "op_BitwiseAnd",
                    IrOpcode.Or => "op_BitwiseOr",
                    IrOpcode.Xor => "op_ExclusiveOr",
                    IrOpcode.Add => "op_Addition",
                    _ => "op_Subtraction",
                }));
                break;
        }
    }

    private void EmitHalf(int number)
    {
        if (number == 0)
        {
            il.Emit(OpCodes.Call, ToScalar);
            return;
        }
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Call, GetElement);
    }

    private void EmitPair(Value low, Value high)
    {
        if (high.Is(0) && low.IsHalf(0))
        {
            // Without a way through an integer register.
            Emit(low.B!);
            il.Emit(OpCodes.Ldc_I4_M1);
            il.Emit(OpCodes.Conv_I8);
            il.Emit(OpCodes.Call, CreateScalar);
            il.Emit(OpCodes.Call, Operator("op_BitwiseAnd"));
        }
        else if (high.Is(0))
        {
            Emit(low);
            il.Emit(OpCodes.Call, CreateScalar);
        }
        else if (low == high)
        {
            Emit(low);
            il.Emit(OpCodes.Call, Broadcast);
        }
        else if (low.IsHalf(0) || high.IsHalf(1))
        {
            var (kept, replaced, number) = low.IsHalf(0) ? (low, high, 1) : (high, low, 0);
            Emit(kept.B!);
            il.Emit(OpCodes.Ldc_I4, number);
            Emit(replaced);
            il.Emit(OpCodes.Call, WithElement);
        }
        else
        {
            Emit(low);
            Emit(high);
            il.Emit(OpCodes.Call, Create);
        }
    }

    private static MethodInfo Operator(string name) =>
        typeof(Vector128<ulong>).GetMethod(name)!;

    private static MethodInfo Function(string name, params Type[] parameters) => Method(typeof(Vector128), name, parameters);

    private static MethodInfo Generic(string name, params Type[] arguments) => typeof(Vector128).GetMethod(name)!.MakeGenericMethod(arguments);
}
