using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

/// <summary>
/// Operations on integer elements as functions of vectors, for translations. A function is found by its name: the operation's, then the way
/// that it goes through the elements, if that is not <see cref="LaneHelpers.Same"/>.
/// </summary>
internal static partial class LaneInlines
{
    private static readonly Type[] Unsigned = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];
    private static readonly Type[] Signed = [typeof(sbyte), typeof(short), typeof(int), typeof(long)];

    /// <summary>Of a helper of <see cref="LaneHelpers"/>; null when there is no such function.</summary>
    public static InlineHelper? Of(string helper, in LaneShape shape)
    {
        bool narrows = helper is nameof(LaneHelpers.Narrow) or nameof(LaneHelpers.NarrowRounded) or nameof(LaneHelpers.NarrowHigh);
        bool widens = helper is nameof(LaneHelpers.Long) or nameof(LaneHelpers.Wide) or nameof(LaneHelpers.PairwiseLong);
        int bytes = widens && helper == nameof(LaneHelpers.PairwiseLong) ? shape.Count << (shape.Size + 1) : shape.Count << shape.Size;
        // Of scalars only doublewords.
        if (bytes < 8)
            return null;
        string name = shape.Operation + (helper == nameof(LaneHelpers.Same) ? "" : helper) + (shape.Index >= 0 ? "ByElement" : "");
        if (narrows && shape.IsUpper)
            name += "Upper";
        var types = shape.IsUnsigned ? Unsigned : Signed;
        bool clearsHigh = helper == nameof(LaneHelpers.Across) ||
            (narrows ? !shape.IsUpper : bytes == 8 && helper is not (nameof(LaneHelpers.Long) or nameof(LaneHelpers.Wide)));
        return widens || narrows
            ? Function(name, clearsHigh, types[shape.Size], types[shape.Size + 1])
            : Function(name, clearsHigh, types[shape.Size]);
    }

    private static InlineHelper? Function(string name, bool clearsHigh, params Type[] types) => Method(name, types) is { } compute
        ? new InlineHelper(compute, Method($"Is{name}Certain", types), ClearsHigh: clearsHigh)
        : null;

    private static MethodInfo? Method(string name, Type[] types) =>
        typeof(LaneInlines).GetMethod(name, BindingFlags.Static | BindingFlags.Public) is { } method &&
            method.GetGenericArguments().Length == types.Length
            ? method.MakeGenericMethod(types)
            : null;

    public static Vector128<T> Add<T>(Vector128<T> a, Vector128<T> b) => a + b;

    public static Vector128<T> Subtract<T>(Vector128<T> a, Vector128<T> b) => a - b;

    public static Vector128<T> GreaterThan<T>(Vector128<T> a, Vector128<T> b) => Vector128.GreaterThan(a, b);

    public static Vector128<T> GreaterOrEqual<T>(Vector128<T> a, Vector128<T> b) => Vector128.GreaterThanOrEqual(a, b);

    public static Vector128<T> Equal<T>(Vector128<T> a, Vector128<T> b) => Vector128.Equals(a, b);

    public static Vector128<T> Test<T>(Vector128<T> a, Vector128<T> b) => ~Vector128.Equals(a & b, Vector128<T>.Zero);

    public static Vector128<T> GreaterThanSameWithZero<T>(Vector128<T> a) => Vector128.GreaterThan(a, Vector128<T>.Zero);

    public static Vector128<T> GreaterOrEqualSameWithZero<T>(Vector128<T> a) => Vector128.GreaterThanOrEqual(a, Vector128<T>.Zero);

    public static Vector128<T> EqualSameWithZero<T>(Vector128<T> a) => Vector128.Equals(a, Vector128<T>.Zero);

    public static Vector128<T> LessOrEqualSameWithZero<T>(Vector128<T> a) => Vector128.LessThanOrEqual(a, Vector128<T>.Zero);

    public static Vector128<T> LessThanSameWithZero<T>(Vector128<T> a) => Vector128.LessThan(a, Vector128<T>.Zero);

    public static Vector128<T> NegateSameWithZero<T>(Vector128<T> a) => -a;

    public static Vector128<T> AbsoluteSameWithZero<T>(Vector128<T> a) =>
        Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128<T>.Zero), -a, a);

    public static Vector128<T> Maximum<T>(Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b);

    public static Vector128<T> Minimum<T>(Vector128<T> a, Vector128<T> b) => Vector128.Min(a, b);

    public static Vector128<T> AbsoluteDifference<T>(Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b) - Vector128.Min(a, b);

    public static Vector128<T> AbsoluteDifferenceAccumulate<T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b) =>
        dst + AbsoluteDifference(a, b);

    public static Vector128<T> Multiply<T>(Vector128<T> a, Vector128<T> b) => a * b;

    public static Vector128<T> MultiplyAdd<T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b) => dst + (a * b);

    public static Vector128<T> MultiplySubtract<T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b) => dst - (a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyByElement<T>(Vector128<T> a, Vector128<T> b, ulong immediate) => a * Element(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAddByElement<T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b, ulong immediate) =>
        dst + (a * Element(b, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplySubtractByElement<T>(Vector128<T> dst, Vector128<T> a, Vector128<T> b, ulong immediate) =>
        dst - (a * Element(b, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftLeftSameWithZero<T>(Vector128<T> a, ulong immediate) => a << AmountOf(immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftRightSameWithZero<T>(Vector128<T> a, ulong immediate) => ShiftedRight(a, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftRightAccumulateSameWithZero<T>(Vector128<T> dst, Vector128<T> a, ulong immediate) =>
        dst + ShiftedRight(a, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftLeftInsertSameWithZero<T>(Vector128<T> dst, Vector128<T> a, ulong immediate)
    {
        var kept = Vector128<T>.AllBitsSet << AmountOf(immediate);
        return Vector128.ConditionalSelect(kept, a << AmountOf(immediate), dst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftRightInsertSameWithZero<T>(Vector128<T> dst, Vector128<T> a, ulong immediate)
    {
        int amount = AmountOf(immediate);
        return amount >= 8 * Unsafe.SizeOf<T>() ? dst : Vector128.ConditionalSelect(Vector128<T>.AllBitsSet >>> amount, a >>> amount, dst);
    }

    // Bits counted side by side in ever wider fields.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> PopulationCountSameWithZero<T>(Vector128<byte> a)
    {
        a -= (a >>> 1) & Vector128.Create((byte)0x55);
        a = (a & Vector128.Create((byte)0x33)) + ((a >>> 2) & Vector128.Create((byte)0x33));
        return (a + (a >>> 4)) & Vector128.Create((byte)0x0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AmountOf(ulong immediate) => (int)(immediate >> 32);

    // All bits may go.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> ShiftedRight<T>(Vector128<T> a, ulong immediate)
    {
        int bits = 8 * Unsafe.SizeOf<T>(), amount = AmountOf(immediate);
        bool isUnsigned = (immediate >> 29 & 1) != 0;
        if (isUnsigned)
            return amount >= bits ? Vector128<T>.Zero : a >>> amount;
        return a >> Math.Min(amount, bits - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Element<T>(Vector128<T> vector, ulong immediate) =>
        Vector128.Create(vector.GetElement((int)(immediate >> 20 & 31) - 1));
}
