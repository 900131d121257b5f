using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TraceKernel.Machine.Execution;

namespace Arch.Arm64.Helpers;

// Elements of two widths (TNarrow is half of TWide), sums of neighbours, elements in another order.
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
    public static Vector128<TWide> MultiplyAddLong<TNarrow, TWide>(Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst + MultiplyLong<TNarrow, TWide>(a, b, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWide> MultiplySubtractLong<TNarrow, TWide>(Vector128<TWide> dst, Vector128<TNarrow> a, Vector128<TNarrow> b, ulong immediate) =>
        dst - MultiplyLong<TNarrow, TWide>(a, b, immediate);

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
        Narrowed<TNarrow, TWide>(a >>> AmountOf(immediate), a);

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
        if (CountOf(immediate) == 1)
            return a + Swapped(a);
        var (first, second) = Deinterleaved(a, b, IsWhole<T>(immediate));
        return first + second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MaximumPairwise<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = Deinterleaved(a, b, IsWhole<T>(immediate));
        return Vector128.Max(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MinimumPairwise<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = Deinterleaved(a, b, IsWhole<T>(immediate));
        return Vector128.Min(first, second);
    }

    /// <summary>The sum of all elements in the width that amount says, the rest clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> AddAcross<T>(Vector128<T> a, ulong immediate)
    {
        var counted = IsWhole<T>(immediate) ? a : (a.AsUInt64() & Vector128.CreateScalar(ulong.MaxValue)).As<ulong, T>();
        ulong sum = typeof(T) == typeof(byte) ? Vector128.Sum(Vector128.WidenLower(counted.AsByte()) + Vector128.WidenUpper(counted.AsByte()))
            : typeof(T) == typeof(sbyte) ? (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsSByte()) + Vector128.WidenUpper(counted.AsSByte()))
            : typeof(T) == typeof(ushort) ? Vector128.Sum(Vector128.WidenLower(counted.AsUInt16()) + Vector128.WidenUpper(counted.AsUInt16()))
            : typeof(T) == typeof(short) ? (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsInt16()) + Vector128.WidenUpper(counted.AsInt16()))
            : typeof(T) == typeof(uint) ? Vector128.Sum(Vector128.WidenLower(counted.AsUInt32()) + Vector128.WidenUpper(counted.AsUInt32()))
            : (ulong)Vector128.Sum(Vector128.WidenLower(counted.AsInt32()) + Vector128.WidenUpper(counted.AsInt32()));
        return Vector128.CreateScalar(sum & Vector.MaskOf(AmountOf(immediate)));
    }

    /// <summary>Of a helper of <see cref="PermuteHelpers"/>, whose immediates say whether the whole register takes part.</summary>
    public static InlineHelper? Permutation(string helper, ulong immediate)
    {
        if (helper == nameof(PermuteHelpers.Extract))
            return Function(helper, (immediate >> 8 & 1) != 0 ? 16 : 8, typeof(byte));
        if (helper == nameof(PermuteHelpers.Lookup))
        {
            // Of one register only.
            string name = (immediate >> 12 & 1) != 0 ? nameof(LookupKeeping) : nameof(Lookup);
            return (immediate >> 8 & 3) == 0 ? Function(name, (immediate >> 13 & 1) != 0 ? 16 : 8, typeof(byte)) : null;
        }
        if (helper is not (nameof(PermuteHelpers.Zip) or nameof(PermuteHelpers.Unzip) or nameof(PermuteHelpers.Transpose)))
            return Function(helper, (immediate >> 8 & 1) != 0 ? 16 : 8, Unsigned[(int)immediate & 3]);
        int size = (int)immediate & 3, count = (int)(immediate >> 4) & 31;
        return Function(helper, count << size, Unsigned[size]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Zip<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        bool isSecond = (immediate >> 12 & 1) != 0;
        if (IsWholePermutation<T>(immediate))
            return isSecond ? Interleaved(Swapped(a), Swapped(b)) : Interleaved(a, b);
        return isSecond ? Swapped(Interleaved(a, b)) : Interleaved(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Unzip<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        var (first, second) = Deinterleaved(a, b, IsWholePermutation<T>(immediate));
        return (immediate >> 12 & 1) != 0 ? second : first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Transpose<T>(Vector128<T> a, Vector128<T> b, ulong immediate)
    {
        bool isSecond = (immediate >> 12 & 1) != 0;
        if (typeof(T) == typeof(ulong))
            return Vector128.Create(a.AsUInt64()[isSecond ? 1 : 0], b.AsUInt64()[isSecond ? 1 : 0]).As<ulong, T>();
        var even = EvenElements<T>();
        return isSecond
            ? Vector128.ConditionalSelect(even, ElementsDown(a), b)
            : Vector128.ConditionalSelect(even, a, ElementsUp(b));
    }

    /// <summary>Bytes of a, then of b, from a position on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Extract<T>(Vector128<byte> a, Vector128<byte> b, ulong immediate)
    {
        var places = Vector128<byte>.Indices + Vector128.Create((byte)(immediate & 15));
        if ((immediate >> 8 & 1) == 0)
            return Vector128.Shuffle(Interleaved(a.AsUInt64(), b.AsUInt64()).AsByte(), places);
        // A place beyond the vector gives 0.
        return Vector128.Shuffle(a, places) | Vector128.Shuffle(b, places - Vector128.Create((byte)16));
    }

    /// <summary>TBL: bytes of a by the indices in b.</summary>
    public static Vector128<byte> Lookup<T>(Vector128<byte> a, Vector128<byte> b) => Vector128.Shuffle(a, b);

    /// <summary>TBX.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LookupKeeping<T>(Vector128<byte> dst, Vector128<byte> a, Vector128<byte> b) =>
        Vector128.ConditionalSelect(Vector128.LessThan(b, Vector128.Create((byte)16)), Vector128.Shuffle(a, b), dst);

    /// <summary>Elements in reverse order within containers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Reverse<T>(Vector128<T> a, ulong immediate)
    {
        int container = (int)(immediate >> 4) & 3;
        if (typeof(T) == typeof(byte))
            return Vector128.Shuffle(a.AsByte(), container switch
            {
                1 => Vector128.Create((byte)1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14),
                2 => Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
                _ => Vector128.Create((byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8),
            }).As<byte, T>();
        if (typeof(T) == typeof(ushort))
            return Vector128.Shuffle(a.AsUInt16(), container == 2
                ? Vector128.Create((ushort)1, 0, 3, 2, 5, 4, 7, 6)
                : Vector128.Create((ushort)3, 2, 1, 0, 7, 6, 5, 4)).As<ushort, T>();
        return Vector128.Shuffle(a.AsUInt32(), Vector128.Create(1u, 0, 3, 2)).As<uint, T>();
    }

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

    // The low halves of the elements of both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TNarrow> Narrowed<TNarrow, TWide>(Vector128<TWide> low, Vector128<TWide> high) =>
        Unsafe.SizeOf<TNarrow>() == 1 ? Vector128.Narrow(low.AsUInt16(), high.AsUInt16()).As<byte, TNarrow>()
        : Unsafe.SizeOf<TNarrow>() == 2 ? Vector128.Narrow(low.AsUInt32(), high.AsUInt32()).As<ushort, TNarrow>()
        : Vector128.Narrow(low.AsUInt64(), high.AsUInt64()).As<uint, TNarrow>();

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

    // The even and the odd elements of a, then of b; of their low halves unless whole.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<T> Even, Vector128<T> Odd) Deinterleaved<T>(Vector128<T> a, Vector128<T> b, bool isWhole)
    {
        if (Unsafe.SizeOf<T>() == 8)
            return (Vector128.Create(a.AsUInt64()[0], b.AsUInt64()[0]).As<ulong, T>(), Vector128.Create(a.AsUInt64()[1], b.AsUInt64()[1]).As<ulong, T>());
        if (!isWhole)
            a = b = Vector128.Create(a.AsUInt64()[0], b.AsUInt64()[0]).As<ulong, T>();
        return (EvenOf(a, b), EvenOf(ElementsDown(a), ElementsDown(b)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> EvenOf<T>(Vector128<T> a, Vector128<T> b) =>
        Unsafe.SizeOf<T>() == 1 ? Narrowed<T, ushort>(a.As<T, ushort>(), b.As<T, ushort>())
        : Unsafe.SizeOf<T>() == 2 ? Narrowed<T, uint>(a.As<T, uint>(), b.As<T, uint>())
        : Narrowed<T, ulong>(a.As<T, ulong>(), b.As<T, ulong>());

    // Elements of the low halves, alternating.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Interleaved<T>(Vector128<T> a, Vector128<T> b) =>
        Unsafe.SizeOf<T>() == 8 ? Vector128.Create(a.AsUInt64()[0], b.AsUInt64()[0]).As<ulong, T>()
        : Unsafe.SizeOf<T>() == 1 ? (Vector128.WidenLower(a.AsByte()) | (Vector128.WidenLower(b.AsByte()) << 8)).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (Vector128.WidenLower(a.AsUInt16()) | (Vector128.WidenLower(b.AsUInt16()) << 16)).As<uint, T>()
        : (Vector128.WidenLower(a.AsUInt32()) | (Vector128.WidenLower(b.AsUInt32()) << 32)).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> EvenElements<T>() =>
        Unsafe.SizeOf<T>() == 1 ? Vector128.Create((ushort)0x00ff).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? Vector128.Create(0x0000_ffffu).As<uint, T>()
        : Vector128.Create(0x0000_0000_ffff_fffful).As<ulong, T>();

    // Odd elements to the places of even ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> ElementsDown<T>(Vector128<T> a) =>
        Unsafe.SizeOf<T>() == 1 ? (a.AsUInt16() >>> 8).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (a.AsUInt32() >>> 16).As<uint, T>()
        : (a.AsUInt64() >>> 32).As<ulong, T>();

    // Even elements to the places of odd ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> ElementsUp<T>(Vector128<T> a) =>
        Unsafe.SizeOf<T>() == 1 ? (a.AsUInt16() << 8).As<ushort, T>()
        : Unsafe.SizeOf<T>() == 2 ? (a.AsUInt32() << 16).As<uint, T>()
        : (a.AsUInt64() << 32).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Swapped<T>(Vector128<T> a) => Vector128.Shuffle(a.AsUInt64(), Vector128.Create(1ul, 0)).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountOf(ulong shape) => (int)(shape >> 12 & 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhole<T>(ulong shape) => CountOf(shape) * Unsafe.SizeOf<T>() == 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWholePermutation<T>(ulong immediate) => (int)(immediate >> 4 & 31) * Unsafe.SizeOf<T>() == 16;
}
