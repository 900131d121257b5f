using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

// The high half of a doubled product, of short or int elements: only the square of the least number saturates.
internal static partial class LaneInlines
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> DoublingMultiplyHigh<T>(Vector128<T> a, Vector128<T> b) => HighProduct(a, b, rounds: false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDoublingMultiplyHighCertain<T>(Vector128<T> a, Vector128<T> b, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || Covers(~(IsLeast(a) & IsLeast(b)), IsWhole<T>(immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> RoundingDoublingMultiplyHigh<T>(Vector128<T> a, Vector128<T> b) => HighProduct(a, b, rounds: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsRoundingDoublingMultiplyHighCertain<T>(Vector128<T> a, Vector128<T> b, ulong status, ulong immediate) =>
        IsDoublingMultiplyHighCertain(a, b, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> DoublingMultiplyHighByElement<T>(Vector128<T> a, Vector128<T> b, ulong immediate) =>
        HighProduct(a, Element(b, immediate), rounds: false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDoublingMultiplyHighByElementCertain<T>(Vector128<T> a, Vector128<T> b, ulong status, ulong immediate) =>
        IsDoublingMultiplyHighCertain(a, Element(b, immediate), status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> RoundingDoublingMultiplyHighByElement<T>(Vector128<T> a, Vector128<T> b, ulong immediate) =>
        HighProduct(a, Element(b, immediate), rounds: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsRoundingDoublingMultiplyHighByElementCertain<T>(Vector128<T> a, Vector128<T> b, ulong status, ulong immediate) =>
        IsDoublingMultiplyHighCertain(a, Element(b, immediate), status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> IsLeast<T>(Vector128<T> value) => Vector128.Equals(value, ~(Vector128<T>.AllBitsSet >>> 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> HighProduct<T>(Vector128<T> a, Vector128<T> b, bool rounds) => typeof(T) == typeof(short)
        ? HighProduct<short, int>(a.AsInt16(), b.AsInt16(), rounds).As<short, T>()
        : HighProduct<int, long>(a.AsInt32(), b.AsInt32(), rounds).As<int, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TNarrow> HighProduct<TNarrow, TWide>(Vector128<TNarrow> a, Vector128<TNarrow> b, bool rounds)
    {
        int bits = 8 * Unsafe.SizeOf<TNarrow>() - 1;
        var half = rounds ? Vector128<TWide>.One << (bits - 1) : Vector128<TWide>.Zero;
        var low = ((WidenedLower<TNarrow, TWide>(a) * WidenedLower<TNarrow, TWide>(b)) + half) >> bits;
        var high = ((WidenedUpper<TNarrow, TWide>(a) * WidenedUpper<TNarrow, TWide>(b)) + half) >> bits;
        return ElementOrder.Narrowed<TNarrow, TWide>(Saturated<TNarrow, TWide>(low), Saturated<TNarrow, TWide>(high));
    }
}
