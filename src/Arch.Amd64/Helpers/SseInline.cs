using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Amd64.Helpers;

/// <summary>
/// The everyday cases of the floating-point helpers, for translations: ordinary numbers, nothing raised that is not raised already. The operations
/// themselves are those of <see cref="ISseOperation"/>.
/// </summary>
internal static class SseInline
{
    private const uint Flags = (uint)FloatExceptions.All, Inexact = (uint)FloatExceptions.Inexact;
    private const uint HostLike = 0x1f80;
    private const ulong LowSingle = uint.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ScalarDouble<T>(ulong a, ulong b)
        where T : struct, ISseOperation =>
        BitConverter.DoubleToUInt64Bits(T.Compute(Double(a), Double(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsScalarDoubleCertain<T>(ulong a, ulong b, ulong result, ulong status)
        where T : struct, ISseOperation =>
        IsHostLike(status) && SseRange.IsOrdinary(Double(a)) && SseRange.IsOrdinary(Double(b)) &&
        ((status & Inexact) != 0 ? T.IsCertain(Double(a), Double(b), Double(result), inexactSeen: true) : IsExact<T>(Double(a), Double(b), Double(result)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ScalarSingle<T>(ulong dst, ulong a, ulong b)
        where T : struct, ISseOperation =>
        (dst & ~LowSingle) | BitConverter.SingleToUInt32Bits(T.Compute(Single(a), Single(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsScalarSingleCertain<T>(ulong a, ulong b, ulong result, ulong status)
        where T : struct, ISseOperation =>
        IsHostLike(status) && SseRange.IsOrdinary(Single(a)) && SseRange.IsOrdinary(Single(b)) &&
        ((status & Inexact) != 0 ? T.IsCertain(Single(a), Single(b), Single(result), inexactSeen: true) : IsExact<T>(Single(a), Single(b), Single(result)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> PackedDouble<T>(Vector128<ulong> a, Vector128<ulong> b)
        where T : struct, ISseOperation =>
        Vector128.Create(ScalarDouble<T>(a[0], b[0]), ScalarDouble<T>(a[1], b[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPackedDoubleCertain<T>(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> result, ulong status)
        where T : struct, ISseOperation =>
        IsScalarDoubleCertain<T>(a[0], b[0], result[0], status) && IsScalarDoubleCertain<T>(a[1], b[1], result[1], status);

    /// <summary>CF, PF and ZF at their places in RFLAGS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareDouble(ulong a, ulong b) => Double(a) < Double(b) ? 1UL : Double(a) == Double(b) ? 0x40UL : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCompareDoubleCertain(ulong a, ulong b) => SseRange.IsOrdinary(Double(a)) && SseRange.IsOrdinary(Double(b));

    /// <inheritdoc cref="CompareDouble"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareSingle(ulong a, ulong b) => Single(a) < Single(b) ? 1UL : Single(a) == Single(b) ? 0x40UL : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCompareSingleCertain(ulong a, ulong b) => SseRange.IsOrdinary(Single(a)) && SseRange.IsOrdinary(Single(b));

    public static ulong DoubleOf32(ulong b) => BitConverter.DoubleToUInt64Bits((int)b);

    public static ulong DoubleOf64(ulong b) => BitConverter.DoubleToUInt64Bits((long)b);

    /// <summary>Nothing is rounded away.</summary>
    public static bool IsDoubleOf64Certain(ulong b) => b + (1UL << 53) <= 1UL << 54;

    public static ulong Truncated32(ulong b) => (uint)(int)Double(b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncated32Certain(ulong b, ulong result, ulong status) =>
        Math.Abs(Double(b)) < 1L << 31 && IsWhole(Double(b), (int)result, status);

    public static ulong Truncated64(ulong b) => (ulong)(long)Double(b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsTruncated64Certain(ulong b, ulong result, ulong status) =>
        Math.Abs(Double(b)) < 1L << 62 && IsWhole(Double(b), (long)result, status);

    public static ulong Widened(ulong b) => BitConverter.DoubleToUInt64Bits(Single(b));

    public static bool IsWidenedCertain(ulong b) => SseRange.IsOrdinary(Single(b));

    public static ulong Narrowed(ulong dst, ulong b) => (dst & ~LowSingle) | BitConverter.SingleToUInt32Bits((float)Double(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNarrowedCertain(ulong b, ulong result, ulong status) =>
        IsHostLike(status) && (Double(b) == 0 || SseRange.IsNormal(Single(result))) && SseRange.IsOrdinary(Double(b)) &&
        ((status & Inexact) != 0 || Single(result) == Double(b));

    // Out of line: most programs have rounded something before long.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsExact<T>(double a, double b, double result)
        where T : struct, ISseOperation =>
        T.IsCertain(a, b, result, inexactSeen: false);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsExact<T>(float a, float b, float result)
        where T : struct, ISseOperation =>
        T.IsCertain(a, b, result, inexactSeen: false);

    // A denormal operand raises nothing here: it is not whole, and inexact is all that its conversion raises.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhole(double value, long result, ulong status) => result == value || (status & (Inexact | ~(ulong)Flags)) == (Inexact | HostLike);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsHostLike(ulong status) => ((uint)status & ~Flags) == HostLike;

    private static double Double(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);
}
