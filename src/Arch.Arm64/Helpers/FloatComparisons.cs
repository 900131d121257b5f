using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Arch.Arm64.Helpers;

/// <summary>A comparison or an extreme of two numbers.</summary>
internal interface IFloatComparison
{
    static abstract Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b);
}

/// <summary>A comparison as an operation: right for all that is no NaN, and never inexact.</summary>
internal readonly struct FloatComparison<TComparison> : IFloatOperation where TComparison : struct, IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b) => TComparison.Compute(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsRight<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.AreOrdered(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> IsExact<T>(Vector128<T> d, Vector128<T> a, Vector128<T> b, Vector128<T> result) =>
        FloatRange.AreOrdered(a, b);
}

internal readonly struct FloatMaximum : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b);
}

internal readonly struct FloatMinimum : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.Min(a, b);
}

internal readonly struct FloatEquality : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.Equals(a, b);
}

internal readonly struct FloatGreater : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.GreaterThan(a, b);
}

internal readonly struct FloatGreaterOrEqual : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.GreaterThanOrEqual(a, b);
}

internal readonly struct FloatLess : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.LessThan(a, b);
}

internal readonly struct FloatLessOrEqual : IFloatComparison
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Compute<T>(Vector128<T> a, Vector128<T> b) => Vector128.LessThanOrEqual(a, b);
}
