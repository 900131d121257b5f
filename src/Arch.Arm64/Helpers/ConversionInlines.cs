using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// The everyday cases of the scalar conversions, for translations: those of <see cref="ConversionHelpers"/> to integers by truncation and
/// from integers, both without fraction bits, and between single and double.
/// </summary>
internal static partial class ConversionInlines
{
    private const int Truncation = (int)FloatRounding.TowardZero + 1;

    // Integers up to it are doubles (singles).
    private const ulong LargestDouble = 1UL << 53, LargestSingle = 1UL << 24;

    /// <summary>Of a helper of <see cref="ConversionHelpers"/>.</summary>
    public static InlineHelper? Of(string helper, ulong immediate)
    {
        if (helper == nameof(ConversionHelpers.Scalar))
            return immediate == 0x32 ? Function(nameof(Widened)) : immediate == 0x23 ? Function(nameof(Narrowed)) : null;
        var shape = LaneShape.Of(immediate);
        if ((shape.Amount & 0xff) != 0)
            return null;
        string type = shape.Size == 3 ? "Double" : "Single";
        if (helper == nameof(ConversionHelpers.FromGeneral))
            return Function(type + "Of");
        return helper == nameof(ConversionHelpers.ToGeneral) && shape.Amount >> 8 == Truncation ? Function("Truncated" + type) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> DoubleOf(ulong a, ulong immediate) => Vector128.CreateScalar((double)Extended(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDoubleOfCertain(ulong a, ulong status, ulong immediate) =>
        IsWithin(Extended(a, immediate), LargestDouble, immediate) ||
        (FloatInlines.IsPlain(status) && FloatInlines.IsInexactSeen(status) && ((long)a >= 0 || !IsUnsigned(immediate)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SingleOf(ulong a, ulong immediate) => Vector128.CreateScalar((float)(int)Extended(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSingleOfCertain(ulong a, ulong immediate) => IsWithin(Extended(a, immediate), LargestSingle, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TruncatedDouble(Vector128<double> a, ulong immediate) => Integer((long)a[0], immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncatedDoubleCertain(Vector128<double> a, ulong status, ulong immediate) =>
        a[0] < Limit(immediate) && a[0] > Least(immediate) && FloatInlines.IsPlain(status) &&
            (FloatInlines.IsInexactSeen(status) || (long)a[0] == a[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TruncatedSingle(Vector128<float> a, ulong immediate) => Integer((long)a[0], immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncatedSingleCertain(Vector128<float> a, ulong status, ulong immediate) =>
        a[0] < Limit(immediate) && a[0] > Least(immediate) && FloatInlines.IsPlain(status) &&
            (FloatInlines.IsInexactSeen(status) || (long)a[0] == a[0]);

    public static Vector128<double> Widened(Vector128<float> a) => Vector128.CreateScalar((double)a[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsWidenedCertain(Vector128<float> a, ulong status) => !float.IsNaN(a[0]) && FloatInlines.IsPlain(status);

    public static Vector128<float> Narrowed(Vector128<double> a) => Vector128.CreateScalar((float)a[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNarrowedCertain(Vector128<double> a, Vector128<float> result, ulong status) =>
        FloatInlines.IsPlain(status) &&
        (a[0] == 0 || (FloatRange.IsNormal(result).AsUInt32()[0] != 0 && (FloatInlines.IsInexactSeen(status) || result[0] == a[0])));

    // The integer in a general register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Extended(ulong a, ulong immediate) =>
        IsLong(immediate) ? (long)a : IsUnsigned(immediate) ? (uint)a : (int)a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Integer(long value, ulong immediate) => IsLong(immediate) ? (ulong)value : (uint)value;

    // What is truncated lies below it,
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Limit(ulong immediate) =>
        IsLong(immediate) ? 1L << 62 : IsUnsigned(immediate) ? 1L << 32 : 1L << 31;

    // and above this: an unsigned integer is never less than 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Least(ulong immediate) =>
        IsUnsigned(immediate) ? -1 : IsLong(immediate) ? -(1L << 62) : -(1L << 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWithin(long value, ulong limit, ulong immediate) =>
        IsUnsigned(immediate) ? (ulong)value <= limit : (ulong)value + limit <= 2 * limit;

    // LaneShape.IsUnsigned, and whether its index says eight bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUnsigned(ulong immediate) => (immediate >> 29 & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLong(ulong immediate) => (immediate >> 20 & 31) == 4;

    private static InlineHelper Function(string name)
    {
        var compute = Method(name);
        return new InlineHelper(compute, Method($"Is{name}Certain"), ClearsHigh: compute.ReturnType != typeof(ulong));
    }

    private static MethodInfo Method(string name) => typeof(ConversionInlines).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!;
}
