using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

/// <summary>
/// One floating-point operation on the elements of vectors as the host does it, rounding to nearest: of a and b, or of d, a and b, or of a
/// alone. Where an element of <c>IsRight</c> is true, its result is the whole answer but for the inexact exception; where one of
/// <c>IsExact</c> is, there is none. Everything doubtful is left to <see cref="FloatUnit"/>.
/// </summary>
internal interface IFloatOperation
{
    static abstract Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b);

    static abstract Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result);

    static abstract Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result);
}

internal readonly struct FloatAddition : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => a + b;

    // A tiny sum is exact.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsFinite(result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result)
    {
        // What rounding lost, itself a floating-point number (D. Knuth, TAOCP 4.2.2, theorem B); NaN when a step overflows.
        var ofB = result - a;
        return Vector128.Equals((a - (result - ofB)) + (b - ofB), Vector128<T>.Zero);
    }
}

internal readonly struct FloatSubtraction : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsFinite(result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatAddition.IsExact(d, a, -b, result);
}

internal readonly struct FloatMultiplication : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsNormal(result) | (FloatRange.IsAnyZero(a, b) & FloatRange.IsFinite(result));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        IsRight(d, a, b, result) & (FloatRange.IsAnyZero(a, b) | IsProductExact(a, b, result));

    /// <summary>Whether a × b lost nothing, of a result that is no NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsProductExact<T>(Vector128<T> a, Vector128<T> b, Vector128<T> product) =>
        FloatRange.HasExactRemainder(product) & Vector128.Equals(FloatRange.MultiplyAdd(a, b, -product), Vector128<T>.Zero);
}

internal readonly struct FloatNegatedMultiplication : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => -(a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatMultiplication.IsRight(d, a, b, result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatMultiplication.IsExact(d, a, b, -result);
}

internal readonly struct FloatDivision : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsNormal(result) | (Vector128.Equals(a, Vector128<T>.Zero) & FloatRange.IsFinite(result));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        IsRight(d, a, b, result) & (Vector128.Equals(a, Vector128<T>.Zero) |
            (FloatRange.HasExactRemainder(a) & Vector128.Equals(FloatRange.MultiplyAdd(result, b, -a), Vector128<T>.Zero)));
}

internal readonly struct FloatSquareRoot : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsFinite(result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        Vector128.Equals(a, Vector128<T>.Zero) |
        (FloatRange.IsFinite(result) & FloatRange.HasExactRemainder(a) &
            Vector128.Equals(FloatRange.MultiplyAdd(result, result, -a), Vector128<T>.Zero));
}

/// <summary>d + a × b, rounded once.</summary>
internal readonly struct FloatMultiplyAddition : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => FloatRange.MultiplyAdd(a, b, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.IsNormal(result) | (FloatRange.IsAnyZero(a, b) & FloatRange.IsFinite(result));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result)
    {
        var product = a * b;
        return FloatRange.IsFinite(result) & (FloatRange.IsAnyZero(a, b) |
            (FloatMultiplication.IsProductExact(a, b, product) & FloatAddition.IsExact(d, product, d, result)));
    }
}

/// <summary>d − a × b, rounded once.</summary>
internal readonly struct FloatMultiplySubtraction : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => FloatMultiplyAddition.Compute(d, -a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatMultiplyAddition.IsRight(d, a, b, result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatMultiplyAddition.IsExact(d, -a, b, result);
}
