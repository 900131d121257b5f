using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

// Elements of two widths (TNarrow is half of TWide), and what neighbours or all elements give.
internal static partial class LaneInlines
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AddLong<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        Widened<TNarrow, TWide>(a, immediate) + Widened<TNarrow, TWide>(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> SubtractLong<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        Widened<TNarrow, TWide>(a, immediate) - Widened<TNarrow, TWide>(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplyLong<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        Widened<TNarrow, TWide>(a, immediate) * Widened<TNarrow, TWide>(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplyAddLong<TNarrow, TWide>(
        Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst + MultiplyLong<TNarrow, TWide>(a, b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplySubtractLong<TNarrow, TWide>(
        Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst - MultiplyLong<TNarrow, TWide>(a, b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplyLongByElement<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        MultiplyLong<TNarrow, TWide>(a, Element(b, immediate), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplyAddLongByElement<TNarrow, TWide>(
        Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst + MultiplyLong<TNarrow, TWide>(a, Element(b, immediate), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplySubtractLongByElement<TNarrow, TWide>(
        Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst - MultiplyLong<TNarrow, TWide>(a, Element(b, immediate), immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AbsoluteDifferenceLong<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        AbsoluteDifference(Widened<TNarrow, TWide>(a, immediate), Widened<TNarrow, TWide>(b, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AbsoluteDifferenceAccumulateLong<TNarrow, TWide>(
        Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst + AbsoluteDifferenceLong<TNarrow, TWide>(a, b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> ShiftLeftLong<TNarrow, TWide>(Vector128<TNarrow> a, ulong immediate) =>
        Widened<TNarrow, TWide>(a, immediate) << AmountOf(immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AddWide<TNarrow, TWide>(Vector128<TWide> a, Vector128<TNarrow> b, ulong immediate) =>
        a + Widened<TNarrow, TWide>(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> SubtractWide<TNarrow, TWide>(Vector128<TWide> a, Vector128<TNarrow> b, ulong immediate) =>
        a - Widened<TNarrow, TWide>(b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> TruncateNarrow<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        ElementOrder.Narrowed<TNarrow, TWide>(a >>> AmountOf(immediate), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> TruncateNarrowUpper<TNarrow, TWide>(Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(TruncateNarrow<TNarrow, TWide>(a, immediate).GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AddPairwiseLong<TNarrow, TWide>(Vector128<TNarrow> a) => NeighbourSums<TNarrow, TWide>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> AddAccumulatePairwiseLong<TNarrow, TWide>(Vector128<TWide> dst, Vector128<TNarrow> a) =>
        dst + NeighbourSums<TNarrow, TWide>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddPairwise<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = ElementOrder.Deinterleaved(a, b, IsWhole<T>(immediate));
        return first + second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MaximumPairwise<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = ElementOrder.Deinterleaved(a, b, IsWhole<T>(immediate));
        return Vector128.Max(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MinimumPairwise<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = ElementOrder.Deinterleaved(a, b, IsWhole<T>(immediate));
        return Vector128.Min(first, second);
    }

    /// <summary>The sum of all elements in the width that amount says, the rest clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> AddAcross<T>(Vector128<T> a, ulong immediate)
    {
        var counted = IsWhole<T>(immediate) ? a : (a.AsUInt64() & Vector128.CreateScalar(ulong.MaxValue)).As<ulong, T>();
        ulong sum = typeof(T) == typeof(byte)
            ? Vector128.Sum(Vector128.WidenLower(counted.AsByte()) + Vector128.WidenUpper(counted.AsByte()))
            : typeof(T) == typeof(sbyte)
                ? (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsSByte()) + Vector128.WidenUpper(counted.AsSByte()))
            : typeof(T) == typeof(ushort)
                ? Vector128.Sum(Vector128.WidenLower(counted.AsUInt16()) + Vector128.WidenUpper(counted.AsUInt16()))
            : typeof(T) == typeof(short)
                ? (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsInt16()) + Vector128.WidenUpper(counted.AsInt16()))
            : typeof(T) == typeof(uint) ? Vector128.Sum(Vector128.WidenLower(counted.AsUInt32()) + Vector128.WidenUpper(counted.AsUInt32()))
            : (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsInt32()) + Vector128.WidenUpper(counted.AsInt32()));
        return Vector128.CreateScalar(sum & Vector.MaskOf(AmountOf(immediate)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> MaximumAcross<T>(Vector128<T> a, ulong immediate)
    {
        if (IsWhole<T>(immediate))
            a = Vector128.Max(a, Down(a, 64));
        a = Vector128.Max(a, Down(a, 32));
        if (Unsafe.SizeOf<T>() <= 2)
            a = Vector128.Max(a, Down(a, 16));
        if (Unsafe.SizeOf<T>() == 1)
            a = Vector128.Max(a, Down(a, 8));
        return a.AsUInt64() & Vector128.CreateScalar(Vector.MaskOf(AmountOf(immediate)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> MinimumAcross<T>(Vector128<T> a, ulong immediate)
    {
        if (IsWhole<T>(immediate))
            a = Vector128.Min(a, Down(a, 64));
        a = Vector128.Min(a, Down(a, 32));
        if (Unsafe.SizeOf<T>() <= 2)
            a = Vector128.Min(a, Down(a, 16));
        if (Unsafe.SizeOf<T>() == 1)
            a = Vector128.Min(a, Down(a, 8));
        return a.AsUInt64() & Vector128.CreateScalar(Vector.MaskOf(AmountOf(immediate)));
    }

    // The element so many bits further up, where the first one is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Down<T>(Vector128<T> a, int bits) =>
        bits == 64 ? ElementOrder.Swapped(a) : (a.AsUInt64() >>> bits).As<ulong, T>();

    // The upper half if the shape says so.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> Widened<TNarrow, TWide>(Vector128<TNarrow> a, ulong immediate) =>
        (immediate >> 28 & 1) != 0 ? WidenedUpper<TNarrow, TWide>(a) : WidenedLower<TNarrow, TWide>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> WidenedLower<TNarrow, TWide>(Vector128<TNarrow> a) =>
        typeof(TNarrow) == typeof(byte) ? Vector128.WidenLower(a.AsByte()).As<ushort, TWide>()
        : typeof(TNarrow) == typeof(sbyte) ? Vector128.WidenLower(a.AsSByte()).As<short, TWide>()
        : typeof(TNarrow) == typeof(ushort) ? Vector128.WidenLower(a.AsUInt16()).As<uint, TWide>()
        : typeof(TNarrow) == typeof(short) ? Vector128.WidenLower(a.AsInt16()).As<int, TWide>()
        : typeof(TNarrow) == typeof(uint) ? Vector128.WidenLower(a.AsUInt32()).As<ulong, TWide>()
        : Vector128.WidenLower(a.AsInt32()).As<long, TWide>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> WidenedUpper<TNarrow, TWide>(Vector128<TNarrow> a) =>
        typeof(TNarrow) == typeof(byte) ? Vector128.WidenUpper(a.AsByte()).As<ushort, TWide>()
        : typeof(TNarrow) == typeof(sbyte) ? Vector128.WidenUpper(a.AsSByte()).As<short, TWide>()
        : typeof(TNarrow) == typeof(ushort) ? Vector128.WidenUpper(a.AsUInt16()).As<uint, TWide>()
        : typeof(TNarrow) == typeof(short) ? Vector128.WidenUpper(a.AsInt16()).As<int, TWide>()
        : typeof(TNarrow) == typeof(uint) ? Vector128.WidenUpper(a.AsUInt32()).As<ulong, TWide>()
        : Vector128.WidenUpper(a.AsInt32()).As<long, TWide>();

    // Sums of neighbours in double width: signed ones shift their upper neighbour down with its sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> NeighbourSums<TNarrow, TWide>(Vector128<TNarrow> a)
    {
        var both = a.As<TNarrow, TWide>();
        int bits = 8 * Unsafe.SizeOf<TNarrow>();
        return typeof(TNarrow) == typeof(byte) || typeof(TNarrow) == typeof(ushort) || typeof(TNarrow) == typeof(uint)
            ? ((both << bits) >>> bits) + (both >>> bits)
            : ((both << bits) >> bits) + (both >> bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountOf(ulong shape) => (int)(shape >> 12 & 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhole<T>(ulong shape) => CountOf(shape) * Unsafe.SizeOf<T>() == 16;
}
