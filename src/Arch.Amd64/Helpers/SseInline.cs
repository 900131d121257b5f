using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The everyday cases of the floating-point helpers, for translations: ordinary numbers (<see cref="SseRange.IsOrdinary(double)"/>),
/// nothing raised that is not raised already. The operations themselves are those of <see cref="ISseOperation"/>.
/// </summary>
internal static class SseInline
{
    private const uint Flags = (uint)FloatExceptions.All, Inexact = (uint)FloatExceptions.Inexact;
    private const uint HostLike = 0x1f80;

    /// <summary>The first operand is the destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> ScalarDouble<T>(Vector128<double> a, double b)
        where T : struct, ISseOperation =>
        T.ComputeLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsScalarDoubleCertain<T>(double a, double b, double result, ulong status, bool aIsEveryday, bool bIsEveryday)
        where T : struct, ISseOperation =>
        IsHostLike(status) && (aIsEveryday || SseRange.IsOrdinary(a)) && (bIsEveryday || SseRange.IsOrdinary(b)) &&
        T.IsCertain(a, b, result, (status & Inexact) != 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ScalarSingle<T>(Vector128<float> dst, float a, float b)
        where T : struct, ISseOperation =>
        dst.WithElement(0, T.Compute(a, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsScalarSingleCertain<T>(float a, float b, float result, ulong status, bool aIsEveryday, bool bIsEveryday)
        where T : struct, ISseOperation =>
        IsHostLike(status) && (aIsEveryday || SseRange.IsOrdinary(a)) && (bIsEveryday || SseRange.IsOrdinary(b)) &&
        T.IsCertain(a, b, result, (status & Inexact) != 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> PackedDouble<T>(Vector128<double> a, Vector128<double> b)
        where T : struct, ISseOperation =>
        T.Compute(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPackedDoubleCertain<T>(Vector128<double> a, Vector128<double> b, Vector128<double> result, ulong status)
        where T : struct, ISseOperation =>
        IsScalarDoubleCertain<T>(a[0], b[0], result[0], status, aIsEveryday: false, bIsEveryday: false) &&
        IsScalarDoubleCertain<T>(a[1], b[1], result[1], status, aIsEveryday: false, bIsEveryday: false);

    /// <summary>CF, PF and ZF at their places in RFLAGS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareDouble(double a, double b) => a < b ? 1UL : a == b ? 0x40UL : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCompareDoubleCertain(double a, double b, bool aIsEveryday, bool bIsEveryday) =>
        (aIsEveryday || SseRange.IsOrdinary(a)) && (bIsEveryday || SseRange.IsOrdinary(b));

    /// <inheritdoc cref="CompareDouble"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareSingle(float a, float b) => a < b ? 1UL : a == b ? 0x40UL : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCompareSingleCertain(float a, float b, bool aIsEveryday, bool bIsEveryday) =>
        (aIsEveryday || SseRange.IsOrdinary(a)) && (bIsEveryday || SseRange.IsOrdinary(b));

    public static Vector128<double> DoubleOf32(Vector128<double> dst, ulong b) => dst.WithElement(0, (int)b);

    public static Vector128<double> DoubleOf64(Vector128<double> dst, ulong b) => dst.WithElement(0, (long)b);

    /// <summary>Nothing is rounded away.</summary>
    public static bool IsDoubleOf64Certain(ulong b) => b + (1UL << 53) <= 1UL << 54;

    public static ulong Truncated32(double b) => (uint)(int)b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncated32Certain(double b, ulong result, ulong status) => Math.Abs(b) < 1L << 31 && IsWhole(b, (int)result, status);

    public static ulong Truncated64(double b) => (ulong)(long)b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncated64Certain(double b, ulong result, ulong status) => Math.Abs(b) < 1L << 62 && IsWhole(b, (long)result, status);

    public static Vector128<double> Widened(Vector128<double> dst, float b) => dst.WithElement(0, b);

    public static bool IsWidenedCertain(float b) => SseRange.IsOrdinary(b);

    public static Vector128<float> Narrowed(Vector128<float> dst, double b) => dst.WithElement(0, (float)b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNarrowedCertain(double b, float result, ulong status) =>
        IsHostLike(status) && (b == 0 || SseRange.IsNormal(result)) && SseRange.IsOrdinary(b) &&
        ((status & Inexact) != 0 || result == b);

    // A denormal operand raises nothing here: it is not whole, and inexact is all that its conversion raises.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhole(double value, long result, ulong status) => result == value || (status & (Inexact | ~(ulong)Flags)) == (Inexact | HostLike);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsHostLike(ulong status) => ((uint)status & ~Flags) == HostLike;
}
