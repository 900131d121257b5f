using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arch.Arm64.Registers;

namespace Arch.Arm64.Helpers;

// What saturates is certain where nothing did, or once FPSR says that something has. And what halves or rounds.
internal static partial class LaneInlines
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> SaturatingAdd<T>(Vector128<T> a, Vector128<T> b) => Vector128.AddSaturate(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturatingAddCertain<T>(Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || Covers(Vector128.Equals(result, a + b), IsWhole<T>(immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> SaturatingSubtract<T>(Vector128<T> a, Vector128<T> b) => Vector128.SubtractSaturate(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturatingSubtractCertain<T>(Vector128<T> a, Vector128<T> b, Vector128<T> result, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || Covers(Vector128.Equals(result, a - b), IsWhole<T>(immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateNarrow<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        Cut<TNarrow, TWide>(Saturated<TNarrow, TWide>(ShiftedRight(a, immediate)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateNarrowCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || IsWithin<TNarrow, TWide>(ShiftedRight(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateNarrowUpper<TNarrow, TWide>(Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(SaturateNarrow<TNarrow, TWide>(a, immediate).GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateNarrowUpperCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturateNarrowCertain<TNarrow, TWide>(a, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateNarrowRounded<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        Cut<TNarrow, TWide>(Saturated<TNarrow, TWide>(RoundedRight(a, immediate)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateNarrowRoundedCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || IsWithin<TNarrow, TWide>(RoundedRight(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateNarrowRoundedUpper<TNarrow, TWide>(
        Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(SaturateNarrowRounded<TNarrow, TWide>(a, immediate).GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateNarrowRoundedUpperCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturateNarrowRoundedCertain<TNarrow, TWide>(a, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateToUnsignedNarrow<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        Cut<TNarrow, TWide>(SaturatedToUnsigned<TNarrow, TWide>(ShiftedRight(a, immediate)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateToUnsignedNarrowCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || IsWithinUnsigned<TNarrow, TWide>(ShiftedRight(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateToUnsignedNarrowUpper<TNarrow, TWide>(
        Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(SaturateToUnsignedNarrow<TNarrow, TWide>(a, immediate).GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateToUnsignedNarrowUpperCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturateToUnsignedNarrowCertain<TNarrow, TWide>(a, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateToUnsignedNarrowRounded<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        Cut<TNarrow, TWide>(SaturatedToUnsigned<TNarrow, TWide>(RoundedRight(a, immediate)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateToUnsignedNarrowRoundedCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturationSeen(status) || IsWithinUnsigned<TNarrow, TWide>(RoundedRight(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> SaturateToUnsignedNarrowRoundedUpper<TNarrow, TWide>(
        Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(SaturateToUnsignedNarrowRounded<TNarrow, TWide>(a, immediate).GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSaturateToUnsignedNarrowRoundedUpperCertain<TNarrow, TWide>(Vector128<TWide> a, ulong status, ulong immediate) =>
        IsSaturateToUnsignedNarrowRoundedCertain<TNarrow, TWide>(a, status, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> TruncateNarrowRounded<TNarrow, TWide>(Vector128<TWide> a, ulong immediate) =>
        Cut<TNarrow, TWide>(RoundedRight(a, immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TNarrow> TruncateNarrowRoundedUpper<TNarrow, TWide>(
        Vector128<TNarrow> dst, Vector128<TWide> a, ulong immediate) =>
        dst.WithUpper(TruncateNarrowRounded<TNarrow, TWide>(a, immediate).GetLower());

    // Half the sum without its carry: the bits in common, and half of the others.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> HalvingAdd<T>(Vector128<T> a, Vector128<T> b) => (a & b) + Half(a ^ b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> RoundingHalvingAdd<T>(Vector128<T> a, Vector128<T> b) => (a | b) - Half(a ^ b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> HalvingSubtract<T>(Vector128<T> a, Vector128<T> b) => Half(a ^ b) - (~a & b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> RoundingShiftRightSameWithZero<T>(Vector128<T> a, ulong immediate) => RoundedRight(a, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> RoundingShiftRightAccumulateSameWithZero<T>(Vector128<T> dst, Vector128<T> a, ulong immediate) =>
        dst + RoundedRight(a, immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSaturationSeen(ulong status) => (status & FloatControl.Saturated) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Covers<T>(Vector128<T> truth, bool isWhole) =>
        isWhole ? truth.AsUInt64() == Vector128<ulong>.AllBitsSet : truth.AsUInt64()[0] == ulong.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TNarrow> Cut<TNarrow, TWide>(Vector128<TWide> wide) => ElementOrder.Narrowed<TNarrow, TWide>(wide, wide);

    // To the range of narrow elements, both being signed or both unsigned.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> Saturated<TNarrow, TWide>(Vector128<TWide> value)
    {
        int bits = 8 * Unsafe.SizeOf<TNarrow>();
        if (IsUnsigned<TWide>())
            return Vector128.Min(value, Vector128<TWide>.AllBitsSet >>> bits);
        var greatest = Vector128<TWide>.AllBitsSet >>> (bits + 1);
        return Vector128.Max(Vector128.Min(value, greatest), ~greatest);
    }

    // Signed elements to the range of unsigned narrow ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<TWide> SaturatedToUnsigned<TNarrow, TWide>(Vector128<TWide> value) =>
        Vector128.Max(Vector128.Min(value, Vector128<TWide>.AllBitsSet >>> (8 * Unsafe.SizeOf<TNarrow>())), Vector128<TWide>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWithin<TNarrow, TWide>(Vector128<TWide> value) =>
        Covers(Vector128.Equals(Saturated<TNarrow, TWide>(value), value), true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWithinUnsigned<TNarrow, TWide>(Vector128<TWide> value) =>
        Covers(Vector128.Equals(SaturatedToUnsigned<TNarrow, TWide>(value), value), true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Half<T>(Vector128<T> value) => IsUnsigned<T>() ? value >>> 1 : value >> 1;

    // The last bit that goes is added.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> RoundedRight<T>(Vector128<T> a, ulong immediate) =>
        ShiftedRight(a, immediate) + (ShiftedRight(a, immediate - (1UL << 32)) & Vector128<T>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUnsigned<T>() =>
        typeof(T) == typeof(byte) || typeof(T) == typeof(ushort) || typeof(T) == typeof(uint) || typeof(T) == typeof(ulong);
}
