using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

// Comparisons and extremes: right for all that is no NaN, and never inexact.

internal readonly struct FloatMaximum : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatMinimum : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatEquality : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatGreater : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatGreaterOrEqual : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.GreaterThanOrEqual(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatLess : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.LessThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatLessOrEqual : IFloatOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => Vector128.LessThanOrEqual(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) => FloatRange.AreOrdered(a, b);
}
